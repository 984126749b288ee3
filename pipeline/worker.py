"""A worker process: claim, compute, commit, again."""

import logging
import os
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

import psycopg
from psycopg import errors

from pipeline.code import code_digest, stamps
from pipeline.commit import StoredFiles, commit, move_files, record_failure
from pipeline.errors import OtherClass, OtherCode, UnknownTask
from pipeline.execute import Done, Failed, broken, execute, found
from pipeline.limits import Announcer
from pipeline.staging import clear_staging
from pipeline.task import LedgerTask
from pipeline.tasks import theirs
from pipeline.units import Unit, claim, return_leases
from schema.connect import connect, reconnect
from schema.errors import NoDatabase, StoreBroken, StoreFull
from schema.faults import die_at
from schema.settings import settings
from schema.store import Store

LEASE = "5 minutes"
BATCH_SECONDS = (
    2.0  # a batch is what takes about this long: one round trip then costs nothing, and little is lost with it
)
LARGEST_BATCH = 50
LOST_LEASE = "P0L01"
PATIENCE = 120.0  # how long a lost server is waited for [s]
GRACE = 30.0  # how long after that nobody is taken for dead [s]; parents speak every 10 s
PUT_OFF = "30 seconds"  # how long what another class must compute is left to others, and what is behind it goes first
OTHER_CODE = 3  # exit status of a worker whose code is not that of the units
T = TypeVar("T")
log = logging.getLogger("skyledger.worker")

ACTIONS = """
select a.action_key, a.quantum_id from registry.action a
where a.action_key = any(%s)
  and not exists (
    select from registry.dataset d where d.quantum_id = a.quantum_id and (
      registry.is_bad(d.dataset_id)
      or not exists (
        select from registry.artifact f where f.content_digest = d.content_digest and f.state = 'present')))"""


HELD = """
select l.unit_id from unnest(%s::bigint[], %s::bigint[]) g (unit_id, token) join work.lease l using (unit_id, token)"""


RESOLVE = "select work.resolve(), case when %s then work.reap() else 0 end"


