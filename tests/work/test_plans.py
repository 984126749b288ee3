"""Plans of the queue's statements with 100,000 units of history: none reads all of them."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection, errors
from psycopg.conninfo import make_conninfo

from tests.support.queue import call, claim, enlist, fail, give_back, settle, silence, wake

pytestmark = pytest.mark.database

# Foreign keys are not checked while the history is written; only what is not done yet has its quantum.
FILL = """
set session_replication_role = replica;
insert into work.share (run_id) values (1);
insert into registry.quantum (quantum_id, provenance_hash, task_version_id, config_id, coordinate_id)
overriding system value select g, sha256(int8send(g)), 1, 1, 1 from generate_series(90001, 100000) g;
insert into work.unit (run_id, quantum_id, unmet, state)
select 1, g, (g > 92000)::int, case when g <= 90000 then 'done' when g <= 92000 then 'ready' else 'waiting' end
from generate_series(1, 100000) g;
insert into work.dependency (needs, unit_id, soft) select g, g + 2000, g % 10 = 0 from generate_series(1, 98000) g;
insert into work.ready (unit_id, queue, solo, priority, vtime)
select unit_id, queue, solo, priority, unit_id * 1000.0 from work.unit where state = 'ready';
update work.unit u set vtime = unit_id * 1000.0 where state = 'ready';
set session_replication_role = origin;
analyze;
set plan_cache_mode = force_custom_plan;
set auto_explain.log_min_duration = 0;
set auto_explain.log_nested_statements = on;
set auto_explain.log_format = json;
set client_min_messages = log"""

Plans = list[dict[str, Any]]


@pytest.fixture(scope="module")
def plans() -> Plans:
    return []


@pytest.fixture(scope="module")
def long_history(administrator: str, template: str, plans: Plans) -> Iterator[Connection[Any]]:
    """Give a connection that notes the plan of every statement, also within functions."""
    name = f"{template}_plans"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        with psycopg.connect(make_conninfo(administrator, dbname=name), autocommit=True) as connection:
            try:
                connection.execute("load 'auto_explain'")
            except (errors.UndefinedFile, errors.InsufficientPrivilege):
                pytest.skip("this server does not let us load auto_explain")
            connection.execute(FILL)
            connection.add_notice_handler(lambda notice: plans.extend(plan_in(notice.message_primary or "")))
            yield connection
        admin.execute(f"drop database {name} with (force)".encode())


def plan_in(message: str) -> Plans:
    """Give the plan that a message of auto_explain holds."""
    _, found, text = message.partition("plan:\n")
    return [json.loads(text)] if found else []


def scans(node: Any) -> Iterator[tuple[str, str]]:
    """Give (kind of scan, table) of every scan in a plan."""
    if isinstance(node, list):
        for part in node:
            yield from scans(part)
    elif isinstance(node, dict):
        if "Scan" in node.get("Node Type", "") and "Relation Name" in node:
            yield node["Node Type"], node["Relation Name"]
        for part in node.values():
            yield from scans(part)


def act(connection: Connection[Any]) -> Iterator[str]:
    """Do everything that the queue can do, a batch of it; give what was done, afterwards."""
    worker = enlist(connection)
    leases = list(claim(connection, worker, 50).items())
    yield "claim"
    settle(connection, dict(leases[:40]))
    yield "settle_ok"
    dead, retried = leases[40], leases[41]
    fail(connection, *dead)
    fail(connection, *retried, retry=True)
    yield "settle_err"
    give_back(connection, dict(leases[42:45]))
    yield "give_back"
    connection.execute("select work.heartbeat(%s, '1 minute')", [[worker]])
    yield "heartbeat"
    assert call(connection, "resolve") > 30
    yield "resolve"
    silence(connection, worker)
    assert call(connection, "reap") == 5
    yield "reap"
    assert call(connection, "retry", [dead[0]]) == 1
    yield "retry"
    wake(connection)
    while len(batch := claim(connection, worker, 50)) == 1:
        settle(connection, batch)
    yield "claim alone"


def test_no_statement_of_the_queue_reads_every_unit(long_history: Connection[Any], plans: Plans) -> None:
    seen = {}
    for name in act(long_history):
        seen[name] = {scan for plan in plans for scan in scans(plan)}
        plans.clear()
    for name, found in seen.items():
        assert ("Seq Scan", "unit") not in found, name
        assert ("Seq Scan", "dependency") not in found, name
    touching = {name for name, found in seen.items() if any(table == "unit" for _, table in found)}
    assert touching >= {"claim", "settle_ok", "settle_err", "give_back", "resolve", "reap", "retry"}
