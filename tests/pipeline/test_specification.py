"""Specifications: what a pipeline demands of its metrics, and what is said of values against it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection

from pipeline.definition import Pipeline, read
from pipeline.errors import BadPipeline
from pipeline.specification import Specification, enforce
from schema.connect import connect
from schema.settings import Settings
from tests.support.queue import wait_for_lock
from tests.support.runs import run_toys

pytestmark = pytest.mark.database


def limit(threshold: float, operator: str = "<=", **more: str) -> Specification:
    """Demand something of the toy's metric."""
    said = {"metric": "toy_count.size", "name": "few", "operator": operator, "description": "Toys are few."}
    return Specification.model_validate({**said, "threshold": threshold, **more})


def in_force(owner: Connection[Any]) -> list[tuple[Any, ...]]:
    """Give what is in force."""
    return owner.execute("select instrument, operator, threshold from specification order by 1 nulls first").fetchall()


def test_values_are_judged_by_what_is_in_force(toys: Settings, owner: Connection[Any]) -> None:
    run_toys(owner, "mine", workers=1)
    (value,) = owner.execute("select max(value) from measurement where metric = 'toy_count.size'").fetchall()[0]
    verdicts = {}
    for operator in ("<=", "<", ">=", ">"):
        for step in (-1, 0, 1):
            enforce(owner, [limit(value + step, operator)])
            found = owner.execute("select ok from verdict where value = %s", [value]).fetchall()
            verdicts[operator, step] = {ok for (ok,) in found}
    assert verdicts == {
        **{("<=", -1): {False}, ("<=", 0): {True}, ("<=", 1): {True}},
        **{("<", -1): {False}, ("<", 0): {False}, ("<", 1): {True}},
        **{(">=", -1): {True}, (">=", 0): {True}, (">=", 1): {False}},
        **{(">", -1): {True}, (">", 0): {False}, (">", 1): {False}},
    }


def test_a_changed_limit_takes_the_place_of_the_old_one_which_is_kept(toys: Settings, owner: Connection[Any]) -> None:
    run_toys(owner, "mine", workers=1)
    for threshold in (3.0, 3.0, 4.0):
        enforce(owner, [limit(threshold), limit(1.0, instrument="Toy")])
    assert in_force(owner) == [(None, "<=", 4.0), ("Toy", "<=", 1.0)]
    kept = owner.execute("select threshold from quality.specification where instrument = '' order by since").fetchall()
    assert kept == [(3.0,), (4.0,)]


def test_of_two_runs_at_once_the_later_one_waits_and_its_word_counts(toys: Settings, owner: Connection[Any]) -> None:
    run_toys(owner, "mine", workers=1)
    first, second = [limit(3.0), limit(1.0, band="y")], [limit(2.0, band="y"), limit(3.0), limit(4.0, band="z")]

    def enforce_second() -> None:
        with connect("owner", toys) as other, other.transaction():
            enforce(other, second)

    with ThreadPoolExecutor(1) as pool:
        with owner.transaction():
            enforce(owner, first)
            waiting = pool.submit(enforce_second)
            assert wait_for_lock(owner)
        waiting.result()
    kept = owner.execute("select band, threshold, until = 'infinity', since <= until from quality.specification")
    assert sorted(kept.fetchall()) == [
        ("", 3.0, True, True), ("y", 1.0, False, True), ("y", 2.0, True, True), ("z", 4.0, True, True),
    ]  # fmt: skip


def test_workers_that_measure_do_not_wait_for_a_change_of_limits(toys: Settings, owner: Connection[Any]) -> None:
    run_toys(owner, "mine", workers=1)
    with owner.transaction():
        enforce(owner, [limit(3.0)])
        with connect("worker", toys) as worker:
            worker.execute("set lock_timeout = '1s'")
            worker.execute(
                """insert into quality.measurement (metric_id, dataset_id, value)
                   select m.metric_id, d.dataset_id, 1 from quality.metric m, public.dataset d
                   where m.name = 'toy_count.size' and d.task = 'toy_double'"""
            )
    assert owner.execute("select count(*) from verdict where value = 1").fetchone() == (4,)


def test_a_limit_of_another_instrument_or_band_judges_nothing_here(toys: Settings, owner: Connection[Any]) -> None:
    run_toys(owner, "mine", workers=1)
    enforce(owner, [limit(1.0, instrument="DECam"), limit(1.0, band="y")])
    assert owner.execute("select count(*) from verdict").fetchone() == (0,)


def test_what_could_not_be_measured_is_neither_good_nor_bad(toys: Settings, owner: Connection[Any]) -> None:
    run_toys(owner, "mine", workers=1)
    enforce(owner, [limit(1.0)])
    owner.execute(
        """insert into quality.measurement (metric_id, dataset_id, value)
           select m.metric_id, d.dataset_id, 'NaN' from quality.metric m, dataset d
           where m.name = 'toy_count.size' and d.task = 'toy_double'"""
    )
    found = owner.execute("select distinct ok from verdict where value = 'NaN'").fetchall()
    assert found == [(None,)]


def test_the_shipped_pipeline_says_what_its_metrics_must_be() -> None:
    assert {one.metric for one in read("single_frame").specifications} >= {"calibrate.seeing", "calibrate.astromDecRms"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"metric": "toy_count.nosuch"}, "specification 1 is of toy_count.nosuch; its metrics are toy_count.size"),
        ({"instrument": "Toycam"}, "specification 1 names the instrument 'Toycam'"),
        ({"operator": "=="}, "specifications.0.operator"),
        ({"threshold": ".nan"}, "specifications.0.threshold"),
    ],
)
def test_a_specification_that_cannot_be_is_refused_in_a_sentence(
    toys: Settings, change: dict[str, str], problem: str
) -> None:
    said = {**limit(1.0).model_dump(exclude={"instrument", "band"}), **change}
    path = toys.home / "bad.yaml"
    path.parent.mkdir(exist_ok=True)
    lines = "".join(f"  {'-' if n == 0 else ' '} {name}: {value!s}\n" for n, (name, value) in enumerate(said.items()))
    lines = lines.replace("==", "'=='").replace(": <=", ": '<='")
    path.write_text(f"name: toys\ndescription: Toys.\ntasks: {{toy_count: {{}}}}\nspecifications:\n{lines}")
    with pytest.raises(BadPipeline, match=problem.replace("(", "\\(")):
        read(str(path))


def test_the_same_place_is_not_specified_twice(toys: Settings) -> None:
    twice = Pipeline(name="toys", description="Toys.", tasks={"toy_count": {}}, specifications=(limit(1.0), limit(2.0)))
    path = toys.home / "twice.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(twice.model_dump_json())
    with pytest.raises(BadPipeline, match=r"specification 2 says toy_count\.size few a second time"):
        read(str(path))
