"""Figures and tables: an asked query with the words around it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from queries.columns import Column
from queries.web.asked import Asked
from queries.web.links import KNOWN, Link, Row
from schema.output import json_value

NOTHING = "Nothing yet."
BAD_STATES = ("dead", "error", "lost", "bad", "broken")
POSITIONS = ("ra", "dec")  # 4 digits of them say little
LONG = 40  # characters of a text that may not be squeezed into a narrow column
MOST = 1000  # characters of a cell; a download has all


@dataclass(frozen=True)
class Figure:
    """A query that is drawn."""

    asked: Asked
    title: str
    sentence: str
    option: Mapping[str, Any]
    empty: str = NOTHING
    tall: bool = False

    @property
    def drawn(self) -> bool:
        """Whether there is anything to be seen: rows may hold no number that can be drawn."""
        return bool(self.asked.rows) and any(series.get("data") for series in self.option.get("series", ()))


@dataclass(frozen=True)
class Heading:
    """The head of a column."""

    text: str
    unit: str
    description: str
    numeric: bool


@dataclass(frozen=True)
class Cell:
    """A value as it is shown; `order` is what the column is sorted by where the text would not do."""

    text: str
    link: str | None
    kind: str  # classes of page.css
    order: str


@dataclass(frozen=True)
class Table:
    """A query that is listed."""

    asked: Asked
    title: str
    sentence: str
    headings: list[Heading]
    rows: list[list[Cell]]
    empty: str = NOTHING


def figure(
    asked: Asked, title: str, sentence: str, option: Mapping[str, Any], *, empty: str = NOTHING, tall: bool = False
) -> Figure:
    """Draw a query; `option` is what ECharts takes, and may hold what `schema.output.json_value` takes."""
    return Figure(asked, title, sentence, json_value(dict(option)), empty, tall)


def table(
    asked: Asked,
    title: str,
    sentence: str,
    headings: Mapping[str, str] | None = None,
    *,
    links: Mapping[str, Link] | None = None,
    empty: str = NOTHING,
) -> Table:
    """List a query.

    Parameters
    ----------
    headings
        Columns to show with their headings, in order; all under their own names by default.
    links
        Column to the function that gives the address behind its cell, or None for no link; those of
        `queries.web.links` need not be named.
    """
    return Table(asked, title, sentence, *listing(asked.columns, asked.rows, headings, links), empty)


def listing(
    columns: Mapping[str, Column],
    rows: Sequence[Row],
    headings: Mapping[str, str] | None = None,
    links: Mapping[str, Link] | None = None,
) -> tuple[list[Heading], list[list[Cell]]]:
    """Give the head and the cells of a table."""
    chosen = headings or {name: name for name in columns}
    numeric = {name: _is_numeric([row[name] for row in rows]) for name in chosen}
    linked = {**KNOWN, **(links or {})}
    heads = [
        Heading(text, columns[name].unit or "", columns[name].description or "", numeric[name])
        for name, text in chosen.items()
    ]
    return heads, [[_cell(row, name, numeric[name], linked.get(name)) for name in chosen] for row in rows]


def _cell(row: Row, name: str, numeric: bool, link: Link | None) -> Cell:
    value = row[name]
    counted = name.startswith("n_") and isinstance(value, int)
    text = f"{value:,}" if counted else f"{value:.5f}" if name in POSITIONS and value is not None else text_of(value)
    if len(text) > MOST:
        text = f"{text[:MOST]}…"
    return Cell(text, link(row) if link and value is not None else None, _kind(value, numeric), _order(value))


def _kind(value: Any, numeric: bool) -> str:
    match value:
        case datetime():
            return "time"
        case str() if value in BAD_STATES:
            return "bad"
        case str() if len(value) > LONG:
            return "long"
        case _:
            return "number" if numeric else ""


def _order(value: Any) -> str:
    match value:
        case float() | int():
            return "" if isinstance(value, float) and math.isnan(value) else repr(value)
        case timedelta():
            return repr(value.total_seconds())
        case _:
            return text_of(value)[:MOST]


def _is_numeric(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def text_of(value: Any) -> str:
    """Give a value for people: 4 significant digits, times in UTC to the second, a dash for NULL."""
    match value:
        case None:
            return "—"
        case bool():
            return "yes" if value else "no"
        case float() if math.isnan(value):
            return "NaN"
        case float():
            return f"{value:.4g}" if abs(value) < 1e5 else f"{value:.8g}"
        case datetime():
            return f"{value.astimezone(UTC) if value.tzinfo else value:%Y-%m-%d %H:%M:%S}"
        case str():
            return value
        case _:
            return str(json_value(value))


def several(n: int, noun: str) -> str:
    """Give a number of things as people say it: 1 visit, 1,200 visits."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
