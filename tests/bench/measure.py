"""Measurements: subjects in turn, and the ratio of their speeds."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from tests.bench.size import Size

Measure = Callable[[], Mapping[str, float]]  # seconds per thing (unit, row, query) by subject
Rounds = dict[str, list[float]]  # the same, round by round
Shown = Literal["units/s", "rows/s", "quanta/s", "ms"]


@dataclass(frozen=True)
class Spread:
    """Least, middle and greatest of some values."""

    least: float
    middle: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Give the spread of values."""
        return cls(min(values), median(values), max(values))


@dataclass(frozen=True)
class Figure:
    """How fast our way is against a peer or a floor; times are in seconds per thing."""

    bench: str
    shown: Shown  # how absolute values are told
    ours: str
    peer: str
    our_times: Sequence[float]
    peer_times: Sequence[float]
    goal: float | None = None  # least median of the ratios that we want; nobody asserts it

    @property
    def ratios(self) -> list[float]:
        """Ratio of the speeds, round by round: what slows the machine for a while slows both."""
        return [peer / ours for ours, peer in zip(self.our_times, self.peer_times, strict=True)]

    def absolute(self, times: Sequence[float]) -> Spread:
        """Give times as they are shown: as rates or as milliseconds."""
        return Spread.of([1e3 * time if self.shown == "ms" else 1 / time for time in times])


def interleave(size: Size, measures: Sequence[Measure]) -> Rounds:
    """Measure every subject once a round, one after the other, so that a busy moment hits all of them.

    Rounds before the first warm caches up and are dropped.
    """
    found: Rounds = {}
    for number in range(-size.warm_ups, size.rounds):
        for measure in measures:
            for name, value in measure().items():
                if number >= 0:
                    found.setdefault(name, []).append(value)
    return found


def compare(bench: str, shown: Shown, found: Rounds, ours: str, peer: str, goal: float | None = None) -> Figure:
    """Set one subject against another."""
    return Figure(bench, shown, ours, peer, found[ours], found[peer], goal)


def seconds(action: Callable[[], object]) -> float:
    """Run something; give how long it took [s]."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
