"""A run goes from one ledger to another: same identities, all or nothing, nothing computed again."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest.transfer.errors import BadTransfer, NoSuchRun, TransferConflict
from ingest.transfer.export import TABLES, copy_out, export_run
from ingest.transfer.folder import MANIFEST, Row, read_manifest, read_table, write_manifest, write_table
from ingest.transfer.take_in import Taken, import_run
from pipeline.planner.submit import submit
from pipeline.tasks import tasks
from pipeline.worker import Worker
from schema.connect import connect
from schema.doctor_deep import deep_findings
from schema.ledger.collections import add_members, find, make, make_run
from schema.ledger.errors import CollectionRefused
from schema.ledger.external import ExternalFile, register_external
from schema.ledger.software import register_software
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.ledgers import register_toy_camera
from tests.support.queue import wake
from tests.support.runs import contents, ended, plan_loads, plan_toys

pytestmark = pytest.mark.database

EDGES = """
select d.uid, a.uid, u.depth from registry.dataset d
cross join lateral registry.upstream(array[d.dataset_id]) u join registry.dataset a on a.dataset_id = u.dataset_id
order by 1, 2"""
COST = "select task, attempt, outcome, error, cpu_s, started_at, ended_at from execution order by started_at, task"
STATES = "select run, state, count(*) from work_unit group by 1, 2 order by 1, 2"


@dataclass(frozen=True)
class Place:
    """A ledger with its store."""

    using: Settings
    owner: Connection[Any]

    @property
    def store(self) -> Store:
        return Store(self.using.store_root)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self.owner.execute(question).fetchall()

    def take(self, folder: Path) -> Taken:
        return import_run(self.owner, self.store, folder)

    def give(self, run: str, folder: Path) -> Path:
        copy_out(self.store, folder, export_run(self.owner, run, folder))
        return folder


@pytest.fixture(scope="module")
def found(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Place]]:
    """Give what founds an empty ledger of its own; the first is the one that commands and workers see."""
    names: list[str] = []
    opened: list[Connection[Any]] = []
    with psycopg.connect(administrator, autocommit=True) as admin, pytest.MonkeyPatch.context() as patch:

        def make() -> Place:
            names.append(f"{template}_site{len(names)}")
            admin.execute(f"create database {names[-1]} template {template}".encode())
            url = make_conninfo(administrator, dbname=names[-1])
            using = Settings(database_url=SecretStr(url), home=tmp_path_factory.mktemp("site"))
            if len(names) == 1:
                patch.setenv("SKYLEDGER_DATABASE_URL", url)
                patch.setenv("SKYLEDGER_HOME", str(using.home))
                patch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
                settings.cache_clear()
                tasks.cache_clear()
            opened.append(connect("owner", using))
            return Place(using, opened[-1])

        yield make
        for connection in opened:
            connection.close()
        for name in names:
            admin.execute(f"drop database {name} with (force)".encode())
    settings.cache_clear()
    tasks.cache_clear()


@pytest.fixture(scope="module")
def here(found: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a ledger with two runs of toys that have ended: one with an idle and a bad detector, one with a catalog."""
    place = found()
    register_toy_camera(place.owner, place.using, 4, tmp_path_factory.mktemp("in"))
    host = "insert into work.worker (host, pid, software_id) values ('here', 1, %s) returning worker_id"
    ((worker_id,),) = place.owner.execute(host, [register_software(place.owner)]).fetchall()
    worker = Worker(worker_id)
    for name, planned in (("run", plan_toys(place.owner, idle=1, bad=2)), ("loads", plan_loads(place.owner))):
        run = submit(place.owner, planned, name)
        while not ended(place.owner, run):
            wake(place.owner)
            worker.step()
    worker.connection.close()
    place.ask("insert into registry.mark (dataset_id, verdict, reason) select min(dataset_id), 'suspect', 'x' "
              "from registry.dataset returning 1")  # fmt: skip
    return place


