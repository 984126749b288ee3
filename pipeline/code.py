"""The code of a task, and what it follows."""

from pipeline.task import Task
from schema import code

FOLLOWED = ("pipeline.pixels", "pipeline.tasks", "pipeline.image", "ingest.cameras")


def code_digest(task: type[Task]) -> bytes:
    """Give the digest of a task's code: its module, and the pixel, image and camera code behind it."""
    return code.code_digest(task.__module__, FOLLOWED, task.version)
