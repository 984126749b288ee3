"""One unit, from its inputs to staged files; no transaction is open meanwhile."""

import errno
import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection, OperationalError

from pipeline.errors import BadInput, NoWork, Retriable
from pipeline.provenance import gather, present
from pipeline.storage import Written, read, write
from pipeline.task import Ledger, LedgerTask, Result, Role
from pipeline.units import Source, Unit
from schema.errors import StoreBroken, StoreFull
from schema.faults import die_at
from schema.store import Store

RETRIABLE = (Retriable, StoreFull, OSError, OperationalError)
OUT_OF_MEMORY = "OutOfMemory"  # the class of error that work.settle_err answers with a larger class of resources


@dataclass(frozen=True)
class Usage:
    """What an attempt cost."""

    started: datetime
    ended: datetime
    cpu_s: float
    max_rss_mb: float
    log: str

    @property
    def wall_s(self) -> float:
        """Duration [s]."""
        return (self.ended - self.started).total_seconds()


@dataclass(frozen=True)
class Done:
    """A unit with staged outputs, or with none when there was nothing to do."""

    unit: Unit
    usage: Usage
    outputs: dict[str, Written] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    reuses: int | None = None  # the quantum whose results, made from equal content, are taken over


@dataclass(frozen=True)
class Failed:
    """A unit that gave no result."""

    unit: Unit
    usage: Usage
    error_class: str
    error: str
    traceback: str
    retry: bool


def execute(unit: Unit, connection: Connection[Any], store: Store) -> Done | Failed:
    """Run a unit; whatever its code raises becomes a record."""
    clock = _Clock()
    with _captured_log() as log:
        try:
            outputs, metrics = _compute(unit, connection, store)
            usage = clock.usage(log)
            cost = {"wall": usage.wall_s, "cpu": usage.cpu_s, "memory": usage.max_rss_mb} if outputs else {}
            return Done(unit, usage, outputs, metrics | cost)
        except NoWork as nothing:
            logging.getLogger("skyledger").info("nothing to do: %s", nothing)
            return Done(unit, clock.usage(log))
        except Exception as error:
            sentence = " ".join(str(error).split()) or type(error).__name__
            retry = isinstance(error, RETRIABLE) and not isinstance(error, StoreBroken | BadInput)
            kind = OUT_OF_MEMORY if _is_of_memory(error) else type(error).__name__
            return Failed(unit, clock.usage(log), kind, sentence, traceback.format_exc(), retry)


def _is_of_memory(error: Exception) -> bool:
    """Tell whether the machine refused memory."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def found(unit: Unit, quantum: int) -> Done:
    """Take over what another quantum made of equal content."""
    return Done(unit, _Clock().usage([]), reuses=quantum)


def broken(done: Done | Failed, error: Exception) -> Failed:
    """Turn a result that could not be kept into a failure that is tried again."""
    return Failed(
        done.unit, done.usage, type(error).__name__, " ".join(str(error).split()), traceback.format_exc(), retry=True
    )


def _compute(unit: Unit, connection: Connection[Any], store: Store) -> tuple[dict[str, Written], dict[str, float]]:
    """Read, run, write."""
    task = unit.task(unit.config)
    if isinstance(task, LedgerTask):
        task.run(Ledger(connection, store, unit.run_id, unit.token))
        return {}, {}
    provenance = gather(connection, unit)
    result = task.run(**_read_inputs(unit, store))
    die_at("in_unit")
    _check_names(unit, result)
    folder = store.staging(unit.staging)
    with store.guard():
        outputs = {
            name: write(unit.task.outputs()[name], value, folder, name, provenance)
            for name, value in result.outputs.items()
        }
    there = present(connection, store, [written.content_digest for written in outputs.values()])
    outputs = {name: replace(one, stored=there.get(one.content_digest)) for name, one in outputs.items()}
    die_at("after_write")
    return outputs, dict(result.metrics)


def _read_inputs(unit: Unit, store: Store) -> dict[str, Any]:
    """Read what the task declares; what it gathers and prerequisites come as lists."""
    _refuse_missing(unit)
    lists = unit.task.gathers().keys() | unit.task.prerequisites().keys()
    inputs: dict[str, Any] = dict.fromkeys([*unit.task.inputs(), *unit.task.calibrations()])
    inputs.update((name, []) for name in lists)
    wanted = unit.task.roles()
    for source in unit.inputs:
        value = _read(source, store, wanted.get(source.role))
        if source.role in lists:
            inputs[source.role].append(value)
        else:
            inputs[source.role] = value
    return inputs


def _refuse_missing(unit: Unit) -> None:
    """End a unit that has nothing to do because tasks before it had nothing to do."""
    there = Counter(source.role for source in unit.inputs)
    task = unit.task
    least = {name: (one.dataset_type, int(not one.optional)) for name, one in task.inputs().items()}
    for name, calibration in task.calibrations().items():
        needed = not calibration.optional and calibration.wanted(unit.config)
        least[name] = calibration.dataset_type, int(needed)
    least |= {name: (one.dataset_type, one.at_least) for name, one in task.gathers().items()}
    for name, (dataset_type, n) in least.items():
        if there[name] < n:
            said = f"there is no {dataset_type}" if n == 1 else f"of {n} {dataset_type} there are {there[name]}"
            raise NoWork(f"{said}: the task that makes it had nothing to do")


def _read(source: Source, store: Store, wanted: Role | None) -> Any:
    """Read one input from its file; a task that asks for the file itself reads the parts of it that it needs."""
    if source.path is None:
        raise BadInput(f"no file of dataset {source.dataset_id} ({source.role}) is left: ingest or compute it again")
    place = store.locate(source.path)
    try:
        storage = "file" if wanted is not None and wanted.storage == "file" else source.storage
        return read(storage, place, source.part, source.file_name, source.correction)
    except OSError as error:
        if error.errno in (errno.ENOMEM, errno.EIO, errno.ESTALE):
            raise
        raise StoreBroken(place, f"cannot be read ({' '.join(str(error).split())})") from error


def _check_names(unit: Unit, result: Result) -> None:
    """Hold a task to what it declares: all outputs, no other metric."""
    missing = unit.task.outputs().keys() ^ result.outputs.keys()
    unknown = result.metrics.keys() - unit.task.metrics().keys()
    if missing or unknown:
        raise TypeError(f"task {unit.task_name} does not give what it declares: {', '.join(sorted(missing | unknown))}")


class _Clock:
    """Wall time, CPU time and peak memory since it was made."""

    def __init__(self) -> None:
        forget_peak()
        self.started = datetime.now(UTC)
        self.cpu = time.process_time()

    def usage(self, log: list[str]) -> Usage:
        cpu = time.process_time() - self.cpu
        return Usage(self.started, datetime.now(UTC), cpu, peak_mb(), "\n".join(log))


def forget_peak() -> None:
    """Let the kernel count the peak of resident memory anew: it is kept per process, we want it per unit."""
    with suppress(OSError):  # some containers refuse; the peak is then that of the process so far
        Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """Give the peak of resident memory [MiB]."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@contextmanager
def _captured_log() -> Iterator[list[str]]:
    """Collect what is logged, for the execution's record."""
    lines: list[str] = []
    handler = logging.Handler(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
