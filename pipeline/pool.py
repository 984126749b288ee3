"""The parent of local workers: starts them, speaks for them, replaces the dead."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection

from pipeline.worker import LEASE, OTHER_CODE, PATIENCE
from schema.connect import connect, reconnect
from schema.errors import SkyledgerError
from schema.ledger.software import register_software
from schema.settings import ROOT

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


class Pool:
    """N worker processes on this host, with one connection for all their heartbeats."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.host = socket.gethostname()
        self.connection = connect("worker")
        self.software = register_software(self.connection)
        self.children: dict[int, tuple[subprocess.Popen[bytes], float]] = {}
        self.heard = 0.0
        self.early_deaths = 0
        self.other_codes = 0

    def __enter__(self) -> Self:
        for _ in range(self.n):
            self._start()
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
            Time between two questions [s].

        Raises
        ------
        WorkersKeepDying
            Raised if workers cannot even start.
        """
        while True:
            try:
                self._replace_dead()
                self._heartbeat()
                began = time.monotonic()
                if ended(self.connection):
                    return
                # A question that takes long is asked less often: it must not be what the server is busy with.
                pause = max(pause, 10 * (time.monotonic() - began))
            except psycopg.OperationalError:
                self.connection.close()
                self.connection = reconnect("worker", PATIENCE)
            time.sleep(pause)

    def stop(self, patience: float = 30.0) -> None:
        """Ask the workers to finish what they do, and wait; whoever does not listen is killed and reaped later."""
        for child, _ in self.children.values():
            child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        for worker_id, (child, _) in self.children.items():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            self._dismiss(worker_id)
        self.children.clear()

    def _start(self) -> None:
        """Enlist a worker and start its process."""
        row = self.connection.execute(
            "insert into work.worker (host, pid, software_id) values (%s, 0, %s) returning worker_id",
            [self.host, self.software],
        ).fetchone()
        worker_id = row[0] if row else 0
        # -P: a folder called `schema` in the user's working directory must not be imported.
        command = [sys.executable, "-P", "-m", "pipeline.worker", str(worker_id)]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD, **_import_path()})
        self.children[worker_id] = (child, time.monotonic())

    def _replace_dead(self) -> None:
        """Start a new worker for each that ended; its leases come back at once."""
        for worker_id, (child, began) in list(self.children.items()):
            if child.poll() is None:
                continue
            del self.children[worker_id]
            self._dismiss(worker_id)
            self.connection.execute("select work.reap()")
            self.other_codes = self.other_codes + 1 if child.returncode == OTHER_CODE else 0
            if self.other_codes >= MANY:
                raise OtherCodeHere(self.host)
            self.early_deaths = self.early_deaths + 1 if time.monotonic() - began < 1.0 else 0
            if self.early_deaths >= MANY:
                raise WorkersKeepDying(self.host, self.early_deaths)
            self._start()

    def _dismiss(self, worker_id: int) -> None:
        """Record the end of a worker, if the server can be told."""
        try:
            self.connection.execute(
                "update work.worker set stopped_at = clock_timestamp() where worker_id = %s", [worker_id]
            )
        except psycopg.OperationalError:
            return  # the silence tells the same, a minute later

    def _heartbeat(self) -> None:
        """Say that the workers live, and renew their leases."""
        if time.monotonic() - self.heard > HEARTBEAT:
            self.heard = time.monotonic()
            self.connection.execute("select work.heartbeat(%s, %s)", [list(self.children), LEASE])


def _import_path() -> dict[str, str]:
    """Let the children find what we find, wherever they are started."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
