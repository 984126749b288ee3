"""Pipelines: YAML files that name tasks, their parameters, and what differs per camera."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.cameras.camera import load_cameras
from pipeline.errors import BadPipeline
from pipeline.specification import Specification
from pipeline.task import Gather, Input, Resources, Task, TaskConfig
from pipeline.tasks import task

FOLDER = Path(__file__).parent / "pipelines"


class Pipeline(BaseModel):
    """Tasks in the order in which they feed each other.

    `tasks` maps each task to its parameters; `instruments` maps a camera to the parameters that differ there, task by
    task. Among the parameters `resources` says what a unit of the task may take. A pipeline that names cameras is for
    those alone. `specifications` say what its metrics must be. `follows` names the pipeline whose newest run it goes on
    from when the user names no collection.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str
    follows: str | None = Field(default=None, pattern="^[a-z][a-z0-9_]*$")
    tasks: dict[str, dict[str, Any]] = Field(min_length=1)
    instruments: dict[str, dict[str, dict[str, Any]]] = {}
    specifications: tuple[Specification, ...] = ()

    def classes(self) -> list[type[Task]]:
        """Give the tasks in order."""
        return [task(name) for name in self.tasks]

    @property
    def leading_type(self) -> str:
        """Dataset type that the pipeline starts from."""
        return self.leading(self.classes()[0]).dataset_type

    def leading(self, step: type[Task]) -> Input | Gather:
        """Give what says at which data IDs a task runs.

        Raises
        ------
        BadPipeline
            Raised if nothing does.
        """
        found = step.leading()
        if found is None:
            said = f"task {step.name} requires no input and gathers nothing: nothing says where to run it"
            raise BadPipeline(self.name, said)
        return found

    def takes(self, instrument: str | None) -> bool:
        """Tell whether the pipeline is set up for an instrument."""
        return not self.instruments or instrument in self.instruments

    def config(self, name: str, instrument: str | None) -> TaskConfig:
        """Give the parameters of a task for an instrument."""
        given = {key: value for layer in self._given(name, instrument) for key, value in layer.items()}
        given.pop("resources", None)
        try:
            return task(name).Config.model_validate(given)
        except ValidationError as error:
            raise BadPipeline(self.name, f"task {name} for {instrument}: {_reason(error)}") from error

    def resources(self, name: str, instrument: str | None) -> Resources:
        """Give what a unit of a task may take for an instrument: as the pipeline says, else as the task says."""
        found = task(name).resources
        for layer in self._given(name, instrument):
            if "resources" not in layer:
                continue
            try:
                given = Resources.model_validate(layer["resources"])
            except ValidationError as error:
                raise BadPipeline(self.name, f"resources of {name} for {instrument}: {_reason(error)}") from error
            found = found.model_copy(update=given.model_dump(exclude_unset=True))
        return found

    def _given(self, name: str, instrument: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give what is said of a task for every instrument, and what differs for one."""
        return self.tasks[name], self.instruments.get(instrument or "", {}).get(name, {})


def shipped() -> list[str]:
    """Give the names of the pipelines that come with the house."""
    return sorted(found.stem for found in FOLDER.glob("*.yaml"))


def read(name: str) -> Pipeline:
    """Read a pipeline by its name, or by the path of its file.

    Raises
    ------
    BadPipeline
        Raised if it cannot be found or read, or names a camera, task or parameter that does not exist.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(body, dict):
            raise BadPipeline(name, f"{path} must be a mapping with name, description and tasks")
        pipeline = Pipeline.model_validate(body)
    except FileNotFoundError:
        raise BadPipeline(name, f"there is no file {path}; shipped are {', '.join(shipped())}") from None
    except OSError as error:
        raise BadPipeline(name, f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:  # a ValueError: no UTF-8, or a date that is none
        raise BadPipeline(name, _reason(error)) from error
    check(pipeline)
    return pipeline


def check(pipeline: Pipeline) -> None:
    """Try every name and parameter of a pipeline.

    Raises
    ------
    BadPipeline
        Raised if it names a camera, task or parameter that does not exist.
    """
    _refuse_idle_overrides(pipeline)
    _refuse_idle_specifications(pipeline)
    for instrument in pipeline.instruments or [None]:
        for step in pipeline.tasks:
            pipeline.config(step, instrument)
            pipeline.resources(step, instrument)


def _refuse_idle_overrides(pipeline: Pipeline) -> None:
    """Refuse parameters that would apply to nothing, because a name is misspelled."""
    for camera, override in pipeline.instruments.items():
        if camera not in load_cameras():
            known = ", ".join(load_cameras())
            raise BadPipeline(pipeline.name, f"instruments names {camera!r}, which is no camera: known are {known}")
        for step in override:
            if step not in pipeline.tasks:
                ours = ", ".join(pipeline.tasks)
                raise BadPipeline(pipeline.name, f"instruments.{camera} names {step!r}; its tasks are {ours}")


def _refuse_idle_specifications(pipeline: Pipeline) -> None:
    """Refuse specifications of what is not measured, and two of one place."""
    metrics = [f"{found.name}.{name}" for found in pipeline.classes() for name in found.metrics()]
    places = set()
    for number, one in enumerate(pipeline.specifications, 1):
        if one.metric not in metrics:
            raise BadPipeline(
                pipeline.name, f"specification {number} is of {one.metric}; its metrics are {', '.join(metrics)}"
            )
        if one.instrument and one.instrument not in load_cameras():
            raise BadPipeline(
                pipeline.name, f"specification {number} names the instrument {one.instrument!r}, which is none"
            )
        if one.place in places:
            raise BadPipeline(pipeline.name, f"specification {number} says {one.metric} {one.name} a second time")
        places.add(one.place)


def _reason(error: Exception) -> str:
    """Give the first thing that is wrong, on one line."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem} at line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return str(error).splitlines()[0]
