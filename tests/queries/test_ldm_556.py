"""Requirements of LDM-556 on a registry of datasets, each shown by a test of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from psycopg import Connection, errors, sql
from typer.testing import CliRunner

from pipeline.commit import StoredFiles, commit, move_files
from pipeline.definition import Pipeline
from pipeline.execute import Done
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.provenance_file import read_provenance
from pipeline.tasks import tasks
from pipeline.worker import Worker
from queries.client import Client
from queries.datasets import cli as datasets_cli
from queries.datasets.ask import ask
from queries.datasets.saved import find_saved, freeze, save
from queries.datasets.search import Search
from queries.readonly import Limits
from schema.ledger.collections import find
from schema.ledger.curation import tag
from schema.ledger.errors import CollectionRefused, PlaceTaken
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.ledgers import register_toy_camera
from tests.support.library import Library
from tests.support.queue import enlist, wake
from tests.support.runs import finish, plan_toys
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
N = 3  # detectors


@pytest.fixture
def toys(
    owner: Connection[Any], ledger: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connection[Any]]:
    """Give a ledger with three files of a toy camera, and toy tasks."""
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()
    register_toy_camera(owner, ledger, N, tmp_path / "in")
    yield owner
    tasks.cache_clear()


@pytest.fixture
def processed(toys: Connection[Any]) -> Connection[Any]:
    """Give that ledger after a real worker has counted the bytes of the files, and doubled the numbers."""
    finish(toys, submit(toys, plan_toys(toys), "toys/one"))
    return toys


def test_0057_queries_as_datasets(processed: Connection[Any], ledger: Settings) -> None:
    """DMS-MWBT-REQ-0057: "The Data Input System shall support database queries as first class Datasets".

    A query is a record with versions; its answer is frozen as a collection that says so, and a plan starts from it.
    """
    search = Search(where="detector in (0, 2)", dataset_types=("raw_image",), collections=("Toy/raw",))
    first = save(processed, "even", search)
    assert save(processed, "even", search) == first
    other = save(processed, "even", Search(where="detector = 1"))
    assert find_saved(processed, "even") == other
    assert find_saved(processed, "even", first.digest.hex()[:8]).search == search
    assert freeze(processed, first, "even/1", ledger) == 2
    row = processed.execute(
        "select saved_query, sealed_at is not null from public.collection where collection = 'even/1'"
    )
    assert row.fetchall() == [("even", True)]
    with pytest.raises(CollectionRefused, match="it exists already"):
        freeze(processed, first, "even/1", ledger)
    pipeline = Pipeline(name="toys", description="Toys.", tasks={"toy_count": {}})
    assert len(plan(processed, pipeline, find(processed, ["even/1"])).quanta) == 2


def test_0074_no_clobber(processed: Connection[Any], tmp_path: Path) -> None:
    """DMS-MWBT-REQ-0074: "[…] it is an error to attempt to persist a dataset that is already present […]".

    Neither a row, nor a file, nor a place in a collection is ever replaced unasked.
    """
    again = """insert into registry.dataset
                 (uid, dataset_type_id, coordinate_id, quantum_id, output_name, content_digest)
               select uid, dataset_type_id, coordinate_id, quantum_id, output_name, sha256('other')
               from registry.dataset where quantum_id is not null limit 1"""
    with pytest.raises(errors.UniqueViolation):
        processed.execute(again.encode())
    rows = processed.execute(
        "select path, file_digest from registry.artifact where path like '%.parquet' limit 1"
    ).fetchall()
    stored = Store(settings().store_root).locate(rows[0][0])
    assert stored.stat().st_mode & 0o222 == 0
    old, new = _two_of_one_place(processed)
    tag(processed, "picked", [old])
    with pytest.raises(PlaceTaken):
        tag(processed, "picked", [new])


def _two_of_one_place(connection: Connection[Any]) -> list[int]:
    """Register other content for the place of a dataset that is there."""
    rows = connection.execute(
        """with d as (select * from registry.dataset where quantum_id is not null order by dataset_id limit 1),
           n as (insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
                 select gen_random_uuid(), dataset_type_id, coordinate_id, sha256('other') from d returning dataset_id)
           select dataset_id from d union all select dataset_id from n"""
    )
    return [row[0] for row in rows]


def test_0076_strong_exception_guarantee(toys: Connection[Any]) -> None:
    """DMS-MWBT-REQ-0076: "[…] If a put operation fails the previous state shall be restored".

    The last thing that a put writes is refused here: nothing of all that was written before stays, and a repeat works.
    """
    submit(toys, plan_toys(toys, ("toy_count",)), "toys/one")
    wake(toys)
    worker = Worker(enlist(toys))
    done = [one for one in worker._run(worker._claim()) if isinstance(one, Done)]
    stored: StoredFiles = {}
    for one in done:
        stored |= move_files(worker.store, one)
    before = _state(toys)
    toys.execute("alter table registry.action add constraint refused check (quantum_id is null) not valid")
    with pytest.raises(errors.CheckViolation):
        commit(worker.connection, done, stored)
    assert _state(toys) == before
    toys.execute("alter table registry.action drop constraint refused")
    commit(worker.connection, done, stored)
    worker.connection.close()
    after = _state(toys)
    assert [after[name] - before[name] for name in ("registry.dataset", "registry.member")] == [len(done)] * 2
    assert done


def _state(connection: Connection[Any]) -> dict[str, int]:
    """Count the rows of every table."""
    tables = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname in ('registry', 'work', 'quality')"
    ).fetchall()
    count = sql.SQL("select count(*) from {}")
    return {
        ".".join(table): connection.execute(count.format(sql.Identifier(*table))).fetchall()[0][0] for table in tables
    }


def test_0089_filter_by_data_quality(library: Library) -> None:
    """DMS-MWBT-REQ-0089: "[…] able to filter search results based on data quality assessments".

    Metrics, verdicts of specifications, and marks of people.
    """
    asked: dict[str, Any] = {"collections": ("first",)}
    assert {p[1] for p in library.places("metric('metric1') < 2", "source", **asked)} == {1}
    assert {p[1] for p in library.places("verdict('good')", "source", **asked)} == {1}
    assert ("source", 3, 2) not in library.places("mark is null", "source", **asked)
    assert library.places("mark = 'bad'", "source", **asked) == [("source", 3, 2)]


def test_0090_filter_by_config(library: Library) -> None:
    """DMS-MWBT-REQ-0090: "[…] user-specified filters containing explicit Datasets to be removed from results".

    By dataset, by collection, and by any parameter of the task that made it.
    """
    everything = library.ask(None, "source", collections=("all",))
    out = everything[0]
    left = library.ask(None, "source", collections=("all",), without=(str(out[1]),))
    assert {row[0] for row in everything} - {row[0] for row in left} == {out[0]}
    assert not {row[-1] for row in library.ask(None, "source", collections=("all",), without=("picked",))} & {"picked"}
    assert len(library.ask("config.threshold > 5", "source", collections=("all",))) == 2


def _provenance(connection: Connection[Any], dataset_type: str) -> dict[str, dict[str, Any]]:
    """Give what the files of a type say, by the uid that the ledger says they are."""
    rows = connection.execute(
        "select uid, path from public.dataset where dataset_type = %s and path is not null", [dataset_type]
    ).fetchall()
    store = Store(settings().store_root)
    return {str(uid): read_provenance(store.locate(path)) for uid, path in rows}


def test_0093_provenance_to_raw_data(processed: Connection[Any]) -> None:
    """DMS-MWBT-REQ-0093: "[…] persist provenance information describing all the raw data IDs that contributed […]".

    Also where other datasets lie in between.
    """
    said = _provenance(processed, "toy_double")
    assert len(said) == N
    for uid, found in said.items():
        origins = [one for one in found["relatives"] if one["relation"] == "origin"]
        ledger_says = processed.execute(
            """select r.uid::text, r.detector from registry.upstream(array(
                 select dataset_id from registry.dataset where uid = %s)) u
               join public.dataset r using (dataset_id) where r.dataset_type = 'raw_image'""",
            [uid],
        ).fetchall()
        assert [(one["uid"], one["data_id"]) for one in origins] == [
            (raw, f'{{"detector": {detector}, "exposure": 1, "instrument": "Toy"}}') for raw, detector in ledger_says
        ]
        assert len(origins) == 1


def test_0094_provenance_tracing(processed: Connection[Any], ledger: Settings) -> None:
    """DMS-MWBT-REQ-0094: "[…] report on all the Datasets that were created using a specific Dataset […]"."""
    ((raw,),) = processed.execute("select uid from public.dataset where dataset_type = 'raw_image' and detector = 1")
    rows = ask(Search(where=f"made_from('{raw}')"), ledger, Limits()).rows
    assert sorted((row[2], row[6]) for row in rows) == [("toy_count", 1), ("toy_double", 1)]


def test_0095_dataset_lookup_provenance_driven(processed: Connection[Any]) -> None:
    """DMS-MWBT-REQ-0095: "[…] recording and subsequently reporting […] the Datasets that were used as inputs […]".

    What a unit was planned to read, and what it did read.
    """
    predicted = processed.execute(
        """select u.quantum_id, i.role_id, d.dataset_id from work.unit_input i join work.unit u using (unit_id)
           join registry.dataset d on d.uid = i.dataset_uid order by 1, 2"""
    ).fetchall()
    actual = processed.execute(
        "select quantum_id, role_id, dataset_id from registry.quantum_input order by 1, 2"
    ).fetchall()
    assert predicted == actual
    assert len(actual) == 2 * N
    rows = processed.execute(
        """select i.dataset_type, l.role from public.lineage l join public.dataset d using (dataset_id)
           join public.dataset i on i.dataset_id = l.input_dataset_id where d.dataset_type = 'toy_double'
           group by 1, 2"""
    )
    assert rows.fetchall() == [("toy_count", "count")]


def test_0096_provenance_in_datasets(processed: Connection[Any], ledger: Settings) -> None:
    """DMS-MWBT-REQ-0096: "[…] persist provenance metadata relating to the immediate parents of the Dataset […]".

    Parents, task, code, configuration and quantum stand in the file, and a task that reads it does not see them.
    """
    said = _provenance(processed, "toy_double")
    for uid, found in said.items():
        (task, code, config, quantum), *_ = processed.execute(
            """select d.task, d.code_digest, d.config_digest, encode(q.provenance_hash, 'hex')
               from public.dataset d join registry.quantum q using (quantum_id) where d.uid = %s""",
            [uid],
        ).fetchall()
        assert [found[name] for name in ("uid", "task", "code", "config", "quantum")] == [
            uid,
            task,
            code,
            config,
            quantum,
        ]
        (parent,) = [one for one in found["relatives"] if one["relation"] == "parent"]
        assert (parent["role"], parent["dataset_type"]) == ("count", "toy_count")
    table: Any = Client(ledger).get(next(iter(said)))
    assert isinstance(table, pa.Table)
    assert b"skyledger" in table.schema.metadata


def test_saved_queries_on_the_command_line(processed: Connection[Any], tmp_path: Path) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(app_of(datasets_cli.mount), [*words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    found = run("datasets", "detector < :d", "--bind", "d=2", "--type", "raw_image", "--save", "low", "--uids")
    assert len(found.split()) == 2
    assert run("datasets", "--saved", "low", "--uids") == found
    assert "low" in run("saved", "--output", "csv")
    assert run("freeze", "low", "low/1", "--dry-run") == "would freeze 2 datasets as low/1\n"
    assert run("freeze", "low", "low/1") == "froze 2 datasets as low/1\n"
    shown = run("datasets", "--collection", "low/1", "--output", "csv", "--order", "-detector")
    assert [line.split(",")[6] for line in shown.splitlines()] == ["detector", "1", "0"]
