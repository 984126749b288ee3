"""Reasons why two datasets of one place differ: code, configuration, environment, inputs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection

from queries.comparison.changes import changes
from queries.comparison.walk import Recipe, Step
from schema.canonical import canonical

Kind = Literal["code", "config", "environment", "task", "input", "inputs", "nondeterminism"]
DIGITS = 12  # of a digest, as people tell them apart
PACKAGES = 3  # that are named of an environment
BODIES = "select distinct on (config_id) config_id, config from recipe where dataset_id = any(%s)"
ENVIRONMENTS = "select distinct on (software_id) software_id, packages from recipe where dataset_id = any(%s)"


@dataclass(frozen=True)
class Reason:
    """What differs, apart from where: what has the same reason has the same cause."""

    kind: Kind
    task: str | None  # whose code, configuration, environment or inputs; None for what came from outside
    what: str  # path in the configuration, dataset type of an input…
    before: str = ""
    after: str = ""

    def clause(self, n_places: int) -> str:
        """Say it after a `because`.

        Parameters
        ----------
        n_places
            Datasets in which it was met.
        """
        change = f"{self.before} -> {self.after}"
        match self.kind:
            case "code":
                return f"task {self.task} has other code: {change}"
            case "config":
                return f"task {self.task} has config {self.what} {change}"
            case "environment":
                return f"task {self.task} ran in another {self.what}: {change}"
            case "task":
                return f"another task made {self.what}: {change}"
            case "input":
                files = "1 file" if n_places == 1 else f"{n_places:,} files"
                return f"another {self.what} came from outside ({files})" + (f": {change}" if self.before else "")
            case "inputs":
                return f"task {self.task} read other inputs: {self.what} {change}"
            case "nondeterminism":
                return f"task {self.task} gave something else with the same recipe and inputs: {self.what}"


@dataclass(frozen=True)
class Facts:
    """What keys stand for: configurations and environments that differ at some step."""

    configs: Mapping[int | None, Any]
    packages: Mapping[int | None, Any]

    @classmethod
    def of(cls, connection: Connection[Any], steps: Iterable[Step]) -> "Facts":
        """Ask for what the steps need, through one dataset that has it."""
        configs: dict[int | None, int] = {}
        packages: dict[int | None, int] = {}
        for step in steps:
            for made in (step.a, step.b):
                if step.a.recipe.config_id != step.b.recipe.config_id:
                    configs[made.recipe.config_id] = made.dataset_id
                if step.a.recipe.software_id != step.b.recipe.software_id:
                    packages[made.recipe.software_id] = made.dataset_id
        bodies = connection.execute(BODIES, [list(configs.values())]).fetchall()
        environments = connection.execute(ENVIRONMENTS, [list(packages.values())]).fetchall()
        return cls(dict(bodies), dict(environments))


def reasons(step: Step, facts: Facts) -> list[Reason]:
    """Give what differs at a step itself; nothing where only its inputs do."""
    a, b = step.a.recipe, step.b.recipe
    if a.task is None and b.task is None:
        return [Reason("input", None, step.dataset_type)]
    if a.task is None or b.task is None:
        return [Reason("input", None, step.dataset_type, _origin(a), _origin(b))]
    if a.task != b.task:
        return [Reason("task", None, step.dataset_type, a.task, b.task)]
    found = [*_recipe(a, b, facts), *_inputs(step)]
    return found if found or step.inputs else [_nondeterminism(a, b, facts)]


def _origin(made: Recipe) -> str:
    return "a file from outside" if made.task is None else f"made by task {made.task}"


def _recipe(a: Recipe, b: Recipe, facts: Facts) -> Iterator[Reason]:
    """Compare code, configuration and declared environment."""
    if a.code_digest != b.code_digest:
        yield Reason("code", a.task, "code", _code(a), _code(b))
    if a.config_id != b.config_id:
        for change in changes(facts.configs.get(a.config_id), facts.configs.get(b.config_id)):
            yield Reason("config", a.task, change.path, _text(change.before), _text(change.after))
    if a.compatibility_class != b.compatibility_class:
        classes = (str(made.compatibility_class or "unknown") for made in (a, b))
        yield Reason("environment", a.task, "compatibility class", *classes)


def _code(made: Recipe) -> str:
    """Give the digest of the code, and the commit at which it was first seen."""
    commit = made.git_commit[:DIGITS] if made.git_commit else "no commit known"
    return f"{(made.code_digest or '')[:DIGITS]} ({commit}{', uncommitted changes' if made.git_dirty else ''})"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def _inputs(step: Step) -> Iterator[Reason]:
    """Give what one side read and the other did not."""
    for read in step.inputs:
        if read.pair is None:
            sides = ("not read", "read") if read.a is None else ("read", "not read")
            yield Reason("inputs", step.a.recipe.task, f"{read.role} ({read.dataset_type})", *sides)
        elif read.moved is not None:
            yield Reason("inputs", step.a.recipe.task, f"{read.role} ({read.dataset_type})", *read.moved)


def _nondeterminism(a: Recipe, b: Recipe, facts: Facts) -> Reason:
    """Say what is known about two executions that should have given the same."""
    said = [f"salt {a.salt} -> {b.salt}"] if a.salt != b.salt else []
    if a.software_id != b.software_id:
        found = list(changes(facts.packages.get(a.software_id), facts.packages.get(b.software_id)))
        said += [f"{change.path} {_text(change.before)} -> {_text(change.after)}" for change in found[:PACKAGES]]
        said += [f"{len(found) - PACKAGES} other packages"] if len(found) > PACKAGES else []
    return Reason("nondeterminism", a.task, ", ".join(said) or "nothing else differs")
