"""Two lineages walked in step, level by level: where recipes differ, and where other content came in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection

from queries.comparison.members import Pair
from schema.dimensions import SPOKEN

T = TypeVar("T")
BATCH = 200_000  # datasets that are asked for at once


@dataclass(frozen=True, slots=True)
class Recipe:
    """Code, configuration and environment; `task` is None for what came from outside."""

    task: str | None
    code_digest: str | None
    git_commit: str | None
    git_dirty: bool | None
    config_id: int | None
    salt: int | None
    compatibility_class: str | None
    software_id: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """A dataset and how it was made; what was made alike shares its recipe."""

    dataset_id: int
    dataset_type: str
    quantum_id: int | None
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Step:
    """A pair of datasets, how both were made, and the pairs of inputs whose content differs."""

    dataset_type: str
    a: Made
    b: Made
    inputs: tuple["Read", ...]


class Read(NamedTuple):
    """Inputs of one role whose content differs; None where one side has none there.

    Two of different data IDs are a pair only where each side has exactly one left; `moved` then names both data IDs.
    """

    role: str
    dataset_type: str
    a: int | None
    b: int | None
    moved: tuple[str, str] | None = None

    @property
    def pair(self) -> Pair | None:
        """Both inputs, if there are two."""
        return None if self.a is None or self.b is None else Pair(self.a, self.b)


@dataclass
class Walk:
    """What was found: each pair of quanta once, whatever leads to it."""

    steps: dict[Pair, Step] = field(default_factory=dict)
    alike: dict[Pair, Pair] = field(default_factory=dict)  # pair to the one of the same two quanta that was looked at


MADE = """
select dataset_id, dataset_type, quantum_id, task, code_digest, git_commit, git_dirty, config_id, salt,
       compatibility_class, software_id
from recipe where dataset_id = any(%s)"""
PLACES = f"select dataset_id, {', '.join(SPOKEN)} from dataset where dataset_id = any(%s)"  # noqa: S608
# Inputs are set against each other by role, type and data ID, so that one more of them does not shift all others.
INPUTS = """
with pair as (select * from unnest(%(a)s::bigint[], %(b)s::bigint[]) as p (a, b)),
read_a as (
  select p.a, p.b, l.role, l.ordinal, x.dataset_type, x.coordinate_id, x.dataset_id, x.content_digest,
         row_number() over (partition by p.a, p.b, l.role, x.dataset_type, x.coordinate_id order by l.ordinal) as n
  from pair p join lineage l on l.dataset_id = p.a join recipe x on x.dataset_id = l.input_dataset_id
), read_b as (
  select p.a, p.b, l.role, l.ordinal, x.dataset_type, x.coordinate_id, x.dataset_id, x.content_digest,
         row_number() over (partition by p.a, p.b, l.role, x.dataset_type, x.coordinate_id order by l.ordinal) as n
  from pair p join lineage l on l.dataset_id = p.b join recipe x on x.dataset_id = l.input_dataset_id
)
select a, b, role, dataset_type, u.dataset_id as read_a, v.dataset_id as read_b
from read_a u full join read_b v using (a, b, role, dataset_type, coordinate_id, n)
where u.content_digest is distinct from v.content_digest
order by a, b, role, coalesce(u.ordinal, v.ordinal), u.ordinal nulls last"""


def walk(connection: Connection[Any], changed: Iterable[Pair]) -> Walk:
    """Walk back from changed datasets as far as content differs.

    Each level is asked for as a whole; a pair of quanta is looked at once, for whichever of its outputs came first.
    Inputs of equal content end the walk there: whatever made them is no reason. So do different tasks.
    """
    found = Walk()
    quanta: dict[tuple[int | None, int | None], Pair] = {}
    level = list(dict.fromkeys(changed))
    while level:
        made = _made(connection, level)
        for pair in level:
            key = (made[pair.a].quantum_id, made[pair.b].quantum_id)
            found.alike[pair] = pair if None in key else quanta.setdefault(key, pair)
        fresh = [pair for pair in level if found.alike[pair] == pair]
        reads = _inputs(
            connection, [pair for pair in fresh if made[pair.a].recipe.task == made[pair.b].recipe.task is not None]
        )
        for pair in fresh:
            a, b = made[pair.a], made[pair.b]
            found.steps[pair] = Step(a.dataset_type, a, b, tuple(reads[pair]))
        below = dict.fromkeys(read.pair for pair in fresh for read in reads[pair])
        level = [pair for pair in below if pair is not None and pair not in found.alike]
    return found


def _made(connection: Connection[Any], pairs: Sequence[Pair]) -> dict[int, Made]:
    """Say how the datasets of some pairs were made."""
    ids = sorted({dataset for pair in pairs for dataset in pair})
    recipes: dict[tuple[Any, ...], Recipe] = {}
    found = {}
    for some in _batches(ids):
        for dataset, dataset_type, quantum, *recipe in connection.execute(MADE, [some]):
            key = tuple(recipe)
            shared = recipes.get(key) or recipes.setdefault(key, Recipe(*key))
            found[dataset] = Made(dataset, intern(dataset_type), quantum, shared)
    return found


def _inputs(connection: Connection[Any], pairs: Sequence[Pair]) -> defaultdict[Pair, list[Read]]:
    """Give the inputs of pairs that were both made here, as far as their content differs."""
    found: defaultdict[Pair, list[Read]] = defaultdict(list)
    left: dict[tuple[Pair, str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for some in _batches(pairs):
        values = {"a": [pair.a for pair in some], "b": [pair.b for pair in some]}
        for a, b, role, dataset_type, read_a, read_b in connection.execute(INPUTS, values):
            if read_a is not None and read_b is not None:
                found[Pair(a, b)].append(Read(intern(role), intern(dataset_type), read_a, read_b))
                continue
            of_a, of_b = left[Pair(a, b), role, dataset_type]
            of_a += [] if read_a is None else [read_a]
            of_b += [] if read_b is None else [read_b]
    alone = [reads for reads in left.values() if len(reads[0]) == len(reads[1]) == 1]
    places = _places(connection, [dataset for of_a, of_b in alone for dataset in of_a + of_b])
    for (pair, role, dataset_type), (of_a, of_b) in left.items():
        if len(of_a) == len(of_b) == 1:
            one, other = of_a[0], of_b[0]
            found[pair].append(Read(role, dataset_type, one, other, _apart(places[one], places[other])))
            continue
        found[pair] += [Read(role, dataset_type, one, None) for one in of_a]
        found[pair] += [Read(role, dataset_type, None, one) for one in of_b]
    return found


def _places(connection: Connection[Any], datasets: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Give the data IDs of some datasets."""
    found = {}
    for some in _batches(sorted(set(datasets))):
        for dataset, *values in connection.execute(PLACES, [some]):
            found[dataset] = dict(zip(SPOKEN, values, strict=True))
    return found


def _apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, str]:
    """Say in which dimensions two data IDs differ."""
    names = [name for name in SPOKEN if a[name] != b[name]]
    return _words(names, a), _words(names, b)


def _words(names: Sequence[str], place: Mapping[str, Any]) -> str:
    return " ".join(f"{name} {place[name]}" for name in names if place[name] is not None) or "another data ID"


def _batches(of: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a level that may be large, so that the answers of the server are not held all at once."""
    for start in range(0, len(of), BATCH):
        yield of[start : start + BATCH]
