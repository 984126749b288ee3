"""Modules with tasks of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.tasks import BadTaskModule, tasks
from schema.settings import settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Look for tasks anew, before and after."""
    settings.cache_clear()
    tasks.cache_clear()
    yield
    settings.cache_clear()
    tasks.cache_clear()


def test_a_module_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["nope.mod"]')
    with pytest.raises(BadTaskModule, match=r"'nope\.mod', which cannot be imported .*No module named 'nope'"):
        tasks()


def test_a_module_that_breaks_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_tasks.py").write_text("raise RuntimeError('first\\nsecond')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["broken_tasks"]')
    with pytest.raises(BadTaskModule, match="RuntimeError: first second") as refusal:
        tasks()
    assert "\n" not in str(refusal.value)


def test_tasks_of_a_module_join_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = set(tasks())
    tasks.cache_clear()
    settings.cache_clear()
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    assert set(tasks()) - ours == {"toy_count", "toy_double", "toy_join", "toy_merge", "toy_split", "toy_stars"}
