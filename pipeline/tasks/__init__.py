"""The steps of the pipelines: one module each, found by the task's name."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pipeline.errors import UnknownTask
from pipeline.task import LedgerTask, Task
from schema.errors import SkyledgerError
from schema.settings import settings

OURS = tuple(sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")))  # each in the module of its name


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
    return {name: task(name) for name in (*OURS, *theirs())}


def theirs() -> dict[str, type[Task]]:
    """Give the tasks of the modules that the settings name.

    Raises
    ------
    BadTaskModule
        Raised if one cannot be imported.
    """
    return _theirs(settings().task_modules)


def task(name: str) -> type[Task]:
    """Give a task by name; of ours only its own module is imported, with the array code that it needs.

    Raises
    ------
    UnknownTask
        Raised if no module defines it.
    """
    others = theirs()
    if name not in others and name not in OURS:
        raise UnknownTask(name, sorted({*OURS, *others}))
    return others[name] if name in others else _defined(import_module(f"{__name__}.{name}"))[name]


@cache
def _theirs(modules: tuple[str, ...]) -> dict[str, type[Task]]:
    """Give the tasks of modules that others wrote."""
    return {name: found for module in modules for name, found in _defined(_imported(module)).items()}


def _defined(module: ModuleType) -> dict[str, type[Task]]:
    """Give the tasks that stand in a module."""
    things = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Task)]
    return {one.name: one for one in things if one not in (Task, LedgerTask)}


def _imported(module: str) -> ModuleType:
    """Import a module that others wrote: whatever it raises is theirs to mend."""
    try:
        return import_module(module)
    except Exception as error:
        raise BadTaskModule(module, " ".join(f"{type(error).__name__}: {error}".split())) from error
