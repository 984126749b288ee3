"""Random graphs, random crashes, random clocks: whatever happened, the queue tells the truth and comes to an end."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg import Connection, errors

from tests.support.queue import (
    Leases,
    add_units,
    call,
    claim,
    column,
    count,
    drain,
    enlist,
    fail,
    faults,
    give_back,
    run_out,
    settle,
    silence,
    states,
    wake,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

QUEUES = (0, 1, 2)  # classes of resources, the largest last
SIZE = 8  # units of each of the two runs
PAIRS = [(needs, waits) for waits in range(SIZE) for needs in range(waits)]
GRAPHS = st.lists(st.sampled_from(("none", "none", "hard", "soft")), min_size=len(PAIRS), max_size=len(PAIRS))

# As the commit of a worker does: outputs of what it settles, in the same transaction.
OUTPUTS = """
insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, execution_id, content_digest)
select gen_random_uuid(), y.dataset_type_id, q.coordinate_id, q.quantum_id, g.execution_id, sha256('toy')
from unnest(%s::bigint[], %s::bigint[]) g (unit_id, execution_id) join work.unit u using (unit_id)
join registry.quantum q using (quantum_id), registry.dataset_type y where y.name = 'history'
order by q.quantum_id on conflict (quantum_id, output_name) do nothing"""

# What must hold beyond the counts: claimable or running, never both; done by an answer that was accepted, with results.
CONTRADICTIONS = {
    "ready and leased": "select r.unit_id from work.ready r join work.lease l using (unit_id)",
    "done without an answer": """
select u.unit_id from work.unit u where u.state in ('done', 'reused') and not exists (
  select from work.execution e
  where e.unit_id = u.unit_id and e.outcome in ('ok', 'reused') and e.attempt = u.attempt)""",
    "done without a dataset": """
select u.unit_id from work.unit u where u.state in ('done', 'reused') and not exists (
  select from registry.dataset d where d.quantum_id = u.quantum_id)""",
    "a dataset without its execution": """
select d.dataset_id from registry.dataset d where not exists (
  select from work.execution e join work.unit u using (unit_id)
  where e.execution_id = d.execution_id and e.outcome in ('ok', 'reused') and u.quantum_id = d.quantum_id)""",
    "hidden behind the low-water mark": """
