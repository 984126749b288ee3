"""The quanta of one task while a plan finds what they read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.planner.graph import Quantum
from pipeline.planner.search import Search
from pipeline.task import Task


@dataclass
class Draft:
    """Quanta that are not complete yet; who adds inputs leaves out those that cannot have them."""

    task: type[Task]
    quanta: list[Quantum]
    bad: dict[int, str]  # by coordinate: what would be read is bad, or waits for something that is, and why
    gathered: dict[int, list[int]] = field(default_factory=dict)  # by coordinate: those of what it gathers

    def leave_out(self, search: Search, bad: Mapping[int, str]) -> None:
        """Leave out what would read something bad, and say of what and how many."""
        self.bad |= bad
        counts = Counter(bad[one.place.coordinate_id] for one in self.quanta if one.place.coordinate_id in bad)
        search.refused.extend(f"{said} ({n} data IDs)" if n > 1 else said for said, n in sorted(counts.items()))
        self.quanta = [one for one in self.quanta if one.place.coordinate_id not in bad]

    def keep(self, search: Search, kept: list[Quantum], lack: str) -> None:
        """Leave out what lacks something, and say of how many and what."""
        if n := len(self.quanta) - len(kept):
            search.refused.append(f"{n} data IDs of {self.task.name} are left out: {lack}")
        self.quanta = kept
