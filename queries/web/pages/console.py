"""SQL console: one statement with limits, its rows, a quick plot, downloads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Response

from queries.errors import RefusedSql, TimeLimit
from queries.named import bind, named, names
from queries.readonly import Answer, Limits
from queries.web import links
from queries.web.asked import Asked, written
from queries.web.charts import Option, axis, point, scatter, upward
from queries.web.desk import Here, Nav
from queries.web.errors import FromElsewhere, status
from queries.web.pages.data import WHOLE, Form, download
from queries.web.parts import listing, text_of
from schema.output import json_value

router = APIRouter()
NAV = Nav(90, "SQL", "/console", "Ask the ledger anything in SQL; plot, share and download the answer.")
LIMITS = Limits(seconds=30.0, rows=20_000)
SHOWN = 500  # rows in the table; a plot and a download have more
FIRST = """select instrument, band, count(*) as n_exposures, min(day_obs) as first_night
from exposure
group by 1, 2
order by 1, 2"""
Site = Annotated[str, Header(alias="sec-fetch-site")]
OURS = ("none", "same-origin")  # typed, or a link of ours; another port of this machine is somebody else


@router.get("/console")
def console(desk: Here, sql: str = "", x: str = "", y: str = "", site: Site = "none") -> Response:
    """Show the console and, when a statement is given, its answer.

    A statement that another site's link brings is shown and not run: whoever follows a link has not asked for it.
    """
    asked = bool(sql.strip()) and site in OURS
    found: Answer | None = None
    problem: RefusedSql | TimeLimit | None = None
    if asked:
        try:
            found = desk.answer_user(sql, LIMITS)
        except (RefusedSql, TimeLimit) as error:
            problem = error
    views = desk.ask("views_and_columns")
    return desk.page(
        "console.html",
        title="SQL console",
        lead=f"One statement on the views below; it can only read, for at most {LIMITS.seconds:.0f} seconds. "
        "The address of this page holds the statement: copy it to share the question.",
        crumbs=[("SQL", None)],
        status=status(problem) if problem else 200,
        sql=sql or FIRST,
        foreign=bool(sql.strip()) and not asked,
        problem=problem,
        place=_pointed(sql, problem),
        views=views,
        described=_described(views),
        examples=_examples(),
        **(_result(sql, found, x, y) if found else {"found": None}),
    )


@router.get("/console.{form}")
def console_download(form: Form, sql: str, desk: Here, site: Site = "none") -> Response:
    """Give the rows of a statement as a file."""
    if site not in OURS:
        raise FromElsewhere
    return download(desk.answer_user(sql, WHOLE), "answer", form)


def _result(sql: str, found: Answer, x: str, y: str) -> dict[str, Any]:
    """Give what the page shows of an answer."""
    rows = [dict(zip(found.names, row, strict=True)) for row in found.rows]
    columns = {column.name: column for column in found.columns}
    headings, cells = listing(columns, rows[:SHOWN])
    plotted = x in columns and y in columns
    return {
        "found": found,
        "headings": headings,
        "cells": cells,
        "columns": found.names,
        "x": x,
        "y": y,
        "option": _plot(rows, x, y, columns[x].unit, columns[y].unit) if plotted and rows else None,
        "csv": f"/console.csv?{urlencode({'sql': sql})}",
        "parquet": f"/console.parquet?{urlencode({'sql': sql})}",
    }


def _plot(rows: Sequence[Mapping[str, Any]], x: str, y: str, x_unit: str | None, y_unit: str | None) -> Option:
    """Draw one column over another; what is no number stands in the order of the rows."""
    points = [
        point(
            _place(row[x]),
            _place(row[y]),
            f"{x} {text_of(row[x])}",
            links.dataset(row) if row.get("dataset_id") else None,
        )
        for row in rows
    ]
    return scatter({y: points}, axis(x, x_unit, _kind(rows, x)), upward(y, y_unit, _kind(rows, y)))


def _kind(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [row[name] for row in rows if row[name] is not None]
    kinds = {"value": int | float, "time": datetime}
    return next((kind for kind, of in kinds.items() if all(isinstance(value, of) for value in values)), "category")


def _place(value: Any) -> Any:
    return json_value(value) if isinstance(value, int | float | datetime) else text_of(value)


def _pointed(sql: str, problem: Exception | None) -> str | None:
    """Give the line that the server complains of, with a mark under the place."""
    if not isinstance(problem, RefusedSql) or problem.place is None:
        return None
    line, column = problem.place
    return f"{sql.splitlines()[line - 1]}\n{' ' * (column - 1)}^"


def _described(views: Asked) -> list[dict[str, Any]]:
    """Give the views with their columns."""
    return [
        {
            "name": name,
            "columns": (rows := list(found)),
            "description": rows[0]["view_description"] or "",
            "link": f"/console?{urlencode({'sql': rows_of(name)})}",
        }
        for name, found in groupby(views.rows, lambda row: str(row["view"]))
    ]


def rows_of(view: str) -> str:
    """Give the statement for the first rows of a view."""
    return f"select * from {view} limit 100"  # noqa: S608  (it is run as what it is: a statement of the user)


def _examples() -> list[tuple[str, str, str]]:
    """Give name, sentence and console address of the named queries that need no parameter."""
    simple = [query for query in map(named, names()) if all(p.default is not None for p in query.parameters)]
    return [
        (query.name, query.sentence, f"/console?{urlencode({'sql': written(query, bind(query, {}))})}")
        for query in simple
    ]
