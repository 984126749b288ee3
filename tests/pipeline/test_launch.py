"""Workers launched as jobs: real processes through Parsl's local provider."""

import time
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline.launch import BadSite, Blocks, read_site
from pipeline.launch_cli import mount
from pipeline.planner.submit import submit
from schema.settings import ROOT, Settings
from tests.support.runs import contents, plan_toys, states
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
# Silence is measured from the start of the workers, so that no block can end before it has looked.
LOCAL = "provider: local\nblocks: 2\nworkers: 1\nidle_s: 3\n"


@pytest.fixture
def site(toys: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Describe two blocks on this machine; what tests import is on the path of their workers."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = toys.home / "local.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(LOCAL)
    return path


def call(*arguments: str) -> Any:
    return CliRunner().invoke(app_of(mount), list(arguments))


def test_blocks_do_a_run_together_and_end_when_there_is_nothing_to_do(owner: Connection[Any], site: Path) -> None:
    run_id = submit(owner, plan_toys(owner, sleep=0.2), "launched")
    launched = call(str(site), "--wait", "--output", "csv")
    assert launched.exit_code == 0, launched.output
    assert [line.split(",")[1] for line in launched.stdout.splitlines()] == ["state", "completed", "completed"]
    assert states(owner, run_id) == {"done": 8}
    assert len(contents(owner, "launched")) == 8
    both = owner.execute("select count(*), bool_and(stopped_at is not null) from work.worker").fetchone()
    assert both == (2, True)


def test_a_job_that_is_taken_back_gives_its_units_back(owner: Connection[Any], site: Path) -> None:
    run_id = submit(owner, plan_toys(owner, sleep=2.0), "long")
    blocks = Blocks(site, read_site(site))
    blocks.submit(1)
    while not states(owner, run_id).get("leased"):
        assert not blocks.states()[0].ended
    blocks.cancel()
    while owner.execute("select from work.worker where stopped_at is null").fetchone() is not None:
        time.sleep(0.1)
    while not blocks.states()[0].ended:  # a moment after its workers
        time.sleep(0.1)
    assert blocks.states()[0].state == "cancelled"
    left = states(owner, run_id)
    assert not left.get("leased"), left
    assert left["ready"] >= 1, left


def test_a_dry_run_submits_nothing(site: Path) -> None:
    said = call(str(site), "--dry-run", "--blocks", "7").stdout
    assert "would submit 7 jobs to local" in said
    assert "work --workers 1 --idle 3.0" in said
    assert f"would lie in {site.parent / 'launch'}" in said
    assert not (site.parent / "launch").exists()


def test_a_dry_run_finds_options_that_the_batch_system_does_not_take(site: Path) -> None:
    site.write_text(f"{LOCAL}options: {{partitoin: x}}\n")
    assert "unexpected keyword argument 'partitoin'" in str(call(str(site), "--dry-run").exception)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("provider: cloud\nworkers: 1", "provider: Input should be 'local'"),
        ("provider: local\nworkers: 0", "workers: Input should be greater than or equal to 1"),
        ("provider: slurm\nworkers: 1\noptions: {partitoin: x}", "unexpected keyword argument 'partitoin'"),
        ("provider: [", "while parsing"),
        ("just words", "the file: Input should be a valid dictionary"),
    ],
)
def test_a_bad_site_is_one_sentence(toys: Settings, tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(BadSite) as refusal:
        Blocks(path, read_site(path))
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_site_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSite, match=r"nowhere\.yaml: cannot be read \(No such file or directory\)"):
        read_site(tmp_path / "nowhere.yaml")
