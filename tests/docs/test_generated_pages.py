"""Generated pages: what is committed is what the code says now."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import HERE, PAGES, main, outdated


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    assert (HERE / name).read_text() == PAGES[name](), f"docs/{name} is outdated: run `make docs` and commit"


def test_the_command_that_checks_agrees() -> None:
    checked = subprocess.run([sys.executable, "-m", "docs.generate", "--check"], cwd=HERE.parent, check=False)
    assert checked.returncode == bool(outdated(HERE))


def test_a_changed_page_is_named_and_written_again(tmp_path: Path) -> None:
    for name, make in PAGES.items():
        (tmp_path / name).write_text(make())
    assert main(["--check"], tmp_path) is None
    (tmp_path / "cli.md").write_text("old")
    (tmp_path / "schema.md").unlink()
    assert main(["--check"], tmp_path) == "outdated: cli.md, schema.md; run `make docs` and commit"
    assert (tmp_path / "cli.md").read_text() == "old"
    assert main([], tmp_path) is None
    assert outdated(tmp_path) == []


def test_unknown_arguments_are_refused_with_the_usage(tmp_path: Path) -> None:
    assert main(["--chek"], tmp_path) == "usage: python -m docs.generate [--check], not --chek"
    assert not list(tmp_path.iterdir())


def test_pages_are_the_same_in_another_order_and_on_another_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: make() for name, make in PAGES.items()}
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    assert {name: PAGES[name]() for name in reversed(PAGES)} == before


def test_pages_do_not_depend_on_hash_seed_or_cores(tmp_path: Path) -> None:
    copied = tmp_path / "docs"
    shutil.copytree(HERE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    script = (
        "import os; os.sched_getaffinity = lambda _: set(range(64))\n"
        "from docs.generate import PAGES; import hashlib\n"
        "print(*(hashlib.sha256(make().encode()).hexdigest() for make in PAGES.values()))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=HERE.parent,
            env={"PYTHONHASHSEED": seed, "COLUMNS": width, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, width in (("1", "40"), ("2", "200"))
    }
    assert len(told) == 1
