"""Definitions of campaigns: YAML files that say what is done again and again."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.campaigns.errors import BadCampaign
from pipeline.definition import Pipeline, check, read

FOLDER = Path(__file__).parent / "definitions"
CADENCE = re.compile(r"(?P<n>[1-9][0-9]{0,4}) *(?P<unit>minute|hour|day|week)s?")


class Overrides(BaseModel):
    """Parameters that differ from the pipeline's.

    `tasks` is for every camera, `instruments` for one; what the pipeline says of a camera stays against `tasks`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: dict[str, dict[str, Any]] = {}
    instruments: dict[str, dict[str, dict[str, Any]]] = {}


class Campaign(BaseModel):
    """What a campaign does.

    `where` is a condition on the view `dataset` for the data IDs to start from, `exclude` a SELECT of what is left out:
    of the column `uid` or `dataset_id`, or of data IDs (`instrument`, `visit`, `exposure`, `detector`, `band`). Without
    `every` turns are made by hand.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,62}$")
    description: str = Field(min_length=1)
    pipeline: str
    overrides: Overrides = Overrides()
    inputs: tuple[str, ...] = ()
    where: str | None = None
    exclude: str | None = None
    every: str | None = None

    @model_validator(mode="after")
    def _readable_cadence(self) -> Self:
        if self.every is not None and not CADENCE.fullmatch(self.every):
            raise ValueError(f"every: {self.every!r} is no cadence: write e.g. 7 days, 12 hours or 2 weeks")
        return self

    @property
    def cadence(self) -> timedelta | None:
        """Time from one turn to the next."""
        found = CADENCE.fullmatch(self.every or "")
        return timedelta(**{f"{found['unit']}s": int(found["n"])}) if found else None

    def resolve(self) -> Pipeline:
        """Give the pipeline as it is now, with the overrides of the campaign.

        Raises
        ------
        BadPipeline
            Raised if the pipeline, or a task or parameter of the overrides, does not exist.
        """
        pipeline = read(self.pipeline)
        tasks, instruments = self.overrides.tasks, self.overrides.instruments
        for step in tasks.keys() - pipeline.tasks.keys():
            raise BadCampaign(self.name, f"overrides.tasks names {step!r}; its tasks are {', '.join(pipeline.tasks)}")
        for camera in instruments.keys() - pipeline.instruments.keys():
            known = ", ".join(pipeline.instruments) or "none"
            raise BadCampaign(
                self.name, f"overrides.instruments names {camera!r}; those of {pipeline.name} are {known}"
            )
        changed = pipeline.model_copy(
            update={
                "tasks": _over(pipeline.tasks, tasks),
                "instruments": {
                    camera: _over(given, instruments.get(camera, {})) for camera, given in pipeline.instruments.items()
                },
            }
        )
        check(changed)
        return changed


def _over(given: dict[str, dict[str, Any]], changes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Put parameters over others, task by task."""
    return {step: {**given.get(step, {}), **changes.get(step, {})} for step in {**given, **changes}}


def shipped() -> list[str]:
    """Give the names of the campaigns that come with the house."""
    return sorted(found.stem for found in FOLDER.glob("*.yaml"))


def read_campaign(name: str) -> Campaign:
    """Read a definition by the path of its file, or by its name where it is shipped.

    Raises
    ------
    BadCampaign
        Raised if it cannot be found or read.
    BadPipeline
        Raised if its pipeline or overrides name what does not exist.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = Campaign.model_validate(body)
    except FileNotFoundError:
        raise BadCampaign(name, f"there is no file {path}; shipped are {', '.join(shipped())}") from None
    except OSError as error:
        raise BadCampaign(name, f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadCampaign(name, f"{path}: {place + ': ' if place else ''}{first['msg']}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadCampaign(name, f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if found.pipeline.endswith((".yaml", ".yml")):  # a timer starts elsewhere
        found = found.model_copy(update={"pipeline": str((path.parent / found.pipeline).resolve())})
    found.resolve()
    return found