@pytest.fixture(scope="module")
def exported(here: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give its first run in a folder."""
    return here.give("run", tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def empty(found: Callable[[], Place], here: Place) -> Place:
    """Give a second ledger; what is done to it is rolled back."""
    return found()


@pytest.fixture
def there(empty: Place, tmp_path: Path) -> Iterator[Place]:
    """Give an empty ledger in a transaction that is rolled back, with a store of its own."""
    with empty.owner.transaction(force_rollback=True):
        yield Place(empty.using.model_copy(update={"home": tmp_path / "home"}), empty.owner)


def changed(folder: Path, to: Path, table: str, change: Callable[[Row], Row]) -> Path:
    """Give a copy of an export with other rows in a table, and right digests."""
    shutil.copytree(folder, to)
    manifest = read_manifest(to, TABLES)
    manifest.tables[table] = write_table(to, table, [change(row) for row in list(read_table(to, table))])
    write_manifest(to, manifest)
    return to


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
    assert there.ask("select verdict, reason, created_at from mark") == here.ask(
        "select verdict, reason, created_at from mark"
    )


def test_a_second_import_changes_nothing(here: Place, there: Place, exported: Path) -> None:
    first, second = there.take(exported), there.take(exported)
    assert (first.new["dataset"], first.new["execution"], first.files) == (8, 7, 8)
    assert set(second.new.values()) == {0}
    assert second.kept == 0
    # Nor does one into the ledger that it comes from.
    assert set(here.take(exported).new.values()) == {0}


def test_dead_units_can_be_tried_again_at_the_other_end(there: Place, exported: Path) -> None:
    there.take(exported)
    assert there.ask(STATES) == [("run", "blocked", 1), ("run", "dead", 1), ("run", "done", 6)]
    there.ask("select work.retry(array_agg(unit_id)) from work.unit where state = 'dead'")
    assert there.ask(STATES) == [("run", "done", 6), ("run", "ready", 1), ("run", "waiting", 1)]


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


def test_other_content_of_the_same_identity_is_refused_by_name(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    other = "\\x" + 32 * "ab"
    folder = changed(exported, tmp_path / "other", "dataset", lambda row: row | (
        {"content_digest": other} if row["dataset_type"] == "toy_double" else {}
    ))  # fmt: skip
    contents = {row["content_digest"] for row in read_table(folder, "dataset")}
    manifest = read_manifest(folder, TABLES)
    files = [row for row in read_table(folder, "artifact") if row["content_digest"] in contents]
    manifest.tables["artifact"] = write_table(folder, "artifact", files)
    write_manifest(folder, manifest)
    with pytest.raises(TransferConflict, match=f"dataset toy_double .* has content_digest .* and {32 * 'ab'} in what"):
        there.take(folder)


def test_a_metric_that_differs_is_refused_unless_it_is_the_cost(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    costs = ("wall", "cpu", "memory")
    dearer = changed(exported, tmp_path / "dearer", "measurement", lambda row: row | (
        {"value": "1e6"} if row["metric"].endswith(costs) else {}
    ))  # fmt: skip
    assert set(there.take(dearer).new.values()) == {0}
    larger = changed(exported, tmp_path / "larger", "measurement", lambda row: row | (
        {} if row["metric"].endswith(costs) else {"value": "1e6"}
    ))  # fmt: skip
    with pytest.raises(TransferConflict, match=r"measurement toy_count.size of .* has value 18 .* and 1000000"):
        there.take(larger)


def test_a_visit_that_differs_is_refused_and_nothing_comes(there: Place, exported: Path) -> None:
    there.owner.execute("insert into registry.instrument (instrument, description) values ('Toy', 'Other words.')")
    there.owner.execute("insert into registry.physical_filter values ('Toy', 'g', 'g')")
    there.owner.execute("insert into registry.visit values ('Toy', 1, 'g', 20210101)")
    with pytest.raises(TransferConflict, match="visit Toy 1 has day_obs 20210101 in this ledger, and 20200101"):
        there.take(exported)
    assert there.ask("select count(*) from registry.detector") == [(0,)]


def test_a_run_of_that_name_with_another_plan_is_refused(there: Place, exported: Path, tmp_path: Path) -> None:
    register_toy_camera(there.owner, there.using, 2, tmp_path / "in")
    submit(there.owner, plan_toys(there.owner), "run")
    with pytest.raises(TransferConflict, match="run run has plan toys"):
        there.take(exported)


def test_a_place_that_is_taken_stays_so_and_that_is_told(there: Place, exported: Path, tmp_path: Path) -> None:
    register_toy_camera(there.owner, there.using, 1, tmp_path / "in")
    path = tmp_path / "in" / "better.txt"
    path.write_text("a better file of detector 0")
    stored = there.store.take_in(path)
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 0}
    better = ExternalFile("raw_image", data_id, stored.file_digest, stored, path.name)
    (registered,) = register_external(there.owner, [better], "file")
    (collection,) = find(there.owner, ["Toy/raw"])
    add_members(there.owner, collection, [registered.dataset_id], "ingested")
    assert there.take(exported).kept == 1
    held = "select d.detector, d.file_name from member m join dataset d using (dataset_id) where collection = 'Toy/raw'"
    assert sorted(there.ask(held)) == [(0, "better.txt"), (1, "toy1.txt"), (2, "toy2.txt"), (3, "toy3.txt")]


def test_a_name_that_a_tag_has_is_refused(there: Place, exported: Path) -> None:
    make(there.owner, "run", "tagged", "Picked.")
    with pytest.raises(CollectionRefused, match="'run' cannot be used so: it is a tagged collection"):
        there.take(exported)
    with pytest.raises(CollectionRefused, match="it is a tagged collection"):
        make_run(there.owner, "run", "toys", bytes(32), "Toys.")


def test_nothing_enters_a_sealed_run(there: Place, exported: Path) -> None:
    make_run(there.owner, "Toy/raw", "ingest", bytes(32), "Files.")
    there.owner.execute("update registry.collection set sealed_at = now() where name = 'Toy/raw'")
    with pytest.raises(CollectionRefused, match="Toy/raw is sealed"):
        there.take(exported)


def test_a_unit_that_was_here_waits_for_nothing_else(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    needs = min(row["needs"] for row in read_table(exported, "dependency"))
    folder = changed(exported, tmp_path / "more", "dependency", lambda row: row | {"needs": needs})
    assert there.take(folder).new["dependency"] == 0


def test_a_run_that_moved_on_is_refused_with_what_to_do(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    folder = changed(exported, tmp_path / "later", "unit", lambda row: row | {"state": "done"})
    with pytest.raises(TransferConflict, match=r"has state (dead|blocked) \(`skyledger retry` does it here\)"):
        there.take(folder)


def test_an_export_writes_through_no_link(here: Place, exported: Path, tmp_path: Path) -> None:
    folder, private = Path(shutil.copytree(exported, tmp_path / "out")), tmp_path / "private"
    private.write_text("mine")
    path = next(folder.glob("files/*/*.parquet"))
    path.unlink()
    path.with_name(f"{path.name}.new").symlink_to(private)
    assert copy_out(here.store, folder, read_manifest(folder, TABLES)) == 1
    assert (private.read_text(), path.is_symlink()) == ("mine", False)


def spoil_table(folder: Path) -> None:
    path = folder / "tables" / "dataset.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)


def spoil_manifest(folder: Path) -> None:
    path = folder / MANIFEST
    path.write_text(path.read_text().replace('"run": "run"', '"run": "user/run"'))


def spoil_file(folder: Path) -> None:
    path = next(folder.glob("files/*/*.parquet"))
    path.write_bytes(path.read_bytes()[::-1])


def lose_file(folder: Path) -> None:
    next(folder.glob("files/*/*.parquet")).unlink()


def link_file(folder: Path) -> None:
    path = next(folder.glob("files/*/*.parquet"))
    path.symlink_to(path.rename(folder.with_name("private")))


def link_table(folder: Path) -> None:
    (folder / "tables").rename(folder.with_name("elsewhere"))
    (folder / "tables").symlink_to(folder.with_name("elsewhere"))


def of_another_revision(folder: Path) -> None:
    write_manifest(folder, replace(read_manifest(folder, TABLES), revision="0001"))


def lose_a_row(folder: Path) -> None:
    manifest = read_manifest(folder, TABLES)
    manifest.tables["unit_input"]["rows"] += 1
    write_manifest(folder, manifest)


def lose_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_table, "the table dataset is missing, or not what was written"),
        (spoil_manifest, "its own digest differs"),
        (spoil_file, "has other bytes than its name says"),
        (lose_file, "is missing"),
        (lose_manifest, "is no export"),
        (link_file, "is a symbolic link"),
        (link_table, "tables is a symbolic link"),
        (of_another_revision, "is of a ledger of revision 0001"),
        (lose_a_row, "the table unit_input has . rows, and . were written"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(
    there: Place, exported: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "spoilt"))
    spoil(folder)
    with pytest.raises(BadTransfer, match=said):
        there.take(folder)
    assert there.ask("select count(*) from registry.coordinate") == [(0,)]


@pytest.mark.parametrize(
    ("table", "forgery", "said"),
    [
        ("artifact", {"path": "files/../../../etc/passwd"}, "is not one that a store gives"),
        ("dataset", {"output_name": "other"}, "is not what its uid says"),
        ("config", {"body": {"sleep": 1.0}}, "is not what its digest says"),
        ("coordinate", {"detector": 7}, "is not what its digest says"),
        ("quantum", {"salt": 5}, "the quantum .* is not what its hash says"),
        ("quantum_input", {"ordinal": 7}, "the quantum .* is not what its hash says"),
        ("action", {"action_key": "\\x" + 32 * "ab"}, "an action key of the quantum .* is not that of what it read"),
        ("artifact", {"n_bytes": 1}, "bytes, and not 1"),
        ("artifact", {"content_digest": "\\x" + 32 * "ab"}, "which is of no dataset of the export"),
        ("artifact", {"path": None}, "is not whole"),
        ("unit", {"provenance_hash": None}, "a row of unit finds no provenance_hash"),
        ("execution", {"worker_started_at": "2020-01-01T00:00:00+00:00"}, "a row of execution finds no worker"),
        ("worker", {"pid": None}, "a row of worker cannot be stored"),
        ("member", {"collection": "user/tag", "pipeline": "toys"}, "no run of an ingest"),
    ],
)
def test_a_forgery_with_right_digests_is_refused(
    there: Place, exported: Path, tmp_path: Path, table: str, forgery: Row, said: str
) -> None:
    folder = changed(exported, tmp_path / "forged", table, lambda row: row | forgery)
    with pytest.raises(BadTransfer, match=said):
        there.take(folder)
    assert there.ask("select count(*) from registry.dataset") == [(0,)]
