"""Addresses of the pages of things, from rows that name them."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

Row = Mapping[str, Any]
Link = Callable[[Row], str | None]


def dataset(row: Row) -> str:
    """Give the page of a row's dataset."""
    return f"/dataset/{row['dataset_id']}"


def metric(row: Row) -> str:
    """Give the page of a row's metric."""
    return f"/quality/{quote(row['metric'])}"


def run(row: Row) -> str:
    """Give the page of a row's run; names of runs may hold slashes."""
    return f"/runs/{quote(row['run'])}"


def unit(row: Row) -> str:
    """Give the page of a row's unit."""
    return f"/units/{row['unit_id']}"


def visit(row: Row) -> str | None:
    """Give the page of a row's visit; None where the row does not name its instrument."""
    instrument = row.get("instrument")
    return f"/visit/{quote(instrument, safe='')}/{row['visit']}" if isinstance(instrument, str) else None


# What a cell of a column leads to unless a page says otherwise.
KNOWN: dict[str, Link] = {"dataset_id": dataset, "metric": metric, "run": run, "unit_id": unit, "visit": visit}
