"""The code of a task, and what it follows."""

from functools import cache

from pipeline.task import Task
from schema import code
from schema.catalog.definition import definition, digest

FOLLOWED = ("pipeline.pixels", "pipeline.tasks", "pipeline.image", "pipeline.storage", "ingest.cameras", "schema.sky")


@cache
def code_digest(task: type[Task]) -> bytes:
    """Give the digest of a task's code: its module, what it follows, and the definitions of the catalogs it writes."""
    catalogs = sorted({output.catalog for output in task.outputs().values() if output.catalog})
    definitions = tuple(digest(definition(name)) for name in catalogs)
    return code.code_digest(task.__module__, FOLLOWED, task.version, definitions)
