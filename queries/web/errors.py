"""What can be wrong with a request to the pages, and which HTTP status that is."""

import psycopg

from queries.errors import NoPicture, TimeLimit, UnknownDataset, UnknownQuery
from schema.errors import NoDatabase, OutdatedSchema, SkyledgerError, StoreBroken


class NotThere(SkyledgerError):
    """Something that a page is asked for and the ledger does not hold."""

    def __init__(self, kind: str, name: object, listed: str) -> None:
        self.kind, self.name, self.listed = kind, name, listed
        super().__init__(f"there is no {kind} {name} in this ledger: {listed}")


class FromElsewhere(SkyledgerError):
    """A statement that another site's page wants to have run."""

    def __init__(self) -> None:
        super().__init__("this link came from another site: open the console and run the statement there")


class Busy(SkyledgerError):
    """More statements than are answered at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"{most} statements and downloads are being answered already: try again in a moment")


class NoText(SkyledgerError):
    """An address with the character NUL, which no text of the database can hold."""

    def __init__(self) -> None:
        super().__init__("the address holds the character NUL (%00): take it out")


class NoPort(SkyledgerError):
    """A port that cannot be listened on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port, self.reason = host, port, reason
        super().__init__(f"port {port} of {host} cannot be used ({reason}): choose another with --port")


class DatabaseLost(SkyledgerError):
    """A database that went away while it answered."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the database went away ({reason}): load the page again, or see `skyledger doctor`")


STATUS: dict[type[Exception], int] = {
    NotThere: 404,
    UnknownQuery: 404,
    UnknownDataset: 404,
    NoPicture: 404,
    StoreBroken: 404,
    FromElsewhere: 403,
    TimeLimit: 504,
    NoDatabase: 503,
    OutdatedSchema: 503,
    DatabaseLost: 503,
    Busy: 503,
    SkyledgerError: 400,
}


def status(error: SkyledgerError) -> int:
    """Give the HTTP status of an error; 400 unless its class says otherwise."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def lost(error: psycopg.OperationalError) -> DatabaseLost:
    """Give the sentence for a connection that broke."""
    return DatabaseLost(" ".join(str(error).split()) or type(error).__name__)
