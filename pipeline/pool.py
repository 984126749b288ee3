"""The parent of local workers: starts them, speaks for them, replaces the dead."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection

from pipeline.classes import ResourceClass, allowance, choose, memory_here, read_classes, share_out
from pipeline.excess import record_excess
from pipeline.overseer import Overseer
from pipeline.staging import clear_staging
from pipeline.units import return_leases
from pipeline.unserved import NobodyServes, unserved
from pipeline.watching import pause_after
from pipeline.worker import LEASE, OTHER_CODE, PATIENCE
from schema.connect import connect, reconnect
from schema.errors import SkyledgerError
from schema.ledger.software import register_software
from schema.settings import ROOT, settings
from schema.store import Store

HEARTBEAT = 10.0  # seconds between heartbeats; a worker counts as silent after 60
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
MANY = 5  # deaths at the start of a worker, after which starting more is useless


class WorkersKeepDying(SkyledgerError):
    """Workers end as soon as they start."""

    def __init__(self, host: str, n: int) -> None:
        self.host, self.n = host, n
        super().__init__(
            f"{n} workers in a row died on {host} within a second of their start; see what they wrote above"
        )


class OtherCodeHere(SkyledgerError):
    """The code of this host is not that of the units, however often it is read."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"the units in the queue were planned with other code than {host} has; bring it to that version"
        )


@dataclass(frozen=True)
class Child:
    """A worker process, its place in the pool, and when it began."""

    process: subprocess.Popen[bytes]
    place: int
    began: float


class Pool:
    """N worker processes on this host, with one connection for all their heartbeats.

    Parameters
    ----------
    n
        Number of workers.
    queues
        Names of the classes of resources that they serve; all that fit when none is named.
    memory_mb
        What the workers may take together [MiB]; most of what is available when None.
    """

    def __init__(self, n: int, queues: Sequence[str] = (), memory_mb: int | None = None) -> None:
        with connect("worker") as connection:
            classes = read_classes(connection)
        room, told = allowance(classes, n, memory_mb, memory_here())
        if told:
            print(f"skyledger: {told}", file=sys.stderr)
        self.places = share_out(choose(classes, queues), n, room)
        self.host = socket.gethostname()
        self.connection = connect("worker")
        self.software = register_software(self.connection)
        self.store = Store(settings().store_root)
        self.children: dict[int, Child] = {}
        self.overseer = Overseer()
        self.unserved: list[ResourceClass] = []
        self.heard = 0.0
        self.early_deaths = 0
        self.other_codes: Counter[int] = Counter()  # by place: each has read the code anew

    def __enter__(self) -> Self:
        clear_staging(self.connection, self.store)  # of ingests that died, too
        self.overseer.begin()
        self._fill()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.connection.close()

    def watch(self, ended: Callable[[Connection[Any]], bool], pause: float = 0.2) -> None:
        """Keep the workers alive until something has ended.

        Parameters
        ----------
        ended
            Asked again and again with a connection; shows progress too.
        pause
            Time between two questions, on average [s].

        Raises
        ------
        WorkersKeepDying
            Raised if workers cannot even start.
        """
        due = 0.0
        while True:
            try:
                self._replace_dead()
                self._heartbeat()
                began = time.monotonic()
                if began >= due:
                    if ended(self.connection):
                        return
                    due = time.monotonic() + pause_after(time.monotonic() - began, pause)
            except psycopg.OperationalError:
                self.connection.close()
                self.connection = reconnect("worker", PATIENCE)
            # However rarely a long question is asked, the workers are looked after.
            time.sleep(min(pause, max(0.01, due - time.monotonic())))

    def stop(self, patience: float = 20.0) -> None:
        """Ask the workers to finish what they do, and wait; whoever does not listen is killed and reaped later."""
        for child in self.children.values():
            child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        for worker_id, child in self.children.items():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
                with suppress(psycopg.OperationalError):  # we ended it: that is no attempt
                    return_leases(self.connection, worker_id)
            with suppress(psycopg.OperationalError):  # the silence tells the same, a minute later
                self._bury(worker_id)
        self.children.clear()
        self.overseer.stop()

    def _fill(self) -> None:
        """Start a worker in every place that has none."""
        taken = {child.place for child in self.children.values()}
        for place in set(range(len(self.places))) - taken:
            self._start(place)

    def _start(self, place: int) -> None:
        """Enlist a worker and start its process."""
        row = self.connection.execute(
            "insert into work.worker (host, pid, software_id, queues) values (%s, 0, %s, %s) returning worker_id",
            [self.host, self.software, list(self.places[place])],
        ).fetchone()
        worker_id = row[0] if row else 0
        self.children[worker_id] = Child(self.overseer.start(worker_id, _open), place, time.monotonic())

    def _replace_dead(self) -> None:
        """Start a new worker for each that ended; its leases come back at once."""
        for worker_id, child in list(self.children.items()):
            if child.process.poll() is not None:
                self._bury(worker_id)
                del self.children[worker_id]  # only now: the server may have gone away meanwhile
                self._count(child)
        self._fill()

    def _bury(self, worker_id: int) -> None:
        """Record the end of a worker, whose leases come back; if it was killed for its unit, that alone has failed."""
        if found := self.overseer.verdict(worker_id):
            record_excess(self.connection, worker_id, found)
        self.connection.execute(
            "update work.worker set stopped_at = clock_timestamp() where worker_id = %s", [worker_id]
        )
        self.connection.execute("select work.reap()")
        clear_staging(self.connection, self.store)
        self.overseer.leave(worker_id)

    def _count(self, child: Child) -> None:
        """Give up when workers end again and again without having done anything."""
        other = child.process.returncode == OTHER_CODE
        self.other_codes[child.place] = self.other_codes[child.place] + 1 if other else 0
        if self.other_codes[child.place] >= MANY:
            raise OtherCodeHere(self.host)
        self.early_deaths = self.early_deaths + 1 if time.monotonic() - child.began < 1.0 else 0
        if self.early_deaths >= MANY:
            raise WorkersKeepDying(self.host, self.early_deaths)

    def _heartbeat(self) -> None:
        """Say that the workers live, renew their leases, and look for units that nobody is there for."""
        if time.monotonic() - self.heard > HEARTBEAT:
            # With jitter: parents that were started together must not speak together.
            self.heard = time.monotonic() - HEARTBEAT * random.uniform(0, 0.2)
            self.connection.execute("select work.heartbeat(%s, %s)", [list(self.children), LEASE])
            known, self.unserved = self.unserved, unserved(self.connection)
            for one in self.unserved:
                if one not in known:
                    print(f"skyledger: {NobodyServes(one)}", file=sys.stderr)


def _open(worker_id: int, pipe: int, trace: int) -> subprocess.Popen[bytes]:
    """Start the process of a worker, which gets these two files."""
    # -P: a folder called `schema` in the user's working directory must not be imported.
    command = [sys.executable, "-P", "-m", "pipeline.process", *map(str, (worker_id, os.getpid(), pipe, trace))]
    # It finds what we find, wherever we were started.
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": path}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, pass_fds=[pipe, trace])
