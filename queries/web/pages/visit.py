"""Visit: the images of one pointing, with their sources, PSF and residuals against reference stars."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from queries.errors import NoPicture, UnknownDataset
from queries.web import links
from queries.web.asked import Asked
from queries.web.charts import Option, axis, upward
from queries.web.desk import Desk, Here
from queries.web.errors import NotThere
from queries.web.held import Held, locate
from queries.web.parts import Figure, Table, table
from queries.web.pixels import Contents, read_psf
from queries.web.preview import radial_profile
from queries.web.star_plots import NO_MAGNITUDES, astrometric, photometric, quiver
from queries.web.viewer import viewer
from schema.errors import StoreBroken

router = APIRouter()
# Which dataset of a detector is shown: the most finished that there is.
SHOWN = ("visit_image", "post_isr_image", "raw_image")
NO_IMAGES = (
    "This visit was not measured: the list of work below says whether a run has tried, and why it had nothing to do; "
    "`skyledger run single_frame` starts a run."
)
LISTED = 200  # sources in the table
RADIUS = 2.0  # of the match with reference stars [arcsec]; at least a pixel
QUALITY = {
    "detector": "Detector", "band": "Band", "seeing": "Seeing", "psffwhm": "PSF FWHM", "zeropoint": "Zero point",
    "zeropointscatter": "Its scatter", "astromoffsetmean": "Astrometry", "skybg": "Sky", "skynoise": "Sky noise",
    "maglim": "Depth", "nsource": "Sources", "flags": "Flags", "dataset_id": "Dataset",
}  # fmt: skip
VERDICTS = {
    "metric": "Metric", "value": "Value", "unit": "Unit", "verdict": "Specification", "must_be": "Must be",
    "detector": "Detector", "dataset_type": "Of", "dataset_id": "Dataset", "description": "What it says",
}  # fmt: skip
DATASETS = {
    "detector": "Detector", "dataset_type": "Type", "dataset_id": "Dataset", "task": "Made by", "n_rows": "Rows",
    "file_name": "File", "created_at": "Registered (UTC)", "runs": "Run",
}  # fmt: skip
WORK = {
    "unit_id": "Unit", "detector": "Detector", "task": "Task", "state": "State", "last_said": "What it said last",
    "ended_at": "Ended (UTC)", "run": "Run",
}  # fmt: skip
SOURCES = {
    "sourceid": "Source", "magnitude": "Magnitude", "psfflux": "Flux", "psffluxerr": "Its error", "snr": "S/N",
    "x": "x", "y": "y", "ra": "RA", "dec": "Dec", "flags": "Flags",
}  # fmt: skip


@router.get("/visit/{instrument}/{visit}")
def visit(instrument: str, visit: int, desk: Here, detector: int | None = None, run: str = "") -> Response:
    """Show one visit, and one of its detectors in full."""
    which = {"instrument": instrument, "visit": visit}
    facts = desk.ask("visit_facts", **which)
    if not facts.rows:
        raise NotThere("visit", f"{visit} of {instrument}", "the page Visits lists what there is")
    datasets = desk.ask("visit_datasets", **which, run=run)
    quality = desk.ask("visit_quality", **which, run=run)
    detectors = sorted({row["detector"] for row in datasets.rows if row["detector"] is not None})
    shown = detector if detector is not None else _first(quality, detectors)
    if shown is not None and shown not in detectors:
        raise NotThere("detector", f"{shown} of visit {visit} of {instrument}", "its page lists those there are")
    row = facts.rows[0]
    return desk.page(
        "visit.html",
        title=f"{instrument} visit {visit}",
        lead="Look at the image first, then at the residuals: what is odd there explains what is red below.",
        crumbs=[
            ("Visits", "/visits"),
            (instrument, f"/visits?{urlencode({'instrument': instrument})}"),
            (str(visit), None),
        ],
        facts=facts,
        visit=row,
        run=run,
        runs=_runs(desk.ask("visit_runs", **which), run),
        detectors=[(number, _address(row, number, run)) for number in detectors],
        shown=shown,
        quality=_quality(quality, row, run),
        verdicts=_verdicts(desk.ask("visit_verdicts", **which, detector=shown, run=run)),
        datasets=_datasets(datasets),
        work=_work(desk.ask("visit_units", **which, run=run)),
        **_detector(desk, which, shown, run, datasets, quality),
    )


def _runs(known: Asked, run: str) -> list[str]:
    """Give the processings to choose from; a single one is no choice."""
    names = [row["run"] for row in known.rows]
    if run and run not in names:
        raise NotThere("run of this visit called", run, "the list of work on its page names those there are")
    return names if len(names) > 1 else []


def _quality(quality: Asked, row: Mapping[str, Any], run: str) -> Table:
    return table(
        quality,
        "Quality of its images",
        "One line per calibrated detector image of the chosen processing; a detector leads to its picture.",
        QUALITY,
        links={"detector": lambda found: _address(row, found["detector"], run)},
        empty=NO_IMAGES,
    )


def _datasets(datasets: Asked) -> Table:
    return table(
        datasets,
        "Datasets",
        "Everything in the ledger about this visit, from the raw files on; what several runs have made stands here "
        "several times, the latest first.",
        DATASETS,
        links={"dataset_type": links.dataset},
    )


def _work(units: Asked) -> Table:
    return table(
        units,
        "Work",
        "Units of work on this visit, of the latest run first; a unit leads to its log.",
        WORK,
        empty="No run has taken this visit yet: `skyledger run single_frame` starts one.",
    )


def _verdicts(measured: Asked) -> Table:
    return table(
        measured,
        "Measurements",
        "Of the detector above, by the chosen processing. What breaks its specification is red and comes first; a "
        "metric leads to its history, a dataset to what it was made from.",
        VERDICTS,
        empty=NO_IMAGES,
    )


def _first(quality: Asked, detectors: list[int]) -> int | None:
    """Give the detector that is shown unless another is asked for: one that was measured, if there is one."""
    return min((row["detector"] for row in quality.rows), default=detectors[0] if detectors else None)


def _address(row: Mapping[str, Any], detector: int, run: str) -> str:
    asked = {"detector": str(detector), **({"run": run} if run else {})}
    return f"{links.visit(row)}?{urlencode(asked)}"


def _detector(
    desk: Desk, which: dict[str, Any], detector: int | None, run: str, datasets: Asked, quality: Asked
) -> dict[str, Any]:
    """Give what the page shows of one detector; names that are None are left out."""
    file, problem = _image(desk, datasets, detector)
    found = file.contents if file else Contents(None)
    measured = next((row for row in reversed(quality.rows) if row["detector"] == detector), None)
    sources: Sequence[Mapping[str, Any]] = ()
    parts: dict[str, Any] = {"problem": problem, "sources": None, "residuals": [], "unfit": None}
    if measured:
        asked = desk.ask("visit_sources", **which, detector=detector, run=run)
        parts["sources"] = _sources(asked)
        scale = measured["seeing"] / measured["psffwhm"] if measured["psffwhm"] > 0 else 1.0
        matches = desk.ask("reference_matches", **which, detector=detector, run=run, radius=max(RADIUS, scale))
        parts["residuals"], parts["unfit"] = _residuals(matches, found, scale)
        sources = asked.rows
    parts["view"] = viewer(file.dataset_id, found, sources) if file and found.shape else None
    parts["psf"] = _psf(file, measured) if file and found.psf else None
    return parts


def _sources(asked: Asked) -> Table:
    """List the brightest sources; all of them are circles on the image."""
    n = len(asked.rows)
    listed = replace(asked, answer=replace(asked.answer, rows=asked.answer.rows[:LISTED]))
    said = f"The {LISTED} brightest of {n:,} on this detector; CSV and Parquet have all." if n > LISTED else ""
    return table(listed, "Sources", said or "What was found on this detector, the brightest first.", SOURCES)


def _residuals(matches: Asked, found: Contents, scale: float) -> tuple[list[Figure], str | None]:
    """Give the plots against reference stars, and what is to be said where some cannot be drawn."""
    plots = [astrometric(matches)]
    if found.shape and matches.rows:
        plots.append(quiver(matches, found.shape, scale))
    if matches.rows and all(row["d_magnitude"] is None for row in matches.rows):
        return plots, NO_MAGNITUDES
    if matches.rows:
        plots = [
            photometric(matches, "predicted", "Magnitude", "mag"),
            photometric(matches, "colour", "Colour", "mag"),
            *plots,
        ]
    return plots, None


def _image(desk: Desk, datasets: Asked, detector: int | None) -> tuple[Held | None, str]:
    """Give the file of the image that is shown, or why there is none."""
    rows = [row for row in datasets.rows if row["detector"] == detector and row["dataset_type"] in SHOWN]
    if not rows:
        return None, "this visit has no image"
    try:
        file = locate(desk, min(rows, key=lambda row: (SHOWN.index(row["dataset_type"]), -row["dataset_id"])))
        return (file, "") if file.contents.shape else (None, f"{file.name} has no image")
    except (UnknownDataset, StoreBroken, NoPicture) as error:
        return None, str(error)


def _psf(file: Held, measured: Mapping[str, Any] | None) -> Option | None:
    """Draw the radial profile of the PSF at the center of the image."""
    try:
        psf = read_psf(file.path)
    except NoPicture:  # the picture beside it says what is wrong
        return None
    if psf is None or not psf.max() > 0:
        return None
    points = [[radius, value] for radius, value in radial_profile(psf) if value > 1e-5]
    option: Option = {
        "xAxis": axis("Distance from the center", "pixel", min=0),
        "yAxis": upward("Brightness relative to the peak", kind="log"),
        "series": [{"type": "scatter", "name": "PSF", "symbolSize": 5, "data": points}],
    }
    if measured and measured["psffwhm"] > 0:
        half = {
            "xAxis": measured["psffwhm"] / 2,
            "label": {"formatter": "half of the FWHM", "position": "insideEndBottom"},
        }
        option["series"][0]["markLine"] = {"symbol": "none", "silent": True, "data": [half]}
    return option
