"""A worker process: claim, compute, commit, again."""

import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence

import psycopg
from psycopg import errors

from pipeline.code import code_digest
from pipeline.commit import StoredFiles, commit, move_files, record_failure
from pipeline.errors import OtherCode
from pipeline.execute import Done, Failed, broken, execute, found
from pipeline.faults import die_at
from pipeline.tasks import tasks
from pipeline.units import Unit, claim
from schema.connect import connect, reconnect
from schema.errors import NoDatabase, StoreBroken, StoreFull
from schema.ledger.software import COMPATIBILITY
from schema.settings import settings
from schema.store import Store

LEASE = "5 minutes"
BATCH_SECONDS = (
    2.0  # a batch is what takes about this long: one round trip then costs nothing, and little is lost with it
)
LARGEST_BATCH = 50
LOST_LEASE = "P0L01"
PATIENCE = 120.0  # how long a lost server is waited for [s]
OTHER_CODE = 3  # exit status of a worker whose code is not that of the units
log = logging.getLogger("skyledger.worker")

ACTIONS = """
select a.action_key, a.quantum_id from registry.action a
where a.action_key = any(%s)
  and not exists (
    select from registry.dataset d where d.quantum_id = a.quantum_id and (
      registry.is_bad(d.dataset_id)
      or not exists (
        select from registry.artifact f where f.content_digest = d.content_digest and f.state = 'present')))"""


