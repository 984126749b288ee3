"""A plan into the ledger, in one transaction."""

import json
from collections.abc import Iterable
from statistics import mean
from typing import Any

from psycopg import Connection

from pipeline.classes import read_classes
from pipeline.planner.costs import estimate_ms
from pipeline.planner.graph import Plan, Quantum
from pipeline.specification import enforce
from schema.faults import die_at
from schema.ledger.collections import add_members, lock, make_run
from schema.ledger.external import register_dataset_types
from schema.ledger.quanta import ensure_quanta, ensure_task_versions
from schema.ledger.rows import ensure, insert
from schema.quality.metric import metric
from schema.registry.config import config
from schema.registry.role import role
from schema.work.dependency import dependency
from schema.work.share import share
from schema.work.unit import unit
from schema.work.unit_input import unit_input

USUAL_MS = 1000  # what a unit is expected to take before any has ended

RENEW = """
update work.unit u
set time_limit_s = g.time_limit_s, queue = case when asked.memory_mb > has.memory_mb then g.queue else u.queue end
from json_to_recordset(%(rows)s) g (provenance text, queue smallint, time_limit_s int)
join registry.quantum q on q.provenance_hash = decode(g.provenance, 'hex')
join work.queue asked on asked.queue = g.queue
cross join work.queue has
where u.run_id = %(run)s and u.quantum_id = q.quantum_id and has.queue = u.queue
  and u.state in ('waiting', 'blocked', 'dead', 'cancelled')
  and (u.time_limit_s <> g.time_limit_s or asked.memory_mb > has.memory_mb)"""


def find_run(connection: Connection[Any], plan: Plan) -> str | None:
    """Give the name of the newest run that this very plan was submitted as, if it was; turns of campaigns are apart."""
    row = connection.execute(
        """select c.name from registry.run r join registry.collection c on c.collection_id = r.run_id
           where r.plan_digest = %s and not exists (select from registry.campaign_run t where t.run_id = r.run_id)
           order by r.run_id desc limit 1""",
        [plan.digest],
    ).fetchone()
    return None if row is None else str(row[0])


def submit(connection: Connection[Any], plan: Plan, name: str, weight: float = 1.0) -> int:
    """Register a plan as a run: quanta, units, planned inputs, dependencies, reused members.

    No unit can be claimed before all are there: it is one transaction. A run that was submitted before stays as it is.

    Parameters
    ----------
    weight
        Share of the workers against other runs.

    Returns
    -------
    Key of the run.
    """
    with connection.transaction():
        describe(connection, {quantum.task for quantum in plan.quanta})
        enforce(connection, plan.specifications)
        doc = f"Run of the pipeline {plan.pipeline}."
        run_id = make_run(connection, name, plan.pipeline, plan.digest, doc, plan.inputs)
        if _is_submitted(connection, run_id):
            _renew_limits(connection, run_id, plan.to_run)
            return run_id
        # Only now: who renews takes the resolver's row, and an operator who has that may wait for workers who wait for
        # the collection.
        lock(connection, run_id)
        if _is_submitted(connection, run_id):
            return run_id  # by somebody who was quicker
        reused = [dataset for quantum in plan.quanta if quantum.reused for dataset in quantum.existing.values()]
        add_members(connection, run_id, reused, "reused")
        insert(connection, share, [{"run_id": run_id, "weight": weight}])
        units = _insert_units(connection, run_id, plan.to_run)
        _insert_inputs(connection, plan.to_run, units)
        _insert_dependencies(connection, plan.to_run, units)
        leaves = connection.execute(
            "select unit_id from work.unit where run_id = %s and state = 'waiting' and unmet = 0", [run_id]
        )
        connection.execute("select work.make_ready(%s)", [[row[0] for row in leaves]])
        die_at("in_submit")
    return run_id


def _is_submitted(connection: Connection[Any], run_id: int) -> bool:
    return connection.execute("select from work.share where run_id = %s", [run_id]).fetchone() is not None


