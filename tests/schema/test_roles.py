"""Roles: the worker does its one transaction, the reader reads views, and nobody else does anything."""

from typing import Any

import pytest
from psycopg import Connection, errors, sql

from schema.connect import connect
from schema.migrate import initialise
from schema.roles import FUNCTIONS_OF_A_READER, FUNCTIONS_OF_A_WORKER, TABLES_OF_A_WORKER, grant, names
from schema.settings import Settings
from schema.version import REVISION
from tests.support.queue import add_units, claim, enlist, give_back, settle

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

OURS = ["registry", "work", "ingest", "catalog", "catalog_part", "quality", "public"]
VIEWS = [
    "dataset", "execution", "execution_log", "exposure", "forced_source", "header_correction", "instrument", "lineage",
    "mark", "measurement", "member", "reference_star", "run", "source", "specification", "unit_input", "verdict",
    "visit", "visit_detector", "work_unit", "queue_depth", "throughput", "latency", "failure_class", "table_size",
    "run_pace", "worker", "oldest_snapshot", "load", "file_statistics", "taint", "reproduction", "nondeterminism",
    "load_file", "recipe",
    "collection", "chain", "tenure", "saved_query", "footprint", "coverage", "metric", "dataset_metric",
    "dataset_type", "configuration", "task_version",
    "campaign", "campaign_turn", "campaign_exclusion", "campaign_verdict", "patch", "visit_patch", "expected_image",
    "truth_object", "truth_source", "truth_detector", "truth_crosstalk",
]  # fmt: skip


def become(connection: Connection[Any], role: str) -> None:
    """Act as a role until the transaction ends."""
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(f"skyledger_{role}")))


def grants(connection: Connection[Any], role: str) -> dict[str, set[str]]:
    """Give what a role may do with which table or view: privilege to names."""
    rows = connection.execute(
        """select a.privilege_type, c.relnamespace::regnamespace || '.' || c.relname
           from pg_class c, aclexplode(c.relacl) a
           where a.grantee = %s::regrole and c.relnamespace::regnamespace::text = any(%s)""",
        [role, OURS],
    )
    found: dict[str, set[str]] = {}
    for privilege, name in rows:
        found.setdefault(privilege, set()).add(name)
    return found


def test_a_worker_may_write_what_its_transaction_writes_and_nothing_else(scratch: Connection[Any]) -> None:
    found = grants(scratch, "skyledger_worker")
    assert found.pop("INSERT") == set(TABLES_OF_A_WORKER["insert"])
    assert found.pop("UPDATE") == {"work.worker"}
    assert found.keys() == {"SELECT"}


def test_a_reader_sees_the_views_and_the_revision(scratch: Connection[Any]) -> None:
    assert grants(scratch, "skyledger_reader") == {"SELECT": {f"public.{name}" for name in [*VIEWS, "alembic_version"]}}
    become(scratch, "reader")
    for view in VIEWS:
        scratch.execute(sql.SQL("select * from public.{}").format(sql.Identifier(view)))


def test_nobody_else_was_granted_anything(scratch: Connection[Any]) -> None:
    rows = scratch.execute(
        """select c.oid::regclass, a.grantee::regrole from pg_class c, aclexplode(c.relacl) a
           where c.relnamespace::regnamespace::text = any(%s)
             and a.grantee::regrole::text not in ('skyledger_owner', 'skyledger_worker', 'skyledger_reader')""",
        [OURS],
    )
    assert rows.fetchall() == []


def test_functions_are_for_the_owner_and_some_for_the_worker(scratch: Connection[Any]) -> None:
    rows = scratch.execute(
        """select p.pronamespace::regnamespace || '.' || p.proname, array_agg(a.who order by a.who)
           from pg_proc p
           left join lateral (select x.grantee::regrole::text as who from aclexplode(p.proacl) x) a on true
           where p.pronamespace::regnamespace::text = any(%s) group by p.oid order by 1""",
        [OURS],
    ).fetchall()
    owner, both = ["skyledger_owner"], ["skyledger_owner", "skyledger_worker"]
    assert len(rows) > 20
    everybody = ["skyledger_owner", "skyledger_reader", "skyledger_worker"]
    expected = dict.fromkeys(FUNCTIONS_OF_A_WORKER, both) | dict.fromkeys(FUNCTIONS_OF_A_READER, everybody)
    assert dict(rows) == {name: expected.get(name, owner) for name, _ in rows}


def test_every_function_has_a_fixed_search_path(scratch: Connection[Any]) -> None:
    rows = scratch.execute(
        """select oid::regprocedure::text from pg_proc
           where pronamespace::regnamespace::text = any(%s)
             and ('search_path=pg_catalog' = any(proconfig)) is not true""",
        [OURS],
    )
    assert rows.fetchall() == []


FORBIDDEN_TO_A_WORKER = [
    "update registry.dataset set n_rows = 0",
    "delete from registry.member",
    "truncate registry.quantum_input",
    "drop table registry.dataset",
    "alter table registry.dataset disable trigger all",
    "update registry.artifact set state = 'deleted'",
    "update registry.member set until = now()",
    "update registry.collection set sealed_at = now()",
    "insert into registry.mark (config_id, verdict, reason) select config_id, 'bad', 'x' from registry.config",
    "insert into registry.quantum (salt) values (1)",
    "insert into work.ready select unit_id, 0, false, 0, 0 from work.unit",
    "update work.unit set state = 'done'",
    "delete from work.batch",
    "insert into work.settled (unit_id, ok) select unit_id, true from work.unit",
    "insert into ingest.load (target) values ('source')",
    "insert into catalog.source (load_id) values (1)",
    "create table catalog_part.mine (load_id bigint)",
    "create table registry.mine (a int)",
    "create table public.mine (a int)",
    "create schema mine",
    "select work.retry('{1}')",
    "select work.make_ready('{1}')",
    "select work.reopen('{1}')",
    "select work.call_off('{1}')",
    "select work.take_out(1, '{1}')",
    "select ingest.take_over(1, 'source', '{1}')",
    "select from work.resolver for update",
    "set local role skyledger_owner",
]


