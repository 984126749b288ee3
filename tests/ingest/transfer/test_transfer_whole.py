"""A run goes from one ledger to another: same identities, and nothing computed again."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.transfer.errors import NoSuchRun
from ingest.transfer.export import TABLES, copy_out, export_run
from ingest.transfer.folder import read_manifest
from pipeline.planner.submit import submit
from schema.doctor_deep import deep_findings
from tests.support.places import Place
from tests.support.queue import faults
from tests.support.runs import contents, plan_toys

pytestmark = pytest.mark.database

EDGES = """
select d.uid, a.uid, u.depth from registry.dataset d
cross join lateral registry.upstream(array[d.dataset_id]) u join registry.dataset a on a.dataset_id = u.dataset_id
order by 1, 2"""
COST = "select task, attempt, outcome, error, cpu_s, started_at, ended_at from execution order by started_at, task"
MARKS = "select verdict, reason, created_at from mark"
VISITS = "select d.uid, to_jsonb(v) - 'dataset_id' from visit v join registry.dataset d using (dataset_id)"
UNTOLD = """
select d.uid from registry.dataset d where d.quantum_id is not null and not exists (
  select from work.unit u join work.execution e using (unit_id)
  where u.quantum_id = d.quantum_id and e.outcome = 'ok')"""
STATES = "select run, state, count(*) from work_unit group by 1, 2 order by 1, 2"


def test_what_arrives_is_whole_and_leaves_again_byte_for_byte(
    here: Place, exported: Path, found: Callable[[], Place], tmp_path: Path
) -> None:
    third = found()
    third.take(exported)
    assert contents(third.owner, "run") == contents(here.owner, "run")
    assert len(contents(third.owner, "run")) == 4
    back = third.give("run", tmp_path / "back")
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(back) for path in back.rglob("*") if path.is_file())
    assert [str(file) for file in files if (exported / file).read_bytes() != (back / file).read_bytes()] == []
    checks = list(deep_findings(third.using, lambda total: lambda: None))
    assert len(checks) > 8
    assert [one for one in checks if not one[1]] == []


def test_a_plan_at_the_other_end_reuses_everything(here: Place, there: Place, exported: Path) -> None:
    there.take(exported)
    planned, same = plan_toys(there.owner, idle=1, bad=2), plan_toys(here.owner, idle=1, bad=2)
    assert [quantum.provenance for quantum in planned.quanta] == [quantum.provenance for quantum in same.quanta]
    assert [quantum.reused for quantum in planned.quanta] == [quantum.reused for quantum in same.quanta]
    # Detector 2 ended badly, and is tried again; detector 1 has nothing to double.
    assert {name: n for name, n, _ in planned.counts()} == {"toy_count": 1, "toy_double": 1}


def test_lineage_and_the_account_of_the_work_are_the_same(here: Place, there: Place, exported: Path) -> None:
    there.take(exported)
    uids = {row[0] for row in there.ask("select uid from registry.dataset")}
    assert there.ask(EDGES) == [edge for edge in here.ask(EDGES) if edge[0] in uids]
    assert there.ask(COST) == [row for row in here.ask(COST) if row[0] in ("toy_count", "toy_double")]
    for asked in (MARKS, VISITS):
        assert there.ask(asked) == here.ask(asked), asked


def test_a_second_import_changes_nothing(here: Place, there: Place, exported: Path) -> None:
    first, second = there.take(exported), there.take(exported)
    assert (first.new["dataset"], first.new["execution"], first.files) == (8, 7, 8)
    assert set(second.new.values()) == {0}
    assert (first.new_files, second.new_files, second.kept) == (8, 0, 0)
    # Nor does one into the ledger that it comes from.
    assert set(here.take(exported).new.values()) == {0}


def test_dead_units_can_be_tried_again_at_the_other_end(there: Place, exported: Path) -> None:
    there.take(exported)
    assert there.ask(STATES) == [("run", "blocked", 1), ("run", "dead", 1), ("run", "done", 6)]
    there.ask("select work.retry(array_agg(unit_id)) from work.unit where state = 'dead'")
    assert there.ask(STATES) == [("run", "done", 6), ("run", "ready", 1), ("run", "waiting", 1)]
    assert faults(there.owner) == []


def test_loads_of_catalogs_are_left_to_be_done(here: Place, there: Place, tmp_path: Path) -> None:
    there.take(here.give("loads", tmp_path / "loads"))
    loads = "select state from work_unit where task = 'load_catalog'"
    assert there.ask(loads) == [("cancelled",)]
    there.ask("select work.resume(run_id) from run where run = 'loads'")
    assert there.ask(loads) == [("ready",)]


def test_a_run_that_goes_on_or_is_none_is_not_exported(here: Place, tmp_path: Path) -> None:
    submit(here.owner, plan_toys(here.owner, sleep=0.5), "more")
    with pytest.raises(NoSuchRun, match="more goes on"):
        export_run(here.owner, "more", tmp_path)
    with pytest.raises(NoSuchRun, match="is none of a pipeline"):
        export_run(here.owner, "Toy/raw", tmp_path)


def test_an_export_writes_through_no_link(here: Place, exported: Path, tmp_path: Path) -> None:
    folder, private = Path(shutil.copytree(exported, tmp_path / "out")), tmp_path / "private"
    private.write_text("mine")
    path = next(folder.glob("files/*/*.parquet"))
    path.unlink()
    path.with_name(f"{path.name}.new").symlink_to(private)
    assert copy_out(here.store, folder, read_manifest(folder, TABLES)) == 1
    assert (private.read_text(), path.is_symlink()) == ("mine", False)


def test_who_made_a_dataset_is_told_by_the_run_that_made_it(
    here: Place, found: Callable[[], Place], tmp_path: Path
) -> None:
    """A run that took results over brings them without; the run that computed them tells, when it comes first."""
    folders = []
    for name, tasks in (("first", ("toy_count",)), ("second", ("toy_count", "toy_merge"))):
        here.finish(submit(here.owner, plan_toys(here.owner, tasks), name))
        folders.append(here.give(name, tmp_path / name))
    for order, known in ((folders, {"toy_count", "toy_merge"}), (folders[::-1], {"toy_merge"})):
        place = found()
        for folder in order:
            place.take(folder)
        told = place.ask("select distinct dataset_type from dataset where execution_id is not null")
        assert {name for (name,) in told} == known
        # Whatever came first: the attempts are there, at the quantum.
        assert place.ask(UNTOLD) == []