def describe(connection: Connection[Any], tasks: Iterable[Any]) -> None:
    """Register the types and metrics that tasks declare."""
    for task in tasks:
        register_dataset_types(
            connection, {output.dataset_type: (task.dimensions, output.storage) for output in task.outputs().values()}
        )
        rows = (
            {"name": f"{task.name}.{name}", "unit": found.unit, "description": found.description}
            for name, found in task.metrics().items()
        )
        ensure(connection, metric, "name", rows)


def _insert_units(connection: Connection[Any], run_id: int, quanta: list[Quantum]) -> dict[bytes, int]:
    """Insert quanta and their units; give the units by provenance hash."""
    versions = ensure_task_versions(connection, {quantum.task.name: quantum.step.code for quantum in quanta})
    bodies = {step.config_digest: step.config.identity() for step in {id(q.step): q.step for q in quanta}.values()}
    configs = ensure(connection, config, "digest", ({"digest": key, "body": body} for key, body in bodies.items()))
    rows = (
        {
            "provenance_hash": quantum.provenance,
            "task_version_id": versions[quantum.task.name],
            "config_id": configs[quantum.step.config_digest],
            "coordinate_id": quantum.place.coordinate_id,
            "salt": quantum.step.salt,
        }
        for quantum in quanta
    )
    keys = ensure_quanta(connection, rows)
    limits, took = _limits(connection, quanta), estimate_ms(connection)
    usual = round(mean(took.values())) if took else USUAL_MS
    est = {one.provenance: took.get((one.task.name, one.place.instrument), usual) for one in quanta}
    insert(
        connection,
        unit,
        ({"run_id": run_id, "quantum_id": key, "est_ms": est[one], **limits[one]} for one, key in keys.items()),
        order=["quantum_id"],
    )
    by_quantum = dict(
        connection.execute("select quantum_id, unit_id from work.unit where run_id = %s", [run_id]).fetchall()
    )
    return {provenance: by_quantum[key] for provenance, key in keys.items()}


def _limits(connection: Connection[Any], quanta: list[Quantum]) -> dict[bytes, dict[str, int]]:
    """Give what the unit of each quantum may take, by provenance hash, as columns of `work.unit`."""
    queues = {one.name: one.queue for one in read_classes(connection)}
    return {
        one.provenance: {"queue": queues[one.step.resources.queue], "time_limit_s": one.step.resources.time_limit_s}
        for one in quanta
    }


def _renew_limits(connection: Connection[Any], run_id: int, quanta: list[Quantum]) -> None:
    """Let what a run has not done yet take what the plan says now; a larger class that a unit has found it keeps.

    Workers do not touch units in these states, and whoever else does holds the resolver's row.
    """
    rows = [{"provenance": key.hex(), **limits} for key, limits in _limits(connection, quanta).items()]
    connection.execute("select from work.resolver for update")
    connection.execute(RENEW, {"run": run_id, "rows": json.dumps(rows)})


def _insert_inputs(connection: Connection[Any], quanta: list[Quantum], units: dict[bytes, int]) -> None:
    """Store the planned inputs of the units."""
    roles = ensure(connection, role, "name", ({"name": name} for quantum in quanta for name, _, _ in quantum.inputs))
    insert(
        connection,
        unit_input,
        (
            {
                "unit_id": units[quantum.provenance],
                "role_id": roles[name],
                "ordinal": ordinal,
                "dataset_uid": dataset.uid,
            }
            for quantum in quanta
            for name, ordinal, dataset in quantum.inputs
        ),
    )


def _insert_dependencies(connection: Connection[Any], quanta: list[Quantum], units: dict[bytes, int]) -> None:
    """Make units wait for the units that make their inputs."""
    edges = {
        (units[dataset.quantum.provenance], units[quantum.provenance]): quantum.patient
        for quantum in quanta
        for _, _, dataset in quantum.inputs
        if dataset.quantum is not None and not dataset.quantum.reused
    }
    rows = ({"needs": needs, "unit_id": waits, "soft": soft} for (needs, waits), soft in edges.items())
    insert(connection, dependency, rows, order=["needs", "unit_id"])
    connection.execute(
        """update work.unit u set unmet = d.n
           from (select unit_id, count(*)::int as n from work.dependency where unit_id = any(%s) group by 1) d
           where u.unit_id = d.unit_id""",
        [list(units.values())],
    )
