"""Classes of resources: what a host can serve, and by which worker."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection

from schema.errors import SkyledgerError

USABLE = 0.9  # of the memory that is available; the rest is for the parent and the system


@dataclass(frozen=True)
class ResourceClass:
    """A queue, and what a unit in it may take."""

    queue: int
    name: str
    memory_mb: int


class UnknownClass(SkyledgerError):
    """A class of resources that the ledger does not have."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, known
        super().__init__(f"there is no resource class {name!r}; the classes of this ledger are {', '.join(known)}")


class TooLittleMemory(SkyledgerError):
    """More workers than have room for a unit each."""

    def __init__(self, workers: int, memory_mb: int, smallest: ResourceClass) -> None:
        self.workers, self.memory_mb, self.smallest = workers, memory_mb, smallest
        super().__init__(
            f"{workers} workers of class {smallest.name} ({smallest.memory_mb} MiB each) do not fit into "
            f"{memory_mb} MiB: start fewer with --workers, or say with --memory what they may take"
        )


def read_classes(connection: Connection[Any]) -> list[ResourceClass]:
    """Give the classes of the ledger, the smallest first."""
    rows = connection.execute("select queue, name, memory_mb from work.queue order by memory_mb, queue")
    return [ResourceClass(*row) for row in rows]


def choose(classes: Sequence[ResourceClass], names: Sequence[str]) -> list[ResourceClass]:
    """Give the classes of these names; all of them when none is named."""
    known = [one.name for one in classes]
    for name in names:
        if name not in known:
            raise UnknownClass(name, known)
    return [one for one in classes if not names or one.name in names]


def share_out(classes: Sequence[ResourceClass], workers: int, memory_mb: int) -> list[tuple[int, ...]]:
    """Say from which queues each worker pulls, the largest class first.

    The first worker takes the largest class that fits beside the others if those take the smallest; the others share
    what is left. So the limits of what runs at once never add up to more than the memory.

    Raises
    ------
    TooLittleMemory
        Raised if not every worker has room for the smallest class.
    """
    smallest = min(classes, key=lambda one: one.memory_mb)
    room = memory_mb - (workers - 1) * smallest.memory_mb
    if room < smallest.memory_mb:
        raise TooLittleMemory(workers, memory_mb, smallest)
    first = max(one.memory_mb for one in classes if one.memory_mb <= room)
    others = (memory_mb - first) // max(workers - 1, 1)
    falling = sorted(classes, key=lambda one: -one.memory_mb)
    return [
        tuple(one.queue for one in falling if one.memory_mb <= limit) for limit in [first] + [others] * (workers - 1)
    ]


class Memory(NamedTuple):
    """The memory of a host, or of the container or batch job that we are in [MiB]."""

    total: int
    free: int


def memory_here() -> Memory:
    """Measure the memory of this host."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    found = {name: int(rest.split()[0]) // 1024 for name, _, rest in (line.partition(":") for line in lines)}
    groups = _group_limits()
    return Memory(min([found["MemTotal"], *groups]), min([found["MemAvailable"], *groups]))


def allowance(
    classes: Sequence[ResourceClass], workers: int, asked: int | None, memory: Memory
) -> tuple[int, str | None]:
    """Give what workers may take together [MiB], and a sentence when that is not what one would expect.

    Without a wish it is most of what is free, but never too little for the smallest class: hardly a unit takes all that
    it may, and small hosts work, too. A wish is kept as far as the host has so much.
    """
    if asked is not None:
        told = f"this host has {memory.total} MiB of memory: the workers may take that, and not {asked} MiB"
        return min(asked, memory.total), told if asked > memory.total else None
    found = int(USABLE * memory.free)
    least = workers * min(one.memory_mb for one in classes)
    told = (
        f"{workers} workers may take {least} MiB of memory together, and {found} MiB are to be had: if all took what "
        "they may, the system would kill some; start fewer with --workers"
    )
    return (least, told) if least > found else (found, None)


def _group_limits() -> list[int]:
    """Give the limits of the control groups that this process is in [MiB], e.g. of a container or a batch job."""
    found = []
    with suppress(OSError):
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        group = Path("/sys/fs/cgroup") / next((line[4:] for line in lines if line.startswith("0::/")), "")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # not every group has the file, and "max" is no limit
                found.append(int((folder / "memory.max").read_text()) >> 20)
    return found
