"""A run that moved on since it was imported: what is new comes, once, and what was done here stays."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from ingest.transfer.errors import RunGoesOn
from ingest.transfer.take_in import import_run
from schema.connect import connect
from tests.support.ledgers import register_toy_camera
from tests.support.places import Place, changed, look_away, rows_of, see
from tests.support.queue import faults, wait_for_lock
from tests.support.runs import contents, plan_loads, plan_toys

pytestmark = pytest.mark.database

TASKS = {"toys": ("toy_count", "toy_double"), "merged": ("toy_count", "toy_merge")}
STATES = "select state, count(*) from work_unit group by 1 order by 1"
MARKS = "select reason, revoked_at is null from registry.mark order by 1"
RETRY = "select work.retry(array(select unit_id from work.unit where state = 'dead'))"
RUN = "select run_id from run where run = %s"


@dataclass(frozen=True)
class Stages:
    """Exports of runs, when a detector had failed and when it was done."""

    before: dict[str, Path]
    after: dict[str, Path]
    place: Place


@pytest.fixture(scope="module")
def stages(found: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """Give a ledger that exported its runs twice; one worker did all of them."""
    place, out = found(), tmp_path_factory.mktemp("stages")
    with pytest.MonkeyPatch.context() as patch:
        see(patch, place.using)
        register_toy_camera(place.owner, place.using, 3, tmp_path_factory.mktemp("in"))
        runs = {}
        for name, tasks in TASKS.items():
            (out / name).mkdir()
            (out / name / "1").touch()
            runs[name] = place.submit_once(plan_toys(place.owner, tasks, tickets=str(out / name)), name)
        place.finish(*runs.values())
        with place.lacking(detector=1):
            runs["loads"] = place.submit_once(plan_loads(place.owner), "loads")
            place.finish(runs["loads"])
        for reason in ("goes", "stays"):
            place.owner.execute(
                "insert into registry.mark (dataset_id, verdict, reason) "
                "select min(dataset_id), 'suspect', %s from registry.dataset",
                [reason],
            )
        before = {name: place.give(name, out / f"{name}_before") for name in runs}
        place.owner.execute("update registry.mark set revoked_at = clock_timestamp() where reason = 'goes'")
        place.retry(*runs.values())
        after = {name: place.give(name, out / f"{name}_after") for name in runs}
    look_away()
    return Stages(before, after, place)


@pytest.mark.parametrize("name", ["toys", "merged", "loads"])
def test_a_later_export_brings_what_is_new_once(there: Place, stages: Stages, name: str) -> None:
    first = there.take(stages.before[name])
    second, third = there.take(stages.after[name]), there.take(stages.after[name])
    assert contents(there.owner, name) == contents(stages.place.owner, name)
    for table in ("dataset", "member", "execution", "measurement", "quantum_input", "action"):
        assert first.new[table] + second.new[table] == len(rows_of(stages.after[name], table)), table
        assert second.new[table] > 0, table
    assert (second.moved, second.kept) == ({"toys": 2, "merged": 2, "loads": 1}[name], 0)
    assert (set(third.new.values()), third.moved, third.new_files) == ({0}, 0, 0)
    assert faults(there.owner) == []


def test_a_ledger_that_took_both_exports_gives_the_same_as_the_later_one(
    stages: Stages, found: Callable[[], Place], tmp_path: Path
) -> None:
    other = found()
    other.take(stages.before["toys"])
    other.take(stages.after["toys"])
    again = other.give("toys", tmp_path / "again")
    unlike = [path.name for path in (stages.after["toys"] / "tables").iterdir()
              if path.read_bytes() != (again / "tables" / path.name).read_bytes()]  # fmt: skip
    assert unlike == ["mark.jsonl.gz"]  # here a mark held until it came that it does not


def test_an_earlier_export_takes_nothing_back(there: Place, stages: Stages) -> None:
    there.take(stages.after["toys"])
    found = (contents(there.owner, "toys"), there.ask(STATES), there.ask(MARKS))
    assert set(there.take(stages.before["toys"]).new.values()) == {0}
    assert (contents(there.owner, "toys"), there.ask(STATES), there.ask(MARKS)) == found


def test_a_mark_that_was_taken_back_anywhere_holds_nowhere(there: Place, stages: Stages) -> None:
    there.take(stages.before["toys"])
    assert there.ask(MARKS) == [("goes", True), ("stays", True)]
    there.owner.execute("update registry.mark set revoked_at = clock_timestamp() where reason = 'stays'")
    there.take(stages.after["toys"])
    assert there.ask(MARKS) == [("goes", False), ("stays", False)]


def test_what_was_done_here_meanwhile_is_the_same_and_stays(
    stages: Stages, found: Callable[[], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = found()
    other.take(stages.before["toys"])
    see(monkeypatch, other.using)
    ((run,),) = other.owner.execute(RUN, ["toys"])
    other.retry(run)
    mine = contents(other.owner, "toys")
    taken = other.take(stages.after["toys"])
    # Both attempts are told of; what they made is one.
    assert (taken.moved, taken.new["execution"], taken.new["dataset"], taken.kept) == (0, 2, 0, 0)
    assert contents(other.owner, "toys") == mine == contents(stages.place.owner, "toys")
    assert faults(other.owner) == []
    look_away()


def test_a_catalog_that_was_loaded_takes_in_what_comes_late(
    stages: Stages, found: Callable[[], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = found()
    see(monkeypatch, other.using)
    rows = []
    for folder in (stages.before["loads"], stages.after["loads"]):
        other.take(folder)
        ((run,),) = other.owner.execute(RUN, ["loads"])
        assert other.owner.execute("select work.resume(%s)", [run]).fetchone() == (1,)
        other.finish(run)
        rows += other.ask("select count(*) from catalog.reference_star")
    assert rows == [(6,), (9,)]
    assert faults(other.owner) == []
    look_away()


def test_what_goes_on_here_goes_on(there: Place, stages: Stages) -> None:
    there.take(stages.before["toys"])
    there.owner.execute(RETRY)
    found = there.ask(STATES)
    taken = there.take(stages.after["toys"])
    assert (taken.moved, taken.new["dataset"]) == (0, 2)
    assert there.ask(STATES) == found
    assert faults(there.owner) == []


def test_what_waits_here_is_not_overtaken(there: Place, stages: Stages) -> None:
    there.take(stages.before["toys"])
    there.owner.execute("update work.unit set state = 'cancelled' where state = 'blocked'")
    there.owner.execute(RETRY)
    found = there.ask(STATES)
    said = r"run toys goes on in this ledger, .* wait for its end or `skyledger cancel toys`, and import again"
    with pytest.raises(RunGoesOn, match=said):
        there.take(stages.after["toys"])
    assert (there.ask(STATES), len(contents(there.owner, "toys"))) == (found, 4)


@pytest.mark.parametrize("unread", [False, True])
def test_what_nothing_dead_keeps_from_running_can_be_resumed(
    there: Place, stages: Stages, tmp_path: Path, unread: bool
) -> None:
    there.take(stages.before["toys"])
    blocked = there.ask("select encode(q.provenance_hash, 'hex') from work.unit u join registry.quantum q using "
                        "(quantum_id) where u.state = 'blocked'")  # fmt: skip
    if unread:  # the resolver has not been told of the death
        there.owner.execute("insert into work.settled (unit_id, ok) select unit_id, false from work.unit "
                            "where state = 'dead'")  # fmt: skip
        there.owner.execute("update work.unit set state = 'cancelled' where state = 'blocked'")
    # There somebody cancelled it when what it needs was done.
    folder = changed(stages.after["toys"], tmp_path / "cancelled", "unit", lambda row: row | (
        {"state": "cancelled"} if row["provenance_hash"] == f"\\x{blocked[0][0]}" else {}
    ))  # fmt: skip
    there.take(folder)
    assert there.ask(STATES) == [("cancelled", 1), ("done", 5)]
    assert there.ask("select count(*) from work.settled") == [(0,)]
    assert faults(there.owner) == []


def test_more_attempts_that_failed_are_counted(there: Place, stages: Stages, tmp_path: Path) -> None:
    there.take(stages.before["toys"])
    folder = changed(stages.before["toys"], tmp_path / "again", "unit", lambda row: row | {"attempt": 4})
    assert there.take(folder).moved == 1
    assert there.ask("select attempt from work.unit where state = 'dead'") == [(4,)]


def test_two_runs_of_one_worker_that_come_at_once_have_one_worker(
    stages: Stages, exported: Path, found: Callable[[], Place], tmp_path: Path
) -> None:
    other = found()
    other.take(exported)  # from here on the runs have nothing in common that is new but their worker
    apart = changed(stages.before["merged"], tmp_path / "apart", "member", lambda row: row | (
        {"collection": "Toy/others"} if row["pipeline"] == "ingest" else {}
    ))  # fmt: skip
    with connect("owner", other.using) as second:
        late = Thread(target=import_run, args=(second, other.store, apart))
        with other.owner.transaction():
            other.take(stages.before["toys"])
            late.start()
            assert wait_for_lock(other.owner)
        late.join()
    assert other.ask("select count(*) - count(distinct (host, pid, started_at)) from work.worker") == [(0,)]
    assert [len(contents(other.owner, name)) for name in TASKS] == [4, 4]
