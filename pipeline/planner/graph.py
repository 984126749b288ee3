"""The plan in memory: quanta, what they read, what they will make."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from pipeline.code import code_digest
from pipeline.specification import Specification
from pipeline.task import LedgerTask, Resources, Task, TaskConfig
from schema.canonical import digest, output_key, output_uid, provenance_hash
from schema.ledger.software import COMPATIBILITY


@dataclass(frozen=True)
class Place:
    """A coordinate: its key, digest and instrument."""

    coordinate_id: int
    digest: bytes
    instrument: str | None


@dataclass(frozen=True)
class Planned:
    """A dataset that exists, or will when its quantum has run."""

    uid: UUID
    key: str  # what enters the provenance hash of whoever reads it
    quantum: "Quantum | None" = None  # of this plan


@dataclass
class Quantum:
    """One task on one data ID with given inputs."""

    task: type[Task]
    config: TaskConfig
    place: Place
    inputs: list[tuple[str, int, Planned]]
    resources: Resources
    existing: dict[str, int] = field(default_factory=dict)  # output name to dataset, where an earlier run made it
    idle: bool = False  # an earlier run found that there is nothing to do

    @property
    def code(self) -> bytes:
        """Digest of the task's code."""
        return code_digest(self.task)

    @cached_property
    def config_digest(self) -> bytes:
        """Digest of the parameters that change the result."""
        return digest(self.config.identity())

    @cached_property
    def provenance(self) -> bytes:
        """Identity of the quantum."""
        return provenance_hash(
            self.task.name,
            self.code,
            self.config_digest,
            COMPATIBILITY,
            self.place.digest,
            [(role, ordinal, dataset.key) for role, ordinal, dataset in self.inputs],
        )

    @property
    def reused(self) -> bool:
        """Whether every output is there already, or none will ever be."""
        return self.idle or (bool(self.task.outputs()) and self.existing.keys() >= self.task.outputs().keys())

    @property
    def patient(self) -> bool:
        """Whether it takes what there is when everything before it has ended, well or badly."""
        return issubclass(self.task, LedgerTask)

    def output(self, name: str) -> Planned:
        """Give the dataset that an output is or will be."""
        return Planned(output_uid(self.provenance, name), output_key(self.provenance, name), self)


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    pipeline: str
    quanta: list[Quantum]
    refused: list[str]  # inputs that cannot be used, one sentence each
    cpu_s: float | None  # estimate from earlier executions; None when there are none
    specifications: tuple[Specification, ...]  # of the metrics of these quanta

    @property
    def to_run(self) -> list[Quantum]:
        """Give the quanta that must be computed."""
        return [quantum for quantum in self.quanta if not quantum.reused]

    @property
    def digest(self) -> bytes:
        """Give what identifies the plan: the same quanta are the same plan, loaded or not."""
        return digest(
            [self.pipeline, sorted(quantum.provenance.hex() for quantum in self.quanta if not quantum.patient)]
        )

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """Give (task, to run, reused) in the order of the pipeline."""
        to_run = Counter(quantum.task.name for quantum in self.to_run)
        every = Counter(quantum.task.name for quantum in self.quanta)
        for name, total in every.items():
            yield name, to_run[name], total - to_run[name]
