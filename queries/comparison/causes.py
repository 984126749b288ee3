"""Causes of changed datasets: what differs where two lineages part, counted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

from psycopg import Connection

from queries.comparison.members import Pair
from queries.comparison.reasons import Facts, Reason, reasons
from queries.comparison.walk import Step, Walk

EXAMPLES = 3  # pairs of datasets that are named for a cause


@dataclass
class Cause:
    """A reason and what it changed; `examples` are pairs of datasets at which the lineages part."""

    reason: Reason
    n: int = 0  # changed datasets
    n_alone: int = 0  # of these, those that have no other cause
    n_places: int = 0  # pairs at which the lineages part
    by_type: dict[str, int] = field(default_factory=dict)
    examples: list[Pair] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What it changed and why, for people."""
        alone = "" if self.n_alone == self.n else f" ({self.n_alone:,} of them for this alone)"
        noun = "dataset" if self.n == 1 else "datasets"
        return f"{self.n:,} {noun} changed because {self.reason.clause(self.n_places)}{alone}"


def causes(connection: Connection[Any], walk: Walk, changed: Mapping[Pair, str]) -> list[Cause]:
    """Give the causes of changed datasets, those that changed most first.

    A dataset has every cause that its lineage meets on the way back through inputs whose content differs.

    Parameters
    ----------
    changed
        Dataset type of each changed pair.
    """
    facts = Facts.of(connection, walk.steps.values())
    found: dict[Reason, Cause] = {}
    masks: dict[Pair, int] = {}  # of a step, a bit for each cause
    numbers: dict[Reason, int] = {}
    below = {pair: _below(walk, step) for pair, step in walk.steps.items()}
    for pair in TopologicalSorter(below).static_order():
        mask = 0
        for reason in dict.fromkeys(reasons(walk.steps[pair], facts)):
            mask |= 1 << numbers.setdefault(reason, len(numbers))
            cause = found.setdefault(reason, Cause(reason))
            cause.n_places += 1
            if len(cause.examples) < EXAMPLES:
                cause.examples.append(pair)
        for other in below[pair]:
            mask |= masks[other]
        masks[pair] = mask
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for pair, dataset_type in changed.items():
        counts[dataset_type, masks[walk.alike[pair]]] += 1
    for (dataset_type, mask), n in counts.items():
        for reason, number in numbers.items():
            if mask >> number & 1:
                cause = found[reason]
                cause.n += n
                cause.by_type[dataset_type] = cause.by_type.get(dataset_type, 0) + n
                cause.n_alone += n if mask == 1 << number else 0
    return sorted(found.values(), key=lambda cause: (-cause.n, cause.reason.kind, cause.reason.what))


def _below(walk: Walk, step: Step) -> set[Pair]:
    """Give the steps that a step leads to."""
    return {walk.alike[read.pair] for read in step.inputs if read.pair}