select r.unit_id from work.ready r join work.low_water m using (queue)
where not r.solo and r.not_before = '-infinity' and (r.priority, r.vtime) < (m.priority, m.vtime)""",
    "two ends of one attempt": "select unit_id from work.execution group by unit_id, token having count(*) > 1",
}

ANSWERS = "select unit_id, token from work.execution where outcome in ('ok', 'reused')"


class Histories(RuleBasedStateMachine):
    """Two runs, a worker that may die, be late or come back from the dead, and an operator who tries every verb."""

    def __init__(self, connection: Connection[Any]) -> None:
        super().__init__()
        self.connection = connection
        self.transaction = connection.transaction(force_rollback=True)
        self.transaction.__enter__()
        self.held: Leases = {}  # what the worker believes to have
        self.lost: list[tuple[int, int]] = []  # what it had
        self.tokens: set[int] = set()
        self.accepted: set[tuple[int, int]] = set()

    @initialize(graphs=st.tuples(GRAPHS, GRAPHS))
    def submit(self, graphs: tuple[list[str], list[str]]) -> None:
        """Submit two runs; the second weighs more, and gives up early."""
        self.connection.execute(
            "insert into registry.dataset_type (name, dimensions, storage_class) values ('history', '{}', 'table')"
        )
        self.worker = enlist(self.connection)
        self.units: list[int] = []
        for number, graph in enumerate(graphs):
            edges = {kind: [pair for pair, is_ in zip(PAIRS, graph, strict=True) if is_ == kind] for kind in set(graph)}
            self.units += add_units(
                self.connection,
                SIZE,
                hard=edges.get("hard", ()),
                soft=edges.get("soft", ()),
                run=f"run {number}",
                weight=1.0 + 2 * number,
                max_attempts=3 - number,
            )
        self.runs = [row[0] for row in self.connection.execute("select run_id from work.share order by 1")]

    @rule(n=st.integers(1, 6), queue=st.sampled_from((0, 0, *QUEUES)))
    def claim(self, n: int, queue: int) -> None:
        leases = claim(self.connection, self.worker, n, queue)
        assert self.tokens.isdisjoint(leases.values())
        self.tokens.update(leases.values())
        self.lost += [(unit, token) for unit, token in self.held.items() if unit in leases]
        self.held |= leases

    @rule(data=st.data(), reused=st.booleans())
    def settle(self, data: st.DataObject, reused: bool) -> None:
        """Answer for a part of what it believes to have: all of that must still be its own."""
        chosen = self._take(data)
        with self._refused_unless(self._owns(chosen)):
            done = settle(self.connection, chosen, reused)
            assert done.keys() == chosen.keys()
            self.connection.execute(OUTPUTS, [list(done), list(done.values())])
            self.accepted.update(chosen.items())

    @rule(data=st.data())
    def settle_late(self, data: st.DataObject) -> None:
        """Answer with a token of old, alone or hidden among good ones."""
        if self.lost:
            late = dict([data.draw(st.sampled_from(self.lost))])
            with self._refused_unless(False):
                settle(self.connection, late | {u: t for u, t in self.held.items() if u not in late})
            assert give_back(self.connection, late) == 0

    @rule(data=st.data(), retry=st.booleans())
    def fail(self, data: st.DataObject, retry: bool) -> None:
        for unit, token in self._take(data).items():
            with self._refused_unless(self._owns({unit: token})):
                fail(self.connection, unit, token, retry=retry)

    @rule(data=st.data())
    def run_out(self, data: st.DataObject) -> None:
        """Take more memory than the class has: the unit goes on in the next one, or is dead in the last."""
        for unit, token in self._take(data).items():
            owned = self._owns({unit: token})
            (before,) = column(self.connection, "queue", [unit])
            with self._refused_unless(owned):
                assert run_out(self.connection, unit, token) == ("ready" if before < QUEUES[-1] else "dead")
            assert column(self.connection, "queue", [unit]) == [min(before + owned, QUEUES[-1])]

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        chosen = self._take(data)
        n = sum(self._owns({unit: token}) for unit, token in chosen.items())
        assert give_back(self.connection, chosen) == n

    @rule()
    def die(self) -> None:
        """Fall silent for long; another worker takes the place, and the answers of the dead one may still come."""
        silence(self.connection, self.worker)
        call(self.connection, "reap")
        self.lost += self.held.items()
        self.worker, self.held = enlist(self.connection), {}

    @rule(data=st.data())
    def be_late(self, data: st.DataObject) -> None:
        """Let the time of a batch pass, while the worker goes on with it."""
        if self.held:
            unit = data.draw(st.sampled_from(sorted(self.held)))
            self.connection.execute("update work.batch set deadline = now() where token = %s", [self.held[unit]])
            call(self.connection, "reap")

    @rule(portion=st.sampled_from((1, 3, 20_000)), late=st.booleans())
    def resolve(self, portion: int, late: bool) -> None:
        if late:
            wake(self.connection)
        call(self.connection, "resolve", portion)

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """Retry some units: only dead ones come back."""
        chosen = data.draw(st.sets(st.sampled_from(self.units)))
        dead = sum(state == "dead" for state in states(self.connection, sorted(chosen)))
        assert call(self.connection, "retry", sorted(chosen)) == dead

    @rule(verb=st.sampled_from(("cancel", "resume", "pause", "unpause")), which=st.integers(0, 1))
    def operate(self, verb: str, which: int) -> None:
        call(self.connection, verb, self.runs[which])

    @rule()
    def raise_low_water(self) -> None:
        self.connection.execute("select work.raise_low_water(0)")

    @rule(weight=st.sampled_from((0.5, 4.0)), which=st.integers(0, 1))
    def weigh(self, weight: float, which: int) -> None:
        call(self.connection, "weigh", self.runs[which], weight)

    @invariant()
    def the_queue_tells_the_truth(self) -> None:
        if hasattr(self, "runs"):
            assert faults(self.connection) == []
            for what, question in CONTRADICTIONS.items():
                assert self.connection.execute(question).fetchall() == [], what
            answers = self.connection.execute(
                "select unit_id, token from work.execution where outcome in ('ok', 'reused')"
            )
            assert sorted(answers) == sorted(self.accepted)

    def teardown(self) -> None:
        try:
            if hasattr(self, "runs"):
                self._end()
        finally:
            self.transaction.__exit__(None, None, None)

    def _end(self) -> None:
        """Let operators and workers do their duty: everything is done."""
        self.die()
        for run in self.runs:
            call(self.connection, "resume", run)
            call(self.connection, "unpause", run)
        for _ in self.units:
            drain(self.connection, self.worker, QUEUES)
            call(self.connection, "retry", self.units)
        assert set(states(self.connection, self.units)) <= {"done", "reused"}
        assert [count(self.connection, f"work.{table}") for table in ("ready", "lease", "settled")] == [0, 0, 0]
        assert faults(self.connection) == []

    def _take(self, data: st.DataObject) -> Leases:
        """Draw some leases, which are not held any more."""
        chosen = data.draw(st.sets(st.sampled_from(sorted(self.held)))) if self.held else set()
        self.lost += [(unit, self.held[unit]) for unit in sorted(chosen)]
        return {unit: self.held.pop(unit) for unit in sorted(chosen)}

    def _owns(self, leases: Leases) -> bool:
        """Tell whether all these leases are what the database says."""
        found = dict(self.connection.execute("select unit_id, token from work.lease").fetchall())
        return leases.items() <= found.items()

    @contextmanager
    def _refused_unless(self, owned: bool) -> Iterator[None]:
        """Expect that a lost lease is refused, and nothing else."""
        lost = pytest.raises(errors.Error, check=lambda error: error.sqlstate == "P0L01")
        with nullcontext() if owned else lost, self.connection.transaction():
            yield


def test_any_history_keeps_the_invariants_and_comes_to_an_end(scratch_connection: Connection[Any]) -> None:
    run_state_machine_as_test(
        lambda: Histories(scratch_connection),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
