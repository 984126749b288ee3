"""Reading with limits: SQL from users, and our own queries."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg import Connection, RawCursor, errors, pq
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import FloatLoader
from psycopg.types.string import TextLoader

from queries.columns import Column, describe
from queries.cones import with_loads
from queries.errors import RefusedSql, TimeLimit
from queries.named import Query
from schema.connect import connect
from schema.settings import Settings

CHUNK = 1000  # rows that come at once; an answer that is cut costs little more than what is kept
RANGES = [f"{kind}{form}" for kind in ("int4", "int8", "num", "date", "ts", "tstz") for form in ("range", "multirange")]
TIMES = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")
# Functions that PostgreSQL calls volatile because they give something else each time, and that change nothing.
HARMLESS = {
    "array_sample", "array_shuffle", "bernoulli", "clock_timestamp", "current_query", "gen_random_uuid", "random",
    "random_normal", "system", "timeofday", "uuidv4", "uuidv7",
}  # fmt: skip

# The views join up to nine tables. With PostgreSQL's limit of 8 the planner would join a view as a whole before it
# looks at what the view is joined with: measured at 10^5 datasets, 110 ms instead of 0.4 ms. At 16 it plans for 1 s.
LOCAL = {"timezone": "UTC", "join_collapse_limit": "12", "from_collapse_limit": "12", "geqo_threshold": "13"}


@dataclass(frozen=True)
class Limits:
    """What an answer may cost."""

    seconds: float = 30.0
    rows: int = 100_000


@dataclass(frozen=True)
class Answer:
    """Rows and their columns."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    cut: bool  # whether there were more rows

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    @property
    def note(self) -> str | None:
        """What the reader of the rows must know: that some are missing."""
        if not self.cut:
            return None
        return f"only the first {len(self.rows):,} rows are given: ask for less, or raise the row limit"