class Worker:
    """Pulls units until told to stop; all it keeps is one connection."""

    def __init__(self, worker_id: int) -> None:
        self.worker_id = worker_id
        self.store = Store(settings().store_root)
        self.connection = connect("worker")
        self.connection.execute("update work.worker set pid = %s where worker_id = %s", [os.getpid(), worker_id])
        self.stopping = False
        self.exit_status = 0
        self.mean = BATCH_SECONDS  # duration of a unit, a running mean [s]
        self.parent = os.getppid()

    def work(self) -> None:
        """Pull and run until SIGTERM, or until the parent is gone."""
        pause = 0.05
        while not self.stopping and os.getppid() == self.parent:
            try:
                busy = self.step()
            except (psycopg.OperationalError, NoDatabase) as error:
                self.reconnect(error)
                self._return_all()
                continue
            pause = 0.05 if busy else min(pause * 1.6, 2.0)
            if not busy:
                time.sleep(pause * random.uniform(0.5, 1.5))  # jitter: workers must not poll in step

    def step(self) -> bool:
        """Claim and run one batch; say whether there was anything to do."""
        n = max(1, min(LARGEST_BATCH, int(BATCH_SECONDS / self.mean)))
        # Claims and heartbeats need not survive a power cut; what is committed must.
        with self.connection.transaction():
            self.connection.execute("set local synchronous_commit = off")
            units = claim(self.connection, self.worker_id, n, LEASE, COMPATIBILITY)
        if not units:
            return self._resolve() > 0
        die_at("after_claim")
        finished = self._run(units)
        self._settle(finished)
        self._resolve()
        return True

    def stop(self, *_: object) -> None:
        """Finish the unit at hand, give back the rest of the batch, and end."""
        self.stopping = True

    def reconnect(self, error: Exception) -> None:
        """Wait for a lost server.

        Raises
        ------
        NoDatabase
            Raised if it stays away.
        """
        log.warning("the database went away (%s); waiting for it", " ".join(str(error).split()))
        self.connection.close()
        self.connection = reconnect("worker", PATIENCE)

    def _run(self, units: Sequence[Unit]) -> list[Done | Failed]:
        """Run units one after the other, or take over what was computed from equal content before."""
        if strange := next((unit for unit in units if not _known_code(unit)), None):
            self._leave(units, strange)
            return []
        known = self._known_actions(units)
        finished: list[Done | Failed] = []
        for number, unit in enumerate(units):
            if self.stopping:
                self._give_back(units[number:])
                break
            begin = time.monotonic()
            quantum = known.get(unit.action_key)
            result = execute(unit, self.connection, self.store) if quantum is None else found(unit, quantum)
            self.mean += 0.3 * (max(time.monotonic() - begin, 1e-3) - self.mean)
            finished.append(result)
        return finished

    def _known_actions(self, units: Sequence[Unit]) -> dict[bytes, int]:
        """Find results of the same recipes on equal content."""
        keys = {unit.action_key: unit for unit in units if unit.task.outputs() and unit.salt == 0}
        rows = self.connection.execute(ACTIONS, [list(keys)]).fetchall()
        return {key: quantum for key, quantum in rows if quantum != keys[key].quantum_id}

    def _settle(self, finished: Sequence[Done | Failed]) -> None:
        """Move files, commit what is done in one transaction, record what failed."""
        stored: StoredFiles = {}
        done: list[Done] = []
        for one in finished:
            try:
                if isinstance(one, Done):
                    stored |= move_files(self.store, one)
                    done.append(one)
                else:
                    self._fail(one)
            except (OSError, StoreFull, StoreBroken) as error:
                self._fail(broken(one, error))
        self._commit(done, stored)

    def _commit(self, done: Sequence[Done], stored: StoredFiles) -> None:
        """Commit together; when that is refused, one by one: a lost lease loses its own unit only."""
        if not done:
            return
        try:
            self._insist(lambda: commit(self.connection, done, stored))
        except psycopg.Error as error:
            if len(done) > 1:
                for one in done:
                    self._commit([one], stored)
            elif error.sqlstate == LOST_LEASE:
                log.warning(
                    "unit %s was cancelled, or taken over by another worker; its result is dropped",
                    done[0].unit.unit_id,
                )
            else:
                self._fail(broken(done[0], error))

    def _fail(self, failed: Failed) -> None:
        """Record a failure; a lost lease has been recorded by the reaper."""
        self.store.discard(str(failed.unit.token))
        try:
            self._insist(lambda: record_failure(self.connection, failed))
        except psycopg.Error as error:
            if error.sqlstate != LOST_LEASE:
                raise

    def _insist(self, action: Callable[[], object]) -> None:
        """Repeat a transaction that a deadlock or a lost server broke.

        Had it gone through before the server was lost, its token refuses the replay.
        """
        for _ in range(20):
            try:
                action()
                return
            except (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable):
                time.sleep(random.uniform(0.01, 0.1))
            except psycopg.OperationalError as error:
                self.reconnect(error)
        raise NoDatabase("a transaction was broken twenty times")

    def _give_back(self, units: Sequence[Unit]) -> None:
        """Return what was claimed and not begun."""
        self.connection.execute(
            "select work.give_back(%s, %s)", [[unit.unit_id for unit in units], [unit.token for unit in units]]
        )

    def _return_all(self) -> None:
        """Return whatever this worker holds: it does not know what it claimed when its connection broke."""
        self.connection.execute(
            """select work.give_back(coalesce(array_agg(unit_id), '{}'), coalesce(array_agg(token), '{}'))
               from work.lease where worker_id = %s""",
            [self.worker_id],
        )

    def _leave(self, units: Sequence[Unit], strange: Unit) -> None:
        """Give units back to workers that have their code, and end: a new process reads the code anew."""
        self._give_back(units)
        log.error("%s", OtherCode(strange.task_name))
        time.sleep(random.uniform(1.0, 3.0))  # so that somebody else may be quicker with the next claim
        self.exit_status = OTHER_CODE
        self.stopping = True

    def _resolve(self) -> int:
        """Free what waited for what has settled, and take back what dead workers held."""
        row = self.connection.execute("select work.resolve() + work.reap()").fetchone()
        return int(row[0]) if row else 0


def _known_code(unit: Unit) -> bool:
    """Tell whether this process has the task, in the code that the unit was planned with."""
    return unit.task_name in tasks() and code_digest(tasks()[unit.task_name]) == unit.code_digest


def main(worker_id: int) -> None:
    """Run one worker until SIGTERM."""
    logging.basicConfig(stream=sys.stderr, format="worker %(process)d: %(message)s")
    logging.getLogger().handlers[0].setLevel(logging.WARNING)  # what tasks log goes into the ledger
    try:
        # Before the first claim: what is digested must be what was just imported, not what an update puts there later.
        for task in tasks().values():
            code_digest(task)
        worker = Worker(worker_id)
        signal.signal(signal.SIGTERM, worker.stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which asks us politely
        worker.work()
        worker.connection.close()
        sys.exit(worker.exit_status)
    except NoDatabase as error:
        log.error("%s", error)
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
