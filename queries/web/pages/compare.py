"""Comparison of two collections: what differs and why, with plots of metrics, magnitudes and the sky."""

import shlex
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from queries.columns import Column
from queries.comparison.compare import Comparison, compare
from queries.comparison.report import Section, sections, summary
from queries.comparison.rows import RADIUS
from queries.readonly import Limits, reading
from queries.web.charts import Option
from queries.web.comparison_plots import lost_and_gained, magnitudes, movement, residuals
from queries.web.desk import Crumb, Desk, Here, Nav
from queries.web.pages.runs import processings
from queries.web.parts import Cell, Heading, listing

router = APIRouter()
NAV = Nav(17, "Compare", "/compare", "What differs between two reprocessings, and why.")
LEAD = (
    "Two runs or collections set against each other: which datasets changed and why, how metrics moved, and what "
    "became of the rows of the catalogs."
)
LIMITS = Limits(seconds=120.0)  # of all statements together
COSTS = ("s", "MiB")  # units of what an execution took: never the same twice, so drawn last
Radius = Annotated[float, Query(ge=0.001, le=60.0)]  # [arcsec]
DRAWN = 6  # metrics whose differences are drawn; the table has all


@dataclass(frozen=True)
class Shown:
    """A table or a drawing with its words."""

    title: str
    sentence: str
    option: Option | None = None
    headings: list[Heading] | None = None
    rows: list[list[Cell]] | None = None


@router.get("/compare")
def comparison(desk: Here, a: str = "", b: str = "", radius: Radius = RADIUS) -> Response:
    """Show what differs between two collections."""
    if not (a and b):
        return desk.page(
            "compare.html", title="Compare", lead=LEAD, crumbs=[("Compare", None)], known=processings(desk, ""),
            chosen={"a": a, "b": b, "radius": radius}, found=None,
        )  # fmt: skip
    said = {"a": a, "b": b, "radius": radius}
    return comparison_page(
        desk,
        _compare(desk, a, b, radius),
        [("Compare", "/compare"), (f"{a} and {b}", None)],
        f"/compare.json?{urlencode(said)}",
        shlex.join(["skyledger", "compare", a, b]),
    )


def comparison_page(
    desk: Desk, found: Comparison, crumbs: list[Crumb], address: str, command: str, kept: str = ""
) -> Response:
    """Show a comparison, made now or kept.

    Parameters
    ----------
    address, command
        Where the document is, and what gives the same on the command line.
    kept
        When and with what it was kept; empty where it was made now.
    """
    a, b = found.a.name, found.b.name
    return desk.page(
        "compare.html",
        title=f"{a} and {b}",
        lead=LEAD,
        crumbs=crumbs,
        chosen={"a": a, "b": b, "radius": found.radius},
        known=processings(desk, ""),
        kept=kept,
        said=summary(found).splitlines(),
        address=address,
        command=command,
        found=found,
        why=_tables(found, ("datasets", "causes")),
        places=_tables(found, ("places",)),
        metrics=_metrics(found),
        catalogs=_catalogs(found),
    )


@router.get("/compare.json")
def document(desk: Here, a: str, b: str, radius: Radius = RADIUS) -> Response:
    """Give the same as a document."""
    return JSONResponse(_compare(desk, a, b, radius).document())


def _compare(desk: Desk, a: str, b: str, radius: float) -> Comparison:
    with desk.turn(), reading(desk.using, LIMITS) as connection:
        return compare(connection, a, b, radius=radius)


def _tables(found: Comparison, names: tuple[str, ...]) -> list[Shown]:
    """Give some tables of the report, those that hold anything."""
    return [_table(section) for section in sections(found) if section.name in names]


def _table(section: Section) -> Shown:
    columns = {name: Column(name, 0) for name in section.columns}
    rows = [dict(zip(section.columns, row, strict=True)) for row in section.rows]
    headings = {name: name.replace("_", " ") for name in section.columns}
    links = {name: _link(name) for name in ("dataset_a", "dataset_b")}
    return Shown(section.title, "", None, *listing(columns, rows, headings, links))


def _link(column: str) -> Any:
    return lambda row: f"/dataset/{row[column]}"


def _metrics(found: Comparison) -> list[Shown]:
    """Draw the metrics that moved most against their scatter, and list all."""
    moving = [one for one in found.metrics if one.bins and one.n_equal < one.n]
    moving.sort(key=lambda one: (one.unit in COSTS, -abs(one.mean or 0.0) / (one.sd or abs(one.mean or 1.0))))
    drawn = [
        Shown(one.metric, f"Differences of {one.n:,} datasets; {one.n_equal:,} are zero.", movement(one))
        for one in moving[:DRAWN]
    ]
    return [*drawn, *_tables(found, ("metrics", "specifications", "worst"))]


def _catalogs(found: Comparison) -> list[Shown]:
    """Draw and list what became of the rows of each catalog."""
    shown: list[Shown] = []
    for rows in found.rows or []:
        if any(one.n_matched for one in rows.bins):
            said = "Median of b - a for the matches of each magnitude, with where 5 and 95 % of it lie."
            shown.append(Shown(f"{rows.catalog}: flux residuals", said, residuals(rows)))
        if rows.bins:
            said = "Rows of each magnitude; those that are lost have the magnitude of a, those gained that of b."
            shown.append(Shown(f"{rows.catalog}: matched, lost and gained", said, magnitudes(rows)))
        if rows.n_lost or rows.n_gained:
            option, where = lost_and_gained(rows)
            said = f"The field with most of them, {where}; at most 1,000 rows of each. A click opens the dataset."
            shown.append(Shown(f"{rows.catalog}: lost and gained on the sky", said, option))
        names = (f"{rows.catalog}_rows", f"{rows.catalog}_magnitudes", f"{rows.catalog}_worst")
        shown += _tables(found, names)
    return shown