class TimeLoader(Loader):
    """Times as Python has them; as the server's text what Python cannot hold: infinity, BC, years above 9999."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        exact = psycopg.adapters.get_loader(oid, pq.Format.TEXT)
        assert exact is not None  # psycopg has one for each of TIMES
        self._exact = exact(oid, context)

    def load(self, data: Buffer) -> Any:
        """Give a time or its text."""
        text = bytes(data).decode()
        if text.endswith("infinity"):  # which psycopg refuses as a time, and takes for 0 as an interval
            return text
        try:
            return self._exact.load(data)
        except psycopg.DataError:
            return text


def answer_user(statement: str, using: Settings, limits: Limits) -> Answer:
    """Answer SQL that a user wrote.

    It is parsed before it runs: it must be one statement that gives rows. It runs in a READ ONLY transaction of its
    own, on a connection of its own, as a role that sees the views only. Functions that PostgreSQL calls volatile are
    refused by name, wherever the word stands: the transaction would not stop `pg_terminate_backend`, nor would
    the role stop `set_config` from lifting role and time limit.

    Raises
    ------
    RefusedSql
        Raised if it is wrong, or more than reading.
    TimeLimit
        Raised if it takes too long.
    """
    with _reading(using, statement, limits) as connection:
        _refuse_side_effects(connection, statement)
        return _answer(connection, statement, (), limits.rows)


def answer(statement: str, values: Sequence[Any], using: Settings, limits: Limits) -> Answer:
    """Answer a statement of our own in the same way; its parameters are `$1` and so on."""
    with _reading(using, statement, limits) as connection:
        return _answer(connection, statement, values, limits.rows)


@contextmanager
def session(using: Settings, limits: Limits) -> Iterator[Callable[[str, Sequence[Any], int], Answer]]:
    """Give a function of statement, values and most rows that answers several of our own, in one time limit."""
    with reading(using, limits) as connection:
        yield lambda statement, values, rows: _answer(connection, statement, values, rows)


def answer_named(query: Query, values: Sequence[Any], using: Settings, limits: Limits) -> Answer:
    """Answer a named query in the same way; of a catalog only the loads that its cone touches are read."""
    with _reading(using, query.statement, limits) as connection:
        columns = describe(connection, query.statement)  # this locks what the statement reads
        return _rows(connection, columns, query.statement, with_loads(connection, query, values), limits.rows)


@contextmanager
def reading(using: Settings, limits: Limits) -> Iterator[Connection[Any]]:
    """Open the same transaction for several statements of our own; the time is that of all of them together."""
    with _reading(using, "", limits) as connection:
        yield connection


@contextmanager
def _reading(using: Settings, statement: str, limits: Limits) -> Iterator[Connection[Any]]:
    """Open a read-only transaction that ends in time; nothing of it is ever committed."""
    with closing(connect("reader", using)) as connection:
        connection.autocommit, connection.read_only = False, True
        connection.adapters.register_loader("numeric", FloatLoader)
        for name in RANGES:
            connection.adapters.register_loader(name, TextLoader)
        for name in TIMES:
            connection.adapters.register_loader(name, TimeLoader)
        with _refusals(statement, limits), _watchdog(connection, limits.seconds):
            # The server's own limit is the second net, for when this process dies first.
            local = {**LOCAL, "statement_timeout": f"{2 * limits.seconds:.3f}s"}
            connection.execute(
                "select set_config(name, value, true) from unnest(%s::text[], %s::text[]) as s (name, value)",
                [list(local), list(local.values())],
            )
            yield connection


@contextmanager
def _watchdog(connection: Connection[Any], seconds: float) -> Iterator[None]:
    """Cancel whatever runs after so many seconds.

    It goes on cancelling: a request that arrives between two statements is lost.
    """
    done = Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with suppress(psycopg.Error):  # the server may be gone: whoever waits for it is told
                connection.cancel_safe()
            wait = 0.2

    thread = Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _refusals(statement: str, limits: Limits) -> Iterator[None]:
    """Turn what the server says about a statement into one sentence; a lost server is no refusal."""
    try:
        yield
    except errors.QueryCanceled as error:
        raise TimeLimit(limits.seconds) from error
    except errors.InsufficientPrivilege as error:
        raise RefusedSql(_primary(error), "readers see the views in the schema public") from error
    except errors.ReadOnlySqlTransaction as error:
        raise RefusedSql("it would write", "only reading is answered") from error
    except errors.ProtocolViolation as error:
        raise RefusedSql("it has a parameter such as $1", "write the value in its place") from error
    except UnicodeEncodeError as error:
        raise RefusedSql(f"its character {error.start + 1} is no UTF-8", "write the statement in UTF-8") from error
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.InternalError, psycopg.NotSupportedError) as error:
        if "multiple commands" in _primary(error):
            raise RefusedSql("it is more than one", "give one statement at a time") from error
        raise RefusedSql(_primary(error), error.diag.message_hint, _place(statement, error)) from error


def _primary(error: psycopg.Error) -> str:
    return error.diag.message_primary or " ".join(str(error).split())


def _place(statement: str, error: psycopg.Error) -> tuple[int, int] | None:
    """Give line and column, from 1, of what the server points at."""
    if error.diag.statement_position is None:
        return None
    before = statement[: int(error.diag.statement_position) - 1]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _refuse_side_effects(connection: Connection[Any], statement: str) -> None:
    """Refuse functions that may do more than read; words in comments and strings count, so nothing can hide there."""
    folded = statement.lower()
    if 'u&"' in folded:
        raise RefusedSql('names written as U&"…" are not read', "write them plainly")
    words = set(re.findall(r"[a-z_][a-z0-9_$]*", folded)) - HARMLESS
    found = connection.execute(
        """select distinct p.proname from pg_proc p
           where p.provolatile = 'v' and p.proname = any(%s) and has_function_privilege(p.oid, 'execute') order by 1""",
        [sorted(words)],
    ).fetchone()
    if found:
        raise RefusedSql(f"the function {found[0]} may do more than read")


def _answer(connection: Connection[Any], statement: str, values: Sequence[Any], limit: int) -> Answer:
    columns = describe(connection, statement)
    if not columns:
        raise RefusedSql("it is not a query", "only reading is answered, such as select … from source")
    return _rows(connection, columns, statement, values, limit)


def _rows(
    connection: Connection[Any], columns: tuple[Column, ...], statement: str, values: Sequence[Any], limit: int
) -> Answer:
    # What is left unread is cancelled when the stream goes out of scope.
    rows = list(islice(RawCursor(connection).stream(statement, values or None, size=CHUNK), limit + 1))
    return Answer(columns, rows[:limit], len(rows) > limit)
