"""Answers on the command line: table, JSON or CSV."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Sequence[Any]
WIDEST = 60  # characters of a text in a drawn table


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    json = "json"
    csv = "csv"


def show(
    columns: Sequence[str],
    rows: Iterable[Row],
    output: Format,
    stream: TextIO | None = None,
    *,
    whole: bool = False,
    empty: str = "no rows",
) -> None:
    """Write rows.

    A table is drawn on a terminal, where long texts are cut, and is plain aligned columns elsewhere, so that `awk` can
    read it. JSON is a list of objects, where NaN and infinities are null, because JSON has no such numbers. CSV is that
    of RFC 4180.
    Bytes are hexadecimal and times are ISO 8601 everywhere; a table gives them to the second, in UTC.

    Parameters
    ----------
    columns
        Names, distinct: they become the keys of the JSON objects.
    stream
        Standard output by default.
    whole
        Long texts are not cut on a terminal either.
    empty
        Said on standard error when a table has no rows, beside the names of its columns; nothing is, if it is empty.
    """
    target = stream or sys.stdout
    match output:
        case Format.json:
            _write_json(columns, rows, target)
        case Format.csv:
            writer = csv.writer(target)
            writer.writerow(columns)
            writer.writerows([_csv_text(value) for value in row] for row in rows)
        case Format.table:
            listed = list(rows)
            cells = [[_cell(value) for value in row] for row in listed]
            if not target.isatty():
                _align(columns, cells, _numeric(columns, listed), target)
            else:
                drawn = cells if whole else [[_cut(cell) for cell in row] for row in cells]
                _draw(columns, drawn, _numeric(columns, listed), target)
            if not listed and empty:
                print(empty, file=sys.stderr)


def duration(seconds: float | None) -> str:
    """Give seconds as people say them: 180 ms, 45 s, 12 min, 3 h 20 min."""
    if seconds is None or not math.isfinite(seconds):
        return "unknown"
    if seconds < 0.995:
        return f"{1000 * seconds:.2g} ms" if seconds < 0.0995 else f"{1000 * seconds:.0f} ms"
    if seconds < 99.5:
        return f"{seconds:.2g} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def json_value(value: Any) -> Any:
    """Give a value as JSON can hold it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(key): json_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [json_value(inner) for inner in value]
        case Decimal():
            return json_value(float(value))
        case _:
            return _text(value)


def _text(value: Any) -> str:
    """Give what is no number, no container and not missing as text."""
    match value:
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds():g} s"
        case _:
            return str(value)


def _write_json(columns: Sequence[str], rows: Iterable[Row], target: TextIO) -> None:
    """Write one object a line, so that a long answer can still be read and compared."""
    separator = "[\n"
    for row in rows:
        record = {column: json_value(value) for column, value in zip(columns, row, strict=True)}
        target.write(f"{separator}{json.dumps(record, ensure_ascii=False, allow_nan=False)}")
        separator = ",\n"
    target.write("[]\n" if separator == "[\n" else "\n]\n")


def _csv_text(value: Any) -> str | int:
    """Give a field of CSV; NULL is empty."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() | Decimal():
            return "NaN" if math.isnan(value) else repr(float(value))
        case int():
            return value
        case dict() | list() | tuple():
            return json.dumps(json_value(value), ensure_ascii=False)
        case _:
            return _text(value)


def _cell(value: Any) -> str:
    """Give a cell of a table for people to read: five decimals; JSON and CSV give all there is."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() | Decimal():
            number = float(value)
            return f"{number:.5f}" if 1000 <= abs(number) < 1e9 else f"{number:.8g}"
        case list() | tuple():
            return ", ".join(map(_cell, value))
        case datetime() if value.tzinfo is not None:
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case _:
            return str(_csv_text(value))


def _cut(cell: str) -> str:
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"


def _numeric(columns: Sequence[str], rows: Sequence[Row]) -> list[bool]:
    """Tell which columns hold numbers only: those are set flush right."""
    kinds = (int, float, Decimal, type(None))
    return [
        bool(rows) and all(isinstance(row[i], kinds) and not isinstance(row[i], bool) for row in rows)
        for i in range(len(columns))
    ]


def _draw(columns: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], target: TextIO) -> None:
    """Draw a table; one that is wider than the terminal is written plain, because folded numbers cannot be read."""
    console = Console(file=target)
    if sum(_widths(columns, cells)) + 3 * len(columns) > console.width:
        _align(columns, cells, numeric, target)
        return
    table = Table(box=SIMPLE_HEAD)
    for column, flush_right in zip(columns, numeric, strict=True):
        table.add_column(Text(column), justify="right" if flush_right else "left")
    for row in cells:
        table.add_row(*map(Text, row))  # as Text, because brackets in a value are no markup
    console.print(table)


def _align(columns: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], target: TextIO) -> None:
    """Write columns two blanks apart, one row a line."""
    lines = [columns, *([_one_line(cell) for cell in row] for row in cells)]
    widths = _widths(columns, lines[1:])
    for line in lines:
        target.write("  ".join(_padded(line, widths, numeric)).rstrip() + "\n")


def _widths(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """Give the width of the widest cell of each column."""
    return [max(len(line[i]) for line in (columns, *cells)) for i in range(len(columns))]


def _one_line(cell: str) -> str:
    return " ".join(cell.splitlines())


def _padded(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> Iterator[str]:
    for cell, width, flush_right in zip(line, widths, numeric, strict=True):
        yield cell.rjust(width) if flush_right else cell.ljust(width)
