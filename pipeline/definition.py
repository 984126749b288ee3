"""Pipelines: YAML files that name tasks, their parameters, and what differs per camera."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import BadPipeline
from pipeline.task import Task, TaskConfig
from pipeline.tasks import task

FOLDER = Path(__file__).parent / "pipelines"


class Pipeline(BaseModel):
    """Tasks in the order in which they feed each other.

    `tasks` maps each task to its parameters; `instruments` maps a camera to the parameters
    that differ there, task by task.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str
    tasks: dict[str, dict[str, Any]]
    instruments: dict[str, dict[str, dict[str, Any]]] = {}

    def classes(self) -> list[type[Task]]:
        """Give the tasks in order."""
        return [task(name) for name in self.tasks]

    def config(self, name: str, instrument: str | None) -> TaskConfig:
        """Give the parameters of a task for an instrument."""
        override = self.instruments.get(instrument or "", {}).get(name, {})
        try:
            return task(name).Config.model_validate({**self.tasks[name], **override})
        except ValidationError as error:
            raise BadPipeline(self.name, f"task {name} for {instrument}: {_reason(error)}") from error


def read(name: str) -> Pipeline:
    """Read a pipeline by its name, or by the path of its file.

    Raises
    ------
    BadPipeline
        Raised if it cannot be found or read, or names a task or parameter that does not exist.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    try:
        pipeline = Pipeline.model_validate(yaml.safe_load(path.read_text()))
    except FileNotFoundError:
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.yaml")))
        raise BadPipeline(name, f"there is no file {path}; shipped are {known}") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise BadPipeline(name, _reason(error)) from error
    for instrument in [None, *pipeline.instruments]:
        for step in pipeline.tasks:
            pipeline.config(step, instrument)
    return pipeline


def _reason(error: Exception) -> str:
    """Give the first thing that is wrong, on one line."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0]
