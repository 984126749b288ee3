"""Catalogs: what every column means, how many rows there are, and how their values are distributed."""

from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Response

from queries.columns import COMMENT, split_comment
from queries.errors import TimeLimit
from queries.web import links
from queries.web.asked import Asked
from queries.web.composed import Rows, counts, free
from queries.web.desk import Desk, Here, Nav
from queries.web.distribution import Choice, Field, Source, plots
from queries.web.errors import NotThere
from queries.web.pages.console import rows_of
from queries.web.pages.runs import processings
from queries.web.pages.visits import values_of
from queries.web.parts import several, table
from schema.catalog.definition import names

router = APIRouter()
NAV = Nav(60, "Catalogs", "/catalogs", "What each catalog and its columns say, and how the values are distributed.")
FILTERS = ("instrument", "band")
BROUGHT_IN = ("visit", "reference_star")  # catalogs of what came in: processing an image again adds nothing to them
HEADINGS = {"instrument": "Instrument", "catalog": "Catalog", "n_rows": "Rows"}
GROUPS = (
    ("Catalogs of the sky", "One row per star, source, image or visit; columns are named as those of LSST.", True),
    ("The ledger", "What was taken in, planned, run and made, and by what.", False),
)
# What is drawn at first: the columns that say most about a catalog.
FIRST = {
    "source": ("psfflux", "ra", "dec"), "visit_detector": ("seeing", "expmidptmjd", "maglim"),
    "reference_star": ("gmag", "ra", "dec"), "visit": ("airmass", "ra", "dec"),
    "measurement": ("value", "day_obs", "value"),
}  # fmt: skip


@router.get("/catalogs")
def catalogs(desk: Here) -> Response:
    """List the views."""
    asked = desk.ask("views_and_columns")
    every = [
        {
            "name": name,
            "description": rows[0]["view_description"] or "",
            "n_columns": len(rows),
            "catalog": name in names(),
        }
        for name, rows in ((name, list(found)) for name, found in groupby(asked.rows, lambda row: str(row["view"])))
    ]
    return desk.page(
        "catalogs.html",
        title="Catalogs",
        lead="Every table that can be asked. Open one to read what its columns mean, to see how their values are "
        "distributed, and to take its rows away.",
        crumbs=[("Catalogs", None)],
        asked=asked,
        groups=[(title, said, [v for v in every if v["catalog"] is sky]) for title, said, sky in GROUPS],
    )


@router.get("/catalogs/{view}")
def catalog(
    view: str,
    desk: Here,
    column: str = "",
    x: str = "",
    y: str = "",
    log: str = "",
    instrument: str = "",
    band: str = "",
    run: str = "",
) -> Response:
    """Show one view: its columns, and plots of what is chosen."""
    fields, description = _fields(desk.ask("views_and_columns"), view)
    made = "dataset_id" in fields and view not in BROUGHT_IN
    chosen = _choice(view, fields, column, x, y, log)
    given = {name: value for name, value in (("instrument", instrument), ("band", band)) if value and name in fields}
    rows = Rows(view, given, _key(fields), run if made else "")
    return desk.page(
        "catalog.html",
        title=view,
        lead=description,
        crumbs=[("Catalogs", "/catalogs"), (view, None)],
        view=view,
        fields=list(fields.values()),
        chosen=chosen,
        given=given,
        run=rows.run,
        runs=processings(desk, rows.run) if made else [],
        filters=[name for name in FILTERS if name in fields],
        choices=_choices(desk),
        numbers=[field.name for field in fields.values() if field.numeric],
        rows_link=f"/console?{urlencode({'sql': rows_of(view)})}",
        **_plots(desk, rows, fields, chosen),
    )


def _fields(asked: Asked, view: str) -> tuple[dict[str, Field], str]:
    """Give the columns of a view by name, and what the view is."""
    rows = [row for row in asked.rows if row["view"] == view]
    if not rows:
        raise NotThere("catalog", view, "the page Catalogs lists what there is")
    fields = {}
    for row in rows:
        comment = row["description"] or ""
        found = COMMENT.fullmatch(comment)
        unit, text = split_comment(comment)
        fields[row["column"]] = Field(row["column"], row["type"], unit, (found and found["ucd"]) or "", text)
    return fields, rows[0]["view_description"] or ""


def _choice(view: str, fields: dict[str, Field], column: str, x: str, y: str, log: str) -> Choice:
    """Give what is drawn: what was asked for, else what says most about the view."""
    numbers = [name for name, field in fields.items() if field.numeric]
    first = FIRST.get(view) or (
        numbers[0] if numbers else next(iter(fields)),
        *(numbers[:2] if len(numbers) > 1 else ("", "")),
    )
    for name in (column, x, y):
        if name and name not in fields:
            raise NotThere(f"column of {view} called", name, "its page lists those there are")
    asked = set(log.split(","))
    return Choice(column or first[0], x or first[1], y or first[2], ("column" in asked, "x" in asked, "y" in asked))


def _key(fields: dict[str, Field]) -> str | None:
    """Give an integer column that tells rows apart as well as any: identifiers come first in our catalogs."""
    keys = [name for name, field in fields.items() if field.type == "bigint"]
    return next((name for name in keys if name != "dataset_id"), keys[0] if keys else None)


def _choices(desk: Desk) -> dict[str, list[str]]:
    known = desk.ask("instruments_and_bands")
    return {name: values_of(known, name) for name in FILTERS}


def _plots(desk: Desk, rows: Rows, fields: dict[str, Field], chosen: Choice) -> dict[str, Any]:
    """Give counts, distribution and relation; a catalog too large for the time limit has a sentence instead."""
    try:
        by = next((name for name in ("instrument", "catalog") if name in fields), None)
        counted = free(desk, f"Rows of {rows.view}.", counts(rows, by))
        total = sum(row["n_rows"] for row in counted.rows)
        distribution, relation = plots(Source(desk, rows, total), fields, chosen)
    except TimeLimit as error:
        return {"counted": None, "distribution": None, "relation": None, "slow": str(error)}
    said = f"{several(total, 'row')} in all."
    if "dataset_id" in fields and rows.view not in BROUGHT_IN and not rows.run:
        said += " What several runs have made is in here several times: choose a run to have it once."
    listed = table(
        counted,
        "Rows",
        said,
        {name: HEADINGS.get(name, name) for name in counted.columns},
        links={"instrument": _to_instrument(rows)},
    )
    return {"counted": listed, "distribution": distribution, "relation": relation, "slow": None}


def _to_instrument(rows: Rows) -> links.Link:
    more = {"run": rows.run} if rows.run else {}
    return lambda row: f"/catalogs/{quote(rows.view)}?{urlencode({'instrument': row['instrument'], **more})}"
