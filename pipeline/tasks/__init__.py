"""The steps of the pipelines: one module each, found by the task's name."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pipeline.errors import UnknownTask
from pipeline.task import LedgerTask, Task
from schema.errors import SkyledgerError
from schema.settings import settings


class BadTaskModule(SkyledgerError):
    """A module of the settings that cannot be imported."""

    def __init__(self, module: str, problem: str) -> None:
        self.module, self.problem = module, problem
        super().__init__(
            f"SKYLEDGER_TASK_MODULES names {module!r}, which cannot be imported ({problem}): "
            "correct it, or put its folder into PYTHONPATH"
        )


@cache
def tasks() -> dict[str, type[Task]]:
    """Give every task, by name: ours, and those of the modules that the settings name.

    Raises
    ------
    BadTaskModule
        Raised if a module of the settings cannot be imported.
    """
    ours = [import_module(f"pipeline.tasks.{path.stem}") for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))]
    found: dict[str, type[Task]] = {}
    for module in [*ours, *map(_imported, settings().task_modules)]:
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Task) and thing not in (Task, LedgerTask):
                found[thing.name] = thing
    return found


def _imported(module: str) -> ModuleType:
    """Import a module that others wrote: whatever it raises is theirs to mend."""
    try:
        return import_module(module)
    except Exception as error:
        raise BadTaskModule(module, " ".join(f"{type(error).__name__}: {error}".split())) from error


def task(name: str) -> type[Task]:
    """Give a task by name.

    Raises
    ------
    UnknownTask
        Raised if no module defines it.
    """
    if name not in tasks():
        raise UnknownTask(name, sorted(tasks()))
    return tasks()[name]