@pytest.mark.parametrize("statement", FORBIDDEN_TO_A_WORKER)
def test_a_worker_cannot(filled: Connection[Any], statement: str) -> None:
    become(filled, "worker")
    if "role" in statement:  # our session may be a superuser's, so the question is asked of the catalog
        row = filled.execute("select pg_has_role('skyledger_worker', 'skyledger_owner', 'member')").fetchone()
        assert row == (False,)
        return
    with pytest.raises(errors.InsufficientPrivilege):
        filled.execute(statement.encode())


def test_a_worker_does_its_one_transaction(filled: Connection[Any]) -> None:
    add_units(filled, 2)
    become(filled, "worker")
    worker = enlist_as_worker(filled)
    leases = claim(filled, worker)
    first, second = leases.items()
    (execution,) = settle(filled, dict([first])).values()
    filled.execute(
        """insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, execution_id, content_digest)
           select gen_random_uuid(), y.dataset_type_id, q.coordinate_id, q.quantum_id, %s, sha256('a')
           from work.unit u join registry.quantum q using (quantum_id), registry.dataset_type y where u.unit_id = %s""",
        [execution, first[0]],
    )
    filled.execute(
        """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
           select u.run_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'computed'
           from work.unit u join registry.dataset d using (quantum_id) where u.unit_id = %s""",
        [first[0]],
    )
    assert give_back(filled, dict([second])) == 1
    assert filled.execute("select work.resolve(), work.reap()").fetchone() == (0, 0)


def enlist_as_worker(connection: Connection[Any]) -> int:
    """Enlist a worker in the environment that is registered."""
    row = connection.execute(
        """insert into work.worker (host, pid, software_id)
           select 'here', 1, min(software_id) from registry.software returning worker_id"""
    ).fetchone()
    assert row
    return int(row[0])


def test_a_worker_cannot_attach_a_partition_itself(filled: Connection[Any]) -> None:
    load = filled.execute("select load_id from ingest.load").fetchone()
    assert load
    become(filled, "worker")
    row = filled.execute("select ingest.stage(%s, 7)", [load[0]]).fetchone()
    assert row
    attach = sql.SQL("alter table catalog.source attach partition catalog_part.{} for values in (1)")
    with pytest.raises(errors.InsufficientPrivilege, match="must be owner"):
        filled.execute(attach.format(sql.Identifier(row[0])))


@pytest.mark.parametrize(
    "statement",
    [
        "select * from registry.dataset",
        "select * from work.unit",
        "select * from catalog.source",
        "insert into public.source (ra) values (1)",
        "update public.source set ra = 0",
        "delete from public.visit",
        "create table public.mine (a int)",
        "create view public.mine as select 1",
        "select work.resolve()",
        "select * from work.claim(1, 0::smallint, 1, '1 minute')",
        "select registry.is_bad(1)",
        "select ingest.publish(1, 1)",
        "select registry.refuse_change()",
    ],
)
def test_a_reader_cannot(filled: Connection[Any], statement: str) -> None:
    become(filled, "reader")
    with pytest.raises(errors.InsufficientPrivilege):
        filled.execute(statement.encode())


def test_a_reader_reads_through_the_views_what_it_cannot_read_itself(filled: Connection[Any]) -> None:
    become(filled, "reader")
    assert filled.execute("select run, n_units from run").fetchall() == [("Toy/run", 1)]
    assert filled.execute("select dataset_type, task from dataset").fetchall() == [("toy", "toy")]


def test_what_is_granted_no_more_is_taken_back(owner: Connection[Any], ledger: Settings) -> None:
    owner.execute("grant delete on registry.dataset to skyledger_worker")
    owner.execute("grant execute on function work.retry to public")
    owner.execute("grant select on work.unit to skyledger_reader")
    grant(owner, names(ledger))
    assert "DELETE" not in grants(owner, "skyledger_worker")
    assert len(grants(owner, "skyledger_reader")["SELECT"]) == len(VIEWS) + 1
    with connect("reader", ledger) as reader, pytest.raises(errors.InsufficientPrivilege):
        reader.execute("select work.retry('{1}')")


@pytest.mark.parametrize("role", ["worker", "reader"])
def test_nobody_but_the_owner_makes_even_a_temporary_table(ledger: Settings, role: Any) -> None:
    initialise(ledger)  # a copy of a database does not copy who may make what in it
    with connect(role, ledger) as opened, pytest.raises(errors.InsufficientPrivilege):
        opened.execute("create temporary table mine (a int)")


def test_a_ledger_can_be_initialised_again(owner: Connection[Any], ledger: Settings) -> None:
    worker = enlist(owner)
    add_units(owner, 1)
    before = grants(owner, "skyledger_worker")
    assert initialise(ledger) == REVISION
    assert grants(owner, "skyledger_worker") == before
    assert len(claim(owner, worker)) == 1
