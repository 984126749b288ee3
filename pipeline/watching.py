"""How a run goes: units by task and state, pace, workers, time left."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from rich.progress import Progress, TaskID

from pipeline.errors import UnknownRun
from schema.output import duration
from schema.progress import progress

COUNTS = """
select t.name, sum(x.n)::int,
       coalesce(sum(x.n) filter (where x.state in ('done', 'reused', 'dead', 'blocked', 'cancelled')), 0)::int,
       coalesce(sum(x.n) filter (where x.state = 'leased'), 0)::int,
       coalesce(sum(x.n) filter (where x.state = 'dead'), 0)::int,
       coalesce(sum(x.n) filter (where x.state = 'blocked'), 0)::int, coalesce(sum(x.left_s), 0)
from (
  select q.task_version_id, case when l.unit_id is null then u.state else 'leased' end as state, count(*) as n,
         sum(u.est_ms) filter (where u.state in ('waiting', 'ready')) / 1000.0::float8 as left_s
  from work.unit u join registry.quantum q using (quantum_id) left join work.lease l using (unit_id)
  where u.run_id = %s group by 1, 2
) x
join registry.task_version v using (task_version_id) join registry.task t using (task_id)
group by 1 order by 1"""

PACE = """
select s.paused, p.units_per_minute, p.left_s_per_s,
       (select count(distinct l.worker_id) from work.lease l join work.unit u using (unit_id) where u.run_id = s.run_id)
from work.share s left join public.run_pace p using (run_id) where s.run_id = %s"""


@dataclass(frozen=True)
class TaskCounts:
    """The units of a task in a run."""

    task: str
    total: int
    ended: int
    running: int
    dead: int
    blocked: int
    left_s: float  # expected duration of what has not ended

    @property
    def note(self) -> str:
        """What is not as it should be, and what is at hand."""
        said = {"running": self.running, "dead": self.dead, "blocked": self.blocked}
        return ", ".join(f"{n} {state}" for state, n in said.items() if n)


@dataclass(frozen=True)
class Look:
    """A run at a moment."""

    run: str
    tasks: tuple[TaskCounts, ...]
    paused: bool
    workers: int
    units_per_minute: float | None
    remaining_s: float | None

    @property
    def ended(self) -> bool:
        """Whether nothing waits, is ready or is leased."""
        return self.sum("ended") == self.sum("total")

    def sum(self, name: str) -> int:
        """Give the sum of a count over the tasks."""
        return sum(int(getattr(task, name)) for task in self.tasks)

    def record(self) -> dict[str, Any]:
        """Give what programs read."""
        counts = {f"n_{name}": self.sum(name) for name in ("total", "ended", "running", "dead", "blocked")}
        return {
            "run": self.run,
            **counts,
            "workers": self.workers,
            "paused": self.paused,
            "units_per_minute": self.units_per_minute,
            "remaining_s": self.remaining_s,
            "ended": self.ended,
        }

    @property
    def note(self) -> str:
        """How it goes, in a few words."""
        if self.paused:
            return "paused"
        pace = "" if self.units_per_minute is None else f"{self.units_per_minute:.3g} units/min, "
        left = "" if self.remaining_s is None else f", {duration(self.remaining_s)} left"
        return f"{pace}{self.workers} {'worker' if self.workers == 1 else 'workers'}{left}"


def existing(connection: Connection[Any], run: str) -> str:
    """Give the name of a run that has units.

    Raises
    ------
    UnknownRun
        Raised if there is no such run.
    """
    if connection.execute("select from public.run where run = %s and n_units > 0", [run]).fetchone() is None:
        raise UnknownRun(run)
    return run


def look(connection: Connection[Any], run: str) -> Look:
    """See how far a run is, and how long the rest takes at the pace of the last minutes.

    Raises
    ------
    UnknownRun
        Raised if there is no such run.
    """
    found = connection.execute(
        "select s.run_id from work.share s join registry.collection c on c.collection_id = s.run_id where c.name = %s",
        [run],
    ).fetchone()
    if found is None:
        raise UnknownRun(run)
    tasks = tuple(TaskCounts(*row) for row in connection.execute(COUNTS, found))
    paused, units_per_minute, pace, workers = connection.execute(PACE, found).fetchone() or (False, None, None, 0)
    left = sum(task.left_s for task in tasks)
    remaining = left / pace if pace and left and not paused else None
    return Look(run, tasks, paused, workers, units_per_minute, remaining)


def pause_after(took: float, least: float) -> float:
    """Say how long to wait after a question to the server.

    What takes long is asked less often: it must not be what the server is busy with. Nobody asks in step with others.

    Parameters
    ----------
    took
        Duration of the question [s].
    least
        Shortest pause on average [s].
    """
    return max(least, 10 * took) * random.uniform(0.5, 1.5)


class Bars:
    """A bar for a run and one for each of its tasks."""

    def __init__(self, display: Progress) -> None:
        self.display = display
        self.bars: dict[str, TaskID] = {}
        self.paused = False

    def show(self, seen: Look) -> None:
        """Bring the bars up to date; say in a line of its own that nothing happens, and why."""
        self._bar(seen.run, seen.sum("ended"), seen.sum("total"), seen.note)
        for task in seen.tasks:
            self._bar(f"  {task.task}", task.ended, task.total, task.note)
        if seen.paused != self.paused and not seen.ended:
            self.paused = seen.paused
            said = f"is paused by an operator; `skyledger resume {seen.run}` takes it up" if seen.paused else "goes on"
            self.display.console.print(f"{seen.run} {said}", markup=False, highlight=False, soft_wrap=True)

    def _bar(self, name: str, ended: int, total: int, note: str) -> None:
        if name not in self.bars:
            self.bars[name] = self.display.add_task(name, total=total, note="")
        self.display.update(self.bars[name], completed=ended, total=total, note=note)


@contextmanager
def bars() -> Iterator[Bars]:
    """Give bars on the terminal, where there is one."""
    with progress(own_pace=True) as display:
        yield Bars(display)
