"""What a worker tells its parent of the unit that it is at, and the memory of processes."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from pipeline.units import Unit

MESSAGE = struct.Struct("=qqiid")  # so short that a pipe takes it whole or not at all


class Charge(NamedTuple):
    """The unit that a worker is at, and its limits; times of the monotonic clock are the same in all processes.

    Without a unit it is a batch that is being committed.
    """

    unit_id: int
    token: int
    memory_mb: int
    time_limit_s: int
    began: float


IDLE = Charge(0, 0, 0, 0, 0.0)


class Announcer:
    """The worker's end of the pipe to its parent."""

    def __init__(self, pipe: int | None) -> None:
        self.pipe = pipe

    @contextmanager
    def at(self, unit: Unit) -> Iterator[None]:
        """Say that a unit begins, and that it has ended."""
        self._say(Charge(unit.unit_id, unit.token, unit.memory_mb, unit.time_limit_s, monotonic()))
        try:
            yield
        finally:
            self._say(IDLE)

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Say that finished units are being committed, and that this has ended."""
        self._say(Charge(0, 0, 0, 0, monotonic()))
        try:
            yield
        finally:
            self._say(IDLE)

    def _say(self, charge: Charge) -> None:
        """Write; without a parent there is nobody to tell."""
        if self.pipe is not None:
            with suppress(BrokenPipeError):
                os.write(self.pipe, MESSAGE.pack(*charge))


def newest(pipe: int) -> Charge | None:
    """Read all that a worker has said since the last time, without waiting; give the last of it."""
    said = b""
    with suppress(BlockingIOError):
        while more := os.read(pipe, 1 << 16):
            said += more
    return Charge(*MESSAGE.unpack(said[-MESSAGE.size :])) if said else None


def memory_mb(pids: list[int]) -> float:
    """Give the memory that processes hold for themselves [MiB]; pages of files can be had back and do not count."""
    return sum(map(_held_kb, pids)) / 1024


def _held_kb(pid: int) -> int:
    """Give the private, shared and swapped memory of a process [KiB]; 0 when it is gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem", "VmSwap")))
    return 0


def families() -> dict[int, list[int]]:
    """Give the children of every process on this host."""
    found: dict[int, list[int]] = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        with suppress(OSError):
            told = Path(f"/proc/{pid}/stat").read_bytes()
            parent = int(told[told.rindex(b")") + 2 :].split()[1])  # the name before it may hold anything
            found.setdefault(parent, []).append(pid)
    return found


def family(pid: int, children: dict[int, list[int]]) -> list[int]:
    """Give a process and its descendants."""
    return [pid, *(one for child in children.get(pid, ()) for one in family(child, children))]