class Worker:
    """Pulls units until told to stop; all it keeps is one connection."""

    def __init__(self, worker_id: int, pipe: int | None = None) -> None:
        self.worker_id = worker_id
        self.store = Store(settings().store_root)
        self.stamps = stamps()
        self.codes = {name: code_digest(found) for name, found in theirs().items()}  # of what is imported
        self.connection = connect("worker")
        row = self.connection.execute(
            "update work.worker set pid = %s where worker_id = %s returning queues", [os.getpid(), worker_id]
        ).fetchone()
        self.queues = deque[int](row[0] if row else ())
        self.announcer = Announcer(pipe)
        self.other_classes: set[str] = set()  # that were told of
        self.stopping = False
        self.exit_status = 0
        self.mean = BATCH_SECONDS  # duration of a unit, a running mean [s]
        self.reaps_from = 0.0  # nobody could speak while the server was away: they get time to
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
                busy = False  # a server that refuses must not be asked without a pause
            pause = 0.05 if busy else min(pause * 1.6, 2.0)
            if not busy:
                time.sleep(pause * random.uniform(0.5, 1.5))  # jitter: workers must not poll in step

    def step(self) -> bool:
        """Claim and run one batch; say whether there was anything to do."""
        units = self._claim()
        if not units:
            return self._resolve() > 0
        die_at("after_claim")
        finished = self._run(units)
        with self.announcer.settling():
            self._settle(finished)
        self._resolve()
        return True

    def _claim(self) -> list[Unit]:
        """Claim a batch from the first of its queues that has something; that one is asked last the next time."""
        n = max(1, min(LARGEST_BATCH, int(BATCH_SECONDS / self.mean)))
        for queue in list(self.queues):
            units = claim(self.connection, self.worker_id, n, LEASE, queue)
            if units:
                self.queues.remove(queue)
                self.queues.append(queue)
                return units
        return []

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
        self.reaps_from = time.monotonic() + GRACE

    def _run(self, units: Sequence[Unit]) -> list[Done | Failed]:
        """Run units one after the other, or take over what was computed from equal content before."""
        units = self._of_our_class(units)
        if strange := next((unit for unit in units if not self._knows(unit)), None):
            self._leave(units, strange)
        if strange or not units:
            return []
        known = self._known_actions(units)
        finished: list[Done | Failed] = []
        start = time.monotonic()
        for number, unit in enumerate(units):
            # What takes longer than it should: others may do the rest.
            if self.stopping or (number and time.monotonic() - start > 2 * BATCH_SECONDS):
                self._give_back(units[number:])
                break
            begin = time.monotonic()
            quantum = known.get(unit.action_key)
            result = found(unit, quantum) if quantum is not None else self._execute(unit)
            self.mean += 0.3 * (max(time.monotonic() - begin, 1e-3) - self.mean)
            finished.append(result)
        return finished

    def _execute(self, unit: Unit) -> Done | Failed:
        """Run a unit while the parent watches what it takes."""
        with self.announcer.at(unit):
            return execute(unit, self.connection, self.store)

    def _of_our_class(self, units: Sequence[Unit]) -> Sequence[Unit]:
        """Put off what another class of environments must compute, and give the rest."""
        ours = settings().compatibility_class
        strange = [unit for unit in units if unit.compatibility != ours and not _is_alike_everywhere(unit)]
        if strange:
            self._give_back(strange, PUT_OFF)
        for planned in {unit.compatibility for unit in strange} - self.other_classes:
            log.error("%s", OtherClass(planned, ours))
            self.other_classes.add(planned)
        return [unit for unit in units if unit not in strange] if strange else units

    def _knows(self, unit: Unit) -> bool:
        """Tell whether this process has the task, in the code that it was planned with.

        A task of ours is imported with its first unit, and what is digested must be what is imported: were a file
        changed since this process began, old modules and new ones would be together.
        """
        if unit.task_name not in self.codes:
            try:
                found = code_digest(unit.task)
            except UnknownTask:
                return False
            if stamps() != self.stamps:
                return False
            self.codes[unit.task_name] = found
        return self.codes[unit.task_name] == unit.code_digest

    def _known_actions(self, units: Sequence[Unit]) -> dict[bytes, int]:
        """Find results of the same recipes on equal content."""
        keys = {unit.action_key: unit for unit in units if unit.task.outputs() and unit.salt == 0}
        rows = self.connection.execute(ACTIONS, [list(keys)]).fetchall()
        return {key: quantum for key, quantum in rows if quantum != keys[key].quantum_id}

    def _settle(self, finished: Sequence[Done | Failed]) -> None:
        """Move files, commit what is done in one transaction, record what failed."""
        stored: StoredFiles = {}
        done: list[Done] = []
        for one in self._still_ours(finished):
            try:
                if isinstance(one, Done):
                    stored |= move_files(self.store, one)
                    done.append(one)
                else:
                    self._fail(one)
            except (OSError, StoreFull, StoreBroken) as error:
                self._fail(broken(one, error))
        self._commit(done, stored)

    def _still_ours(self, finished: Sequence[Done | Failed]) -> list[Done | Failed]:
        """Leave out what was cancelled or taken over: the commit would refuse it, with its files in the store."""
        rows = self._insist(lambda: self.connection.execute(HELD, _leases(finished)).fetchall())
        held = {unit_id for (unit_id,) in rows}
        for one in finished:
            if one.unit.unit_id not in held:
                self._drop(one)
        return [one for one in finished if one.unit.unit_id in held]

    def _drop(self, one: Done | Failed) -> None:
        """Forget the result of a unit that is not ours any more; whoever took it has recorded the attempt."""
        self.store.discard(one.unit.staging)
        log.warning("unit %s was cancelled, or taken over by another worker; its result is dropped", one.unit.unit_id)

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
                self._drop(done[0])
            else:
                self._fail(broken(done[0], error))

    def _fail(self, failed: Failed) -> None:
        """Record a failure."""
        self.store.discard(failed.unit.staging)
        try:
            self._insist(lambda: record_failure(self.connection, failed))
        except psycopg.Error as error:
            if error.sqlstate != LOST_LEASE:
                raise
            self._drop(failed)

    def _insist(self, action: Callable[[], T]) -> T:
        """Repeat a transaction that a deadlock or a lost server broke.

        Had it gone through before the server was lost, its token refuses the replay.
        """
        for _ in range(20):
            try:
                return action()
            except (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable):
                time.sleep(random.uniform(0.01, 0.1))
            except errors.DiskFull:
                raise  # the server is there, and says what it wants
            except (psycopg.OperationalError, errors.IdleInTransactionSessionTimeout) as error:
                self.reconnect(error)
        raise NoDatabase("a transaction was broken twenty times")

    def _give_back(self, units: Sequence[Unit], pause: str = "0") -> None:
        """Return what was claimed and not begun."""
        keys = [unit.unit_id for unit in units]
        self.connection.execute("select work.give_back(%s, %s, %s)", [units[0].token, keys, pause])

    def _return_all(self) -> None:
        """Return whatever this worker holds: it does not know what it claimed when its connection broke."""
        return_leases(self.connection, self.worker_id)
        clear_staging(self.connection, self.store)

    def _leave(self, units: Sequence[Unit], strange: Unit) -> None:
        """Give units back to workers that have their code, and end: a new process reads the code anew."""
        self._give_back(units)
        log.error("%s", OtherCode(strange.task_name))
        time.sleep(random.uniform(1.0, 3.0))  # so that somebody else may be quicker with the next claim
        self.exit_status = OTHER_CODE
        self.stopping = True

    def _resolve(self) -> int:
        """Free what waited for what has settled, and take back what dead workers held."""
        reap = time.monotonic() >= self.reaps_from
        freed, taken = self.connection.execute(RESOLVE, [reap]).fetchone() or (0, 0)
        if taken:
            clear_staging(self.connection, self.store)
        return int(freed + taken)


def _is_alike_everywhere(unit: Unit) -> bool:
    """Tell whether a unit does the same in all environments: loads copy files that are there."""
    try:
        return issubclass(unit.task, LedgerTask)
    except UnknownTask:
        return False


def _leases(finished: Sequence[Done | Failed]) -> tuple[list[int], list[int]]:
    """Give units and their tokens."""
    return [one.unit.unit_id for one in finished], [one.unit.token for one in finished]
