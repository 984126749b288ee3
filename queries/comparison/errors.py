"""What can be wrong with a comparison, one sentence each."""

from collections.abc import Sequence

from schema.errors import SkyledgerError


class UnknownDatasetType(SkyledgerError):
    """A dataset type that there is not."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"there is no dataset type {name!r}; there are {', '.join(known) or 'none yet'}")


class UnknownMetric(SkyledgerError):
    """A metric that nothing was measured by."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"there is no metric {name!r}; there are {', '.join(known) or 'none yet'}")
