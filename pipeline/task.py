"""The contract of a task: what it reads, writes and measures."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal

from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from schema.store import Store

StorageClass = Literal["file", "image", "table"]


@dataclass(frozen=True)
class Input:
    """A dataset at the task's own data ID; of exposures and visits of one observation type only, where it names one.

    Types of observations are those of `registry.exposure`: science, bias, dark, flat, and others as headers say.
    """

    dataset_type: str
    storage: StorageClass
    optional: bool = False
    observation_type: str | None = None


@dataclass(frozen=True)
class Gather:
    """All datasets of a type whose data IDs agree with the task's own in the task's dimensions; given as a list.

    These are those that the same plan makes or reuses, where one of its tasks gives the type; what the collections hold
    beside them is not looked at, so that a selection means what it says. Else they are what the collections hold.

    The list is in the order of their data IDs. Filter, band, night and visit of an exposure are those of its record.
    All of them count: where one is bad the task waits. A task that has no required `Input` runs at the data IDs that
    its first `Gather` leads to.
    """

    dataset_type: str
    storage: StorageClass
    at_least: int = 1  # with fewer there is nothing to run; 0: the list may be empty
    observation_type: str | None = None


@dataclass(frozen=True)
class Prerequisite:
    """All datasets of a type whose footprint overlaps the task's data ID on the sky; given as a list.

    `collection` names the one collection of the inputs to look in, with fields of the task's config between braces; all
    of them are searched where it is None.
    """

    dataset_type: str
    storage: StorageClass
    collection: str | None = None


@dataclass(frozen=True)
class Calibration:
    """The dataset of a type that is valid at the time of the task's data ID, from calibration collections.

    It is that of the same instrument, and of the same detector, physical filter and band where the type has these
    dimensions. An exposure's time is when its shutter opened, a visit's that of its first exposure (TAI). A task
    without either has the time of the earliest exposure that it gathers something of.

    `when` names a bool of the task's config: where that is false the dataset is neither looked for nor part of the
    provenance, and `run` is given None.
    """

    dataset_type: str
    storage: StorageClass
    optional: bool = False
    when: str = ""

    def wanted(self, config: "TaskConfig") -> bool:
        """Tell whether a task with this config takes it."""
        return not self.when or bool(getattr(config, self.when))


Role = Input | Gather | Prerequisite | Calibration
"""A declared input; one with storage "file" is given as the file itself, whatever its class, to read parts of."""


@dataclass(frozen=True)
class Output:
    """A dataset that the task makes at its data ID."""

    dataset_type: str
    storage: Literal["image", "table"]
    catalog: str | None = None  # the catalog table whose rows it holds; its definition is the schema of the file


@dataclass(frozen=True)
class Metric:
    """A number about one of the outputs."""

    of: str
    unit: str
    description: str


@dataclass(frozen=True)
class Result:
    """What a task gives back: outputs by name, metric values by name."""

    outputs: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


COST = {
    "wall": ("s", "Duration of the execution."),
    "cpu": ("s", "CPU time of the execution."),
    "memory": ("MiB", "Peak resident memory during the execution."),
}


class Resources(BaseModel):
    """What an attempt at a unit may take; never part of its identity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: str = "normal"  # class of memory, by its name in work.queue
    time_limit_s: int = Field(default=3600, gt=0, lt=1 << 31)


class TaskConfig(BaseModel):
    """Parameters of a task; a field with `json_schema_extra={"affects_output": False}` does not enter its identity.

    No parameter can be called `resources`: that is what a pipeline calls what the task may take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "resources" in cls.model_fields:
            raise TypeError(f"{cls.__name__}: a parameter cannot be called resources")

    def identity(self) -> dict[str, Any]:
        """Give the fields that change the result, as JSON values."""
        idle = {
            name
            for name, info in type(self).model_fields.items()
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("affects_output") is False
        }
        return self.model_dump(mode="json", exclude=idle)


class Task(ABC):
    """A step of a pipeline.

    A subclass sets `name`, `dimensions` and `Config`, declares inputs, outputs and metrics as class attributes,
    and computes in `run`. It gets what it declares and nothing else, so that equal inputs give equal outputs. One that
    inherits from another task may declare any of them anew, or drop it by None.
    """

    name: ClassVar[str]
    dimensions: ClassVar[tuple[str, ...]]
    version: ClassVar[int] = 1  # raise it to recompute on purpose when the code did not change
    Config: ClassVar[type[TaskConfig]] = TaskConfig
    resources: ClassVar[Resources] = Resources()  # a pipeline may change them, for all cameras or for some

    def __init__(self, config: TaskConfig) -> None:
        self.config = config

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, wanted in cls.calibrations().items():
            switch = cls.Config.model_fields.get(wanted.when)
            if wanted.when and (switch is None or switch.annotation is not bool):
                raise TypeError(f"{cls.__name__}.{name}: {wanted.when!r} is no bool of {cls.Config.__name__}")

    @abstractmethod
    def run(self, *args: Any, **kwargs: Any) -> Result:
        """Compute the outputs; inputs come as keyword arguments under their declared names."""

    @classmethod
    @cache
    def _declared(cls, kind: type) -> dict[str, Any]:
        names = dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base))
        return {name: value for name in names if isinstance(value := getattr(cls, name, None), kind)}

    @classmethod
    def inputs(cls) -> dict[str, Input]:
        """Give the inputs at the task's own data ID."""
        return cls._declared(Input)

    @classmethod
    def gathers(cls) -> dict[str, Gather]:
        """Give the inputs of which there are many."""
        return cls._declared(Gather)

    @classmethod
    def leading(cls) -> Input | Gather | None:
        """Give what says at which data IDs it runs: the first required input, else the first that it gathers."""
        required = (wanted for wanted in cls.inputs().values() if not wanted.optional)
        return next(required, None) or next(iter(cls.gathers().values()), None)

    @classmethod
    def prerequisites(cls) -> dict[str, Prerequisite]:
        """Give the inputs found on the sky."""
        return cls._declared(Prerequisite)

    @classmethod
    def calibrations(cls) -> dict[str, Calibration]:
        """Give the inputs found by their validity."""
        return cls._declared(Calibration)

    @classmethod
    def roles(cls) -> dict[str, Role]:
        """Give all that it reads."""
        return {**cls.inputs(), **cls.gathers(), **cls.prerequisites(), **cls.calibrations()}

    @classmethod
    def outputs(cls) -> dict[str, Output]:
        """Give the outputs."""
        return cls._declared(Output)

    @classmethod
    def metrics(cls) -> dict[str, Metric]:
        """Give the metrics; what the first output cost is measured for every task."""
        of = next(iter(cls.outputs()), None)
        cost = {} if of is None else {name: Metric(of, unit, text) for name, (unit, text) in COST.items()}
        return cls._declared(Metric) | cost


@dataclass(frozen=True)
class Ledger:
    """What a task that works on the ledger itself is given instead of inputs."""

    connection: Connection[Any]
    store: Store
    run_id: int
    token: int


class LedgerTask(Task):
    """A task whose product is rows of the ledger; it must be safe to repeat."""

    @abstractmethod
    def run(self, ledger: Ledger) -> Result:
        """Do the work; a repeat finds it done."""
