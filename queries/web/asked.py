"""Named queries with their answers: what a page draws, and how else one gets it."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from psycopg.sql import Literal

from queries.columns import Column
from queries.named import Query, bind, named
from queries.readonly import Answer, Limits, answer_named
from schema.settings import Settings

NUMBERED = re.compile(r"\$(\d+)")


@dataclass(frozen=True)
class Asked:
    """A named query, what it was given, and what came back."""

    query: Query
    given: dict[str, str]
    values: list[Any]
    answer: Answer

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Rows by the names of their columns."""
        return [dict(zip(self.answer.names, row, strict=True)) for row in self.answer.rows]

    @property
    def columns(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.answer.columns}

    @property
    def sql(self) -> str:
        """The statement with its values written in: it can be run as it stands."""
        return written(self.query, self.values)

    @property
    def command(self) -> str:
        """The same question on the command line."""
        words = [word for name, value in self.given.items() for word in (f"--{name}", value)]
        return shlex.join(["skyledger", "query", self.query.name, *words])

    @property
    def console(self) -> str:
        """Address of the statement in the console."""
        return f"/console?{urlencode({'sql': self.sql})}"

    def download(self, form: str) -> str:
        """Give the address of the rows as `csv` or `parquet`."""
        return f"/data/{self.query.name}.{form}" + (f"?{urlencode(self.given)}" if self.given else "")


def ask(using: Settings, limits: Limits, name: str, /, **parameters: Any) -> Asked:
    """Answer a named query; a parameter that is None or empty is not given.

    Raises
    ------
    WrongCall, TimeLimit, RefusedSql
        Raised if it is called wrongly, or takes too long.
    """
    query = named(name)
    given = {key: str(value) for key, value in parameters.items() if value not in (None, "")}
    values = bind(query, given)
    return Asked(query, given, values, answer_named(query, values, using, limits))


def written(query: Query, values: Sequence[Any]) -> str:
    """Write the values of a query into its statement."""
    return NUMBERED.sub(lambda found: Literal(values[int(found[1]) - 1]).as_string(None).strip(), query.statement)
