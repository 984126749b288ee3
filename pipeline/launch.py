"""Workers on a batch system: blocks of `skyledger work`, submitted through a provider of Parsl."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schema.errors import SkyledgerError
from schema.settings import settings

PROVIDERS = {
    "local": "LocalProvider",
    "slurm": "SlurmProvider",
    "htcondor": "CondorProvider",
    "pbs": "PBSProProvider",
    "lsf": "LSFProvider",
    "grid_engine": "GridEngineProvider",
}
Provider = Literal["local", "slurm", "htcondor", "pbs", "lsf", "grid_engine"]


class BadSite(SkyledgerError):
    """A description of a batch system that cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}; docs/operators.md shows how a site is described")


class NotSubmitted(SkyledgerError):
    """A batch system that does not take a job."""

    def __init__(self, provider: str, problem: str) -> None:
        self.provider, self.problem = provider, problem
        super().__init__(f"{provider} did not take the job: {problem}")


class Job(NamedTuple):
    """A job of the batch system."""

    number: str
    state: str
    ended: bool


class Site(BaseModel):
    """A batch system, and what is asked of it.

    Attributes
    ----------
    blocks
        Jobs to submit.
    workers
        Worker processes of each.
    idle_s
        A block ends when nothing was queued or running for this long (s).
    options
        Parameters of Parsl's provider: partition, account, walltime, worker_init and so on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Provider
    blocks: int = Field(1, ge=1, le=10_000)
    workers: int = Field(ge=1, le=1024)
    idle_s: float = Field(600.0, ge=1, allow_inf_nan=False)
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)

    @property
    def command(self) -> str:
        """Command line of a block; the environment of whoever submits goes with it."""
        words = [sys.executable, "-P", "-m", "skyledger", "work", "--workers", self.workers, "--idle", self.idle_s]
        return shlex.join(map(str, words))


def read_site(path: Path) -> Site:
    """Read the YAML that describes a batch system.

    Raises
    ------
    BadSite
        Raised if there is no such file, or it says something else.
    """
    try:
        return Site.model_validate(yaml.safe_load(path.read_text()))
    except OSError as error:
        raise BadSite(path, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSite(path, f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise BadSite(path, " ".join(str(error).split())) from error


class Blocks:
    """Jobs on a batch system.

    Raises
    ------
    BadSite
        Raised if its provider does not take the options; nothing is submitted or written yet.
    """

    def __init__(self, path: Path, site: Site) -> None:
        from parsl import providers

        self.site = site
        try:
            self.provider: Any = getattr(providers, PROVIDERS[site.provider])(**site.options)
        except TypeError as error:
            raise BadSite(path, f"options: {error}") from error
        self.folder = settings().home / "launch"
        self.provider.script_dir = str(self.folder)
        self.jobs: list[str] = []

    def submit(self, blocks: int) -> Sequence[str]:
        """Submit some blocks; give their numbers. Their scripts, and what they write, lie in `folder`.

        Raises
        ------
        NotSubmitted
            Raised if the batch system refuses one; those before it stay.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(blocks):
            try:
                job = self.provider.submit(self.site.command, tasks_per_node=1, job_name="skyledger")
            except Exception as error:  # each provider has errors of its own
                raise NotSubmitted(self.site.provider, " ".join(str(error).split())) from error
            if job is None:
                raise NotSubmitted(self.site.provider, "there is no room for another one")
            self.jobs.append(str(job))
        return self.jobs

    def states(self) -> list[Job]:
        """Ask how the jobs are."""
        told = self.provider.status(self.jobs)
        return [Job(job, one.state.name.lower(), one.terminal) for job, one in zip(self.jobs, told, strict=True)]

    def cancel(self) -> None:
        """Take the jobs back; what their workers hold returns to the queue."""
        self.provider.cancel(self.jobs)
