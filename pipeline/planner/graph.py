"""The plan in memory: quanta, what they read, what they will make."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from pipeline.code import code_digest
from pipeline.specification import Specification
from pipeline.task import LedgerTask, Resources, Task, TaskConfig
from schema.canonical import digest, output_key, output_uid, provenance_hash
from schema.settings import settings


@dataclass(frozen=True, slots=True)
class Place:
    """A coordinate: its key, digest and instrument."""

    coordinate_id: int
    digest: bytes
    instrument: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A dataset that is there, or is taken for being there."""

    uid: UUID
    key: str  # what enters the provenance hash of whoever reads it

    @property
    def quantum(self) -> None:
        """No quantum of the plan makes it."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A dataset that a quantum of the plan makes, or has made; its names are worked out for those who ask."""

    quantum: "Quantum"
    output: str

    @property
    def uid(self) -> UUID:
        """Identity, the same at every site."""
        return output_uid(self.quantum.provenance, self.output)

    @property
    def key(self) -> str:
        """What enters the provenance hash of whoever reads it."""
        return output_key(self.quantum.provenance, self.output)


Planned = Known | Made


@dataclass(frozen=True)
class Step:
    """What all quanta of a task on one instrument have in common."""

    task: type[Task]
    config: TaskConfig
    resources: Resources
    salt: int = 0  # above 0: recomputed on purpose

    @cached_property
    def code(self) -> bytes:
        """Digest of the task's code."""
        return code_digest(self.task)

    @cached_property
    def config_digest(self) -> bytes:
        """Digest of the parameters that change the result."""
        return digest(self.config.identity())


@dataclass(slots=True)
class Quantum:
    """One task on one data ID with given inputs; there are many, so none is larger than it must be."""

    step: Step
    place: Place
    inputs: list[tuple[str, int, Planned]]
    existing: dict[str, int] = field(default_factory=dict)  # output name to dataset, where an earlier run made it
    idle: bool = False  # an earlier run found that there is nothing to do
    _provenance: bytes = field(default=b"", init=False, repr=False)

    @property
    def task(self) -> type[Task]:
        """Class of the task."""
        return self.step.task

    @property
    def provenance(self) -> bytes:
        """Identity of the quantum, from the first time that somebody asks: all inputs must be there by then."""
        if not self._provenance:
            self._provenance = provenance_hash(
                self.task.name,
                self.step.code,
                self.step.config_digest,
                settings().compatibility_class,
                self.place.digest,
                [(role, ordinal, dataset.key) for role, ordinal, dataset in self.inputs],
                self.step.salt,
            )
        return self._provenance

    @property
    def reused(self) -> bool:
        """Whether every output is there already, or none will ever be."""
        return self.idle or (bool(self.task.outputs()) and self.existing.keys() >= self.task.outputs().keys())

    @property
    def patient(self) -> bool:
        """Whether it takes what there is when everything before it has ended, well or badly."""
        return issubclass(self.task, LedgerTask)

    def output(self, name: str) -> Made:
        """Give the dataset that an output is or will be."""
        return Made(self, name)


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    pipeline: str
    quanta: list[Quantum]
    refused: list[str]  # inputs that cannot be used, one sentence each
    costs: Mapping[str, float]  # CPU time of a quantum by task, a mean of earlier ones [s]; without those never run
    specifications: tuple[Specification, ...]  # of the metrics of these quanta
    inputs: tuple[str, ...] = ()  # collections that somebody named; empty: the default ones of the pipeline

    @cached_property
    def to_run(self) -> list[Quantum]:
        """Give the quanta that must be computed."""
        return [quantum for quantum in self.quanta if not quantum.reused]

    @property
    def cpu_s(self) -> float | None:
        """Estimate of the CPU time of what is to run [s]; None when none of its tasks was ever run."""
        known = [cost for cost in (self.estimate(name, n) for name, n, _ in self.counts()) if cost is not None]
        return sum(known) if known or not self.to_run else None

    @cached_property
    def digest(self) -> bytes:
        """Give what identifies the plan: the same quanta are the same plan, loaded or not."""
        return digest(
            [self.pipeline, sorted(quantum.provenance.hex() for quantum in self.quanta if not quantum.patient)]
        )

    def estimate(self, task: str, n: int) -> float | None:
        """Estimate the CPU time of n quanta of a task [s]; None when it was never run."""
        return n * self.costs[task] if n and task in self.costs else None

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """Give (task, to run, reused) in the order of the pipeline."""
        to_run = Counter(quantum.task.name for quantum in self.to_run)
        every = Counter(quantum.task.name for quantum in self.quanta)
        for name, total in every.items():
            yield name, to_run[name], total - to_run[name]
