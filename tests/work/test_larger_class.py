"""Out of memory: the unit goes on in the next larger class, and is dead where there is none."""

import time
from typing import Any

import pytest
from psycopg import Connection, errors

from pipeline.excess import Excess, record_excess
from pipeline.limits import Charge
from tests.support.queue import Leases, add_units, call, claim, column, enlist, faults, run_out, settle, states

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def take(connection: Connection[Any], worker: int, queue: int = 0) -> Leases:
    """Claim from a queue when the resolver has looked at it: what comes back passes through its hands."""
    call(connection, "resolve")
    return claim(connection, worker, queue=queue)


def test_it_climbs_the_classes_and_dies_above_the_last(scratch: Connection[Any]) -> None:
    (unit,) = add_units(scratch, 1)
    worker = enlist(scratch)
    for queue in (0, 1):
        ((_, token),) = take(scratch, worker, queue=queue).items()
        assert run_out(scratch, unit, token) == "ready"
        assert take(scratch, worker, queue=queue) == {}
        assert faults(scratch) == []
    ((_, token),) = take(scratch, worker, queue=2).items()
    assert run_out(scratch, unit, token) == "dead"
    assert faults(scratch) == []
    said = [row[0] for row in scratch.execute("select error from work.execution order by token")]
    assert said == [
        "it took 9 GiB; it goes on in class large (16384 MiB)",
        "it took 9 GiB; it goes on in class huge (65536 MiB)",
        "it took 9 GiB; no class is larger: let the task take less, or add a row to work.queue and retry the unit",
    ]


def test_the_larger_class_costs_no_attempt_and_is_kept(scratch: Connection[Any]) -> None:
    (unit,) = add_units(scratch, 1, max_attempts=1)
    worker = enlist(scratch)
    assert run_out(scratch, unit, take(scratch, worker)[unit]) == "ready"
    assert (column(scratch, "max_attempts", [unit]), column(scratch, "attempt", [unit])) == ([2], [1])
    assert run_out(scratch, unit, take(scratch, worker, queue=1)[unit], "OutOfTime") == "dead"
    scratch.execute("select work.retry(%s)", [[unit]])
    assert list(take(scratch, worker, queue=1)) == [unit]


def test_the_next_class_is_by_memory_not_by_number(scratch: Connection[Any]) -> None:
    scratch.execute("insert into work.queue values (7, 'medium', 8192, 'Between the others.')")
    (unit,) = add_units(scratch, 1)
    worker = enlist(scratch)
    run_out(scratch, unit, take(scratch, worker)[unit])
    assert column(scratch, "queue", [unit]) == [7]


def test_a_queue_without_a_class_is_refused(scratch: Connection[Any]) -> None:
    with pytest.raises(errors.ForeignKeyViolation, match="queue"):
        add_units(scratch, 1, queue=9)


def exceeding(leases: dict[int, int], unit: int) -> Excess:
    """A unit that took more time than it may."""
    return Excess(Charge(unit, leases[unit], 4096, 10, time.monotonic() - 11), 100.0, 11.04)


def test_only_the_unit_at_fault_pays(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 5)
    worker = enlist(scratch)
    leases = claim(scratch, worker, 5)
    settle(scratch, {unit: leases.pop(unit) for unit in units[:1]})
    record_excess(scratch, worker, exceeding(leases, units[2]))
    assert states(scratch, units) == ["done", *["ready"] * 4]
    assert column(scratch, "attempt", units) == [1, 0, 1, 0, 0]
    assert column(scratch, "solo", units) == [False] * 5
    found = scratch.execute("select unit_id, error_class, error from work.execution where outcome <> 'ok'").fetchall()
    assert found == [(units[2], "OutOfTime", "it ran for 11.0 s, and may run for 10 s")]
    assert faults(scratch) == []
    # The unit at fault pauses, the others go on.
    assert sorted(take(scratch, worker)) == [unit for unit in units if unit not in (units[0], units[2])]


def test_a_verdict_on_a_lost_lease_changes_nothing(scratch: Connection[Any]) -> None:
    (unit,) = add_units(scratch, 1)
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    scratch.execute("select work.give_back(%s, %s)", [leases[unit], [unit]])
    (token,) = take(scratch, enlist(scratch)).values()
    record_excess(scratch, worker, exceeding(leases, unit))
    assert states(scratch, [unit]) == ["leased"]
    settle(scratch, {unit: token})
