"""Visits: every pointing of every camera, and how good its images are."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from queries.web import links
from queries.web.asked import Asked
from queries.web.charts import Option, axis, point, scatter, upward
from queries.web.desk import Here, Nav
from queries.web.pages.runs import processings
from queries.web.parts import Figure, figure, several, table

router = APIRouter()
NAV = Nav(40, "Visits", "/visits", "Which images there are, how sharp, deep and well calibrated each one is.")
NO_VISITS = "No visit fits: take other filters, or let images come in with `skyledger ingest exposures FOLDER`."
NO_VALUES = "No visit in the list has a date and this number: `skyledger run single_frame` measures what came in."
SHOWN = 500
HEADINGS = {
    "visit": "Visit", "instrument": "Instrument", "day_obs": "Night", "band": "Band", "target_name": "Target",
    "n_detectors": "Images", "seeing": "Seeing [arcsec]", "zeropoint": "Zero point [mag]", "maglim": "Depth [mag]",
    "astromoffsetmean": "Astrometry [arcsec]", "n_sources": "Sources", "n_flags": "Flags",
}  # fmt: skip
# Column, title, what it says, name of the axis, unit.
TRENDS = (
    ("seeing", "Seeing", "Width of a star's image, lower is sharper.", "FWHM", "arcsec"),
    ("maglim", "Depth", "Magnitude of a point source at 5 sigma, higher is deeper.", "AB magnitude", "mag"),
    (
        "zeropoint",
        "Zero point",
        "AB magnitude of one pixel unit; clouds make it drop within a camera and band.",
        "AB magnitude",
        "mag",
    ),
)


@router.get("/visits")
def visits(
    desk: Here, instrument: str = "", band: str = "", first_night: str = "", last_night: str = "", run: str = ""
) -> Response:
    """List the visits that fit the filters."""
    chosen = {"instrument": instrument, "band": band, "first_night": first_night, "last_night": last_night, "run": run}
    asked = desk.ask("visits", **chosen, n=SHOWN)
    known = desk.ask("instruments_and_bands")
    return desk.page(
        "visits.html",
        title="Visits",
        lead="A visit is one pointing of a telescope. Find the bad nights in the plots, sort the list by what matters "
        "to you, and open a visit to see its images.",
        crumbs=[("Visits", None)],
        chosen=chosen,
        choices={name: values_of(known, name) for name in ("instrument", "band")} | {"run": processings(desk, run)},
        trends=[_trend(asked, *trend) for trend in TRENDS],
        visits=table(
            asked,
            "List of visits",
            _counted(len(asked.rows)),
            HEADINGS,
            links={"instrument": lambda row: links.visit(row)},
            empty=NO_VISITS,
        ),
    )  # fmt: skip


def values_of(asked: Asked, name: str) -> list[str]:
    """Give the values of a column to choose from; what is unknown cannot be chosen."""
    return sorted({row[name] for row in asked.rows if row[name] is not None})


def _counted(n: int) -> str:
    said = f"{several(n, 'visit')}."
    if n == SHOWN:
        said = f"The latest {n} visits that fit: choose nights to see earlier ones."
    return (
        f"{said} Numbers are medians over the detectors of the chosen processing; the page of a visit names its flags."
    )


def _trend(asked: Asked, column: str, title: str, sentence: str, name: str, unit: str) -> Figure:
    """Draw a quantity over time, a series per instrument and band."""
    series: dict[str, list[Option]] = {}
    for row in asked.rows:
        if row[column] is not None and row["obs_start_tai"] is not None:
            series.setdefault(f"{row['instrument']} {row['band'] or ''}".strip(), []).append(_point(row, column))
    option = scatter(series, axis("Start of the exposure (TAI)", kind="time"), upward(name, unit))
    missing = len(asked.rows) - sum(map(len, series.values()))
    said = f"{sentence} Not drawn: {missing:,} of {len(asked.rows):,} visits without this number or a date."
    return figure(asked, title, said if missing else sentence, option, empty=NO_VALUES)


def _point(row: Mapping[str, Any], column: str) -> Option:
    name = f"{row['instrument']} visit {row['visit']}, {row['band']}, night {row['day_obs']}"
    return point(row["obs_start_tai"], row[column], name, links.visit(row))
