"""Generated pages: what is committed is what the code says now."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import HERE, PAGES, main, outdated


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    assert (HERE / name).read_text() == PAGES[name](), f"docs/{name} is outdated: run `make docs` and commit"


def test_the_command_that_checks_agrees_with_another_terminal_and_order_of_sets() -> None:
    command, environment = [sys.executable, "-m", "docs.generate", "--check"], {"COLUMNS": "40", "PYTHONHASHSEED": "1"}
    checked = subprocess.run(command, cwd=HERE.parent, env=environment, check=False)
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
