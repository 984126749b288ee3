"""The watch over local workers: whoever is over the limits of its unit is killed, whatever it does."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

from pipeline.excess import Excess, excess
from pipeline.limits import IDLE, Charge, families, family, memory_mb, newest

LOOK = 0.2  # seconds between two looks: what a unit takes within one cannot be kept from it
FAMILY_LOOK = 1.0  # seconds between two looks for processes that workers have started
LAST_WORDS = 0.2  # how long a process is waited for that is asked what it is doing [s]

Process = subprocess.Popen[bytes]


@dataclass
class Watched:
    """A worker process, the unit it is at, and the file in which it says where."""

    process: Process
    pipe: int
    trace: int
    charge: Charge = IDLE
    excess: Excess | None = None  # why it was killed


class Overseer:
    """It has a thread of its own: a server that does not answer must not keep it from looking."""

    def __init__(self) -> None:
        self.watched: dict[int, Watched] = {}
        self.lock = Lock()
        self.over = Event()
        self.children: dict[int, list[int]] = {}
        self.counted = 0.0
        self.thread = Thread(target=self._run, name="overseer", daemon=True)

    def begin(self) -> None:
        """Look from now on."""
        self.thread.start()

    def stop(self) -> None:
        """Look no more."""
        self.over.set()
        self.thread.join()
        for worker_id in list(self.watched):
            self.leave(worker_id)

    def start(self, worker_id: int, opener: Callable[[int, int, int], Process]) -> Process:
        """Start a worker and watch it.

        Parameters
        ----------
        opener
            Starts the process; it is given the worker, the writing end of its pipe, and the file for its last words.
        """
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        trace = os.memfd_create("trace")
        try:
            process = opener(worker_id, theirs, trace)
        finally:
            os.close(theirs)
        with self.lock:
            self.watched[worker_id] = Watched(process, ours, trace)
        return process

    def verdict(self, worker_id: int) -> Excess | None:
        """Say why a worker that has ended was killed, if that was for the unit that it was at."""
        with self.lock:
            one = self.watched[worker_id]
            one.charge = newest(one.pipe) or one.charge
        # It may have gone on between the look and the end: then that unit is done, and another one was hit.
        return one.excess if one.excess and one.excess.charge == one.charge else None

    def leave(self, worker_id: int) -> None:
        """Forget a worker that has ended."""
        with self.lock:
            one = self.watched.pop(worker_id)
        os.close(one.pipe)
        os.close(one.trace)

    def _run(self) -> None:
        while not self.over.wait(LOOK):
            with self.lock:
                self._look(time.monotonic())

    def _look(self, now: float) -> None:
        """Look at every worker once."""
        if now - self.counted > FAMILY_LOOK:
            self.counted, self.children = now, families()
        for one in self.watched.values():
            one.charge = newest(one.pipe) or one.charge
            if one.charge == IDLE or one.excess is not None or one.process.poll() is not None:
                continue
            found = excess(one.charge, memory_mb(family(one.process.pid, self.children)), now)
            if found:
                one.excess = found._replace(traceback=_last_words(one))
                _kill(one.process)


def _last_words(one: Watched) -> str:
    """Ask a process where it is; one that cannot answer says nothing."""
    one.process.send_signal(signal.SIGUSR1)
    until = time.monotonic() + LAST_WORDS
    while not (said := os.fstat(one.trace).st_size) and time.monotonic() < until:
        time.sleep(0.01)
    while said != (said := os.fstat(one.trace).st_size):  # it is still at it
        time.sleep(0.01)
    return os.pread(one.trace, said, 0).decode(errors="replace")


def _kill(process: Process) -> None:
    """Kill a worker with all that it has started."""
    started = family(process.pid, families())[1:]
    process.kill()
    for pid in started:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
