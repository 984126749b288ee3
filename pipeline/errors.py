"""What a task may say when it cannot give a result."""

from schema.errors import SkyledgerError


class Retriable(Exception):
    """Something outside failed; the same may succeed later."""


class BadInput(Exception):
    """The inputs allow no result; trying again is useless."""


class NoWork(Exception):
    """There is nothing to do; that is a result, not a failure."""


class BadPipeline(SkyledgerError):
    """A pipeline that cannot be read or planned."""

    def __init__(self, pipeline: str, problem: str) -> None:
        self.pipeline, self.problem = pipeline, problem
        super().__init__(f"pipeline {pipeline}: {problem}")


class NothingToStartFrom(SkyledgerError):
    """A pipeline that goes on from the runs of another one, before any of them has ended."""

    def __init__(self, pipeline: str, needed: str) -> None:
        self.pipeline, self.needed = pipeline, needed
        super().__init__(
            f"pipeline {pipeline} goes on from the newest run of {needed}, and no run of it has ended: run {needed} "
            "first, or name collections with --input"
        )


class UnknownTask(SkyledgerError):
    """A task that no module defines."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.known = name, known
        super().__init__(
            f"no task is called {name!r} (known: {', '.join(known)}); name its module in SKYLEDGER_TASK_MODULES"
        )


class UnknownStep(SkyledgerError):
    """A task that a pipeline does not have."""

    def __init__(self, name: str, pipeline: str, tasks: list[str]) -> None:
        self.name, self.pipeline, self.tasks = name, pipeline, tasks
        super().__init__(
            f"pipeline {pipeline} has no task {name!r} to recompute: name one of {', '.join(tasks)}, or `all`"
        )


class OtherCode(SkyledgerError):
    """Units that were planned with other code than this host has."""

    def __init__(self, task: str) -> None:
        self.task = task
        super().__init__(
            f"task {task} was planned with other code than this worker has; its units go back to the queue: "
            "plan again, or start workers of that version"
        )


class OtherClass(SkyledgerError):
    """Units that were planned for another class of environments than this worker is of."""

    def __init__(self, planned: str, ours: str) -> None:
        self.planned, self.ours = planned, ours
        super().__init__(
            f"units were planned for environments of the class {planned}, and this worker is of {ours}; they go back "
            "to the queue: set SKYLEDGER_COMPATIBILITY_CLASS alike where runs are planned and where they are computed"
        )


class BadWhere(SkyledgerError):
    """A condition that PostgreSQL does not take."""

    def __init__(self, where: str, problem: str, view: str = "dataset") -> None:
        self.where, self.problem, self.view = where, problem, view
        super().__init__(f"the condition {where!r} on the view {view} is refused: {problem}")


class BadRunName(SkyledgerError):
    """A name that a run cannot have."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"a run cannot be called {name[:60]!r}: {problem}")


class UnknownUnit(SkyledgerError):
    """A unit that is not there, or is not dead."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class RunHasEnded(SkyledgerError):
    """A run with nothing left that could be stopped, or shared."""

    def __init__(self, run: str, verb: str) -> None:
        self.run, self.verb = run, verb
        super().__init__(f"run {run} has ended: there is nothing to {verb}")


class NothingToResume(SkyledgerError):
    """A run that nobody stopped."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(f"run {run} is not paused, and nothing of it was cancelled")


class BadWeight(SkyledgerError):
    """A weight by which nothing can be shared."""

    def __init__(self, weight: float) -> None:
        self.weight = weight
        super().__init__(
            f"{weight:g} is no weight: give a number from 1e-6 to 1e6; runs have 1 unless they are given another"
        )


class BadAge(SkyledgerError):
    """An age that is none."""

    def __init__(self, age: str) -> None:
        self.age = age
        super().__init__(f"{age!r} is no age: write a number and d, h or min, e.g. 90d")


class UnknownRun(SkyledgerError):
    """A run that is not there, or has no units."""

    def __init__(self, run: str) -> None:
        self.run = run
        said = f"no run with units is called {run!r}" if run else "there is no run yet"
        super().__init__(f"{said}: `skyledger status --all` lists them")
