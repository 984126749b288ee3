"""The code of a task, and what it follows."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ingest.cameras.own import own_digest
from pipeline.task import Task
from schema import code
from schema.catalog.definition import definition, digest
from schema.settings import settings

FOLLOWED = (
    "pipeline.pixels",
    "pipeline.layouts",
    "pipeline.tasks",
    "pipeline.raw",
    "pipeline.products",
    "pipeline.image",
    "pipeline.storage",
    "ingest.cameras",
    "ingest.headers",
    "schema.image_digest",
    "schema.sky",
    "schema.source_id",
)
IDLE = ("pipeline.task.Resources",)  # what a task may take does not change what it gives


@cache
def code_digest(task: type[Task]) -> bytes:
    """Give the digest of a task's code: its module, what it follows, and the definitions of the catalogs it writes.

    Cameras of the settings belong to the recipe of what reads files.
    """
    catalogs = sorted({output.catalog for output in task.outputs().values() if output.catalog})
    definitions = tuple(digest(definition(name)) for name in catalogs)
    storage = {one.storage for one in task.inputs().values()} | {one.storage for one in task.gathers().values()}
    if settings().cameras and "file" in storage:
        definitions += (own_digest(),)
    return code.code_digest(task.__module__, FOLLOWED, task.version, definitions, IDLE)


def stamps() -> dict[Path, tuple[int, int]]:
    """Give size and time of change [ns] of every file that the code of our tasks and of cameras may follow.

    Python tells by the same two whether what it has compiled is still what the file says.
    """
    origins = [Path(spec.origin) for spec in map(find_spec, FOLLOWED) if spec and spec.origin]
    folders = [origin.parent for origin in origins if origin.name == "__init__.py"] + list(settings().cameras)
    files = [*origins, *(file for folder in folders for file in folder.rglob("*") if file.suffix in (".py", ".yaml"))]
    return {file: (state.st_size, state.st_mtime_ns) for file in files if (state := file.stat())}
