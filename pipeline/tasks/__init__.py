"""The steps of the pipelines: one module each, found by the task's name."""

from functools import cache
from importlib import import_module
from pathlib import Path

from pipeline.errors import UnknownTask
from pipeline.task import LedgerTask, Task
from schema.settings import settings


@cache
def tasks() -> dict[str, type[Task]]:
    """Give every task, by name: ours, and those of the modules that the settings name."""
    ours = [f"pipeline.tasks.{path.stem}" for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))]
    found: dict[str, type[Task]] = {}
    for module in [*ours, *settings().task_modules]:
        for thing in vars(import_module(module)).values():
            if isinstance(thing, type) and issubclass(thing, Task) and thing not in (Task, LedgerTask):
                found[thing.name] = thing
    return found


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
