"""A run whose lineage is of two classes of environments is proved, and leaves again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.definition import Pipeline
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from schema.ledger.collections import find
from schema.settings import settings
from tests.support.ledgers import register_toy_camera
from tests.support.places import Place, look_away, see
from tests.support.runs import contents, plan_toys

pytestmark = pytest.mark.database

CLASSES = "select compatibility_class, lineage_classes from registry.run where pipeline = 'later'"


def test_a_lineage_of_two_classes_is_proved_and_leaves_again(
    found: Callable[[], Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, second, third = found(), found(), found()
    see(monkeypatch, origin.using)
    register_toy_camera(origin.owner, origin.using, 1, tmp_path / "in")
    origin.finish(submit(origin.owner, plan_toys(origin.owner, ("toy_count",)), "first"))
    monkeypatch.setenv("SKYLEDGER_COMPATIBILITY_CLASS", "gpu-1")
    settings.cache_clear()
    later = Pipeline(name="later", description="Toys.", tasks={"toy_double": {}})
    origin.finish(submit(origin.owner, plan(origin.owner, later, find(origin.owner, ["first"])), "second"))
    second.take(origin.give("second", tmp_path / "out"))
    third.take(second.give("second", tmp_path / "on"))
    look_away()
    assert third.ask(CLASSES) == second.ask(CLASSES) == [("gpu-1", ["cpu-1", "gpu-1"])]
    assert contents(third.owner, "second") == contents(origin.owner, "second") != []
