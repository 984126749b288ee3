"""Searches for datasets: what is asked, where, and as of when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schema.canonical import digest


@dataclass(frozen=True)
class Search:
    """A question for datasets.

    Parameters
    ----------
    where
        Condition in the language of `queries.datasets.parse`; None for all.
    dataset_types, collections
        Where to look, collections in this order; all types, and all datasets there are, when empty.
    without
        Datasets (uid or key) and collections that are left out.
    bind
        Values of `:name` in the condition.
    at
        Collections are looked at as they were then (UTC); as they are now when None.
    valid_at
        Of calibrations only what holds at that instant (TAI nanoseconds since 1970-01-01).
    every
        Also what a collection that is searched before hides.
    """

    where: str | None = None
    dataset_types: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    bind: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    valid_at: int | None = None
    every: bool = False

    def body(self) -> dict[str, Any]:
        """Give the question as JSON values; what is not asked for is left out."""
        found = {
            "where": self.where,
            "dataset_types": list(self.dataset_types),
            "collections": list(self.collections),
            "without": list(self.without),
            "bind": dict(self.bind),
            "at": self.at.isoformat() if self.at else None,
            "valid_at": self.valid_at,
            "every": self.every,
        }
        return {name: value for name, value in found.items() if value not in (None, [], {}) and value is not False}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Search":
        """Read what `body` gave."""
        lists = {name: tuple(value) for name, value in body.items() if isinstance(value, list)}
        at = datetime.fromisoformat(body["at"]) if "at" in body else None
        return cls(**{**body, **lists, "at": at})

    def digest(self) -> bytes:
        """Give the identity of the question, 32 bytes."""
        return digest(self.body())
