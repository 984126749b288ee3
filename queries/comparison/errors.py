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


class UnknownFormat(SkyledgerError):
    """A kept comparison in a form that this version does not read."""

    def __init__(self, found: object, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(f"the comparison was kept in form {found}, this version reads form {known}: compare anew")
