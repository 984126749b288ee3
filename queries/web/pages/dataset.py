"""Dataset: what it is, who made it from what, and whether one may trust it."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from queries.errors import NoPicture, UnknownDataset
from queries.web import links
from queries.web.asked import Asked
from queries.web.desk import Desk, Here
from queries.web.errors import NotThere
from queries.web.first_rows import FirstRows, first_rows
from queries.web.held import Held, locate
from queries.web.lineage_graph import data_id, draw
from queries.web.lineage_shown import Shown, read_shown
from queries.web.parts import Table, table
from queries.web.pixels import Contents
from queries.web.viewer import Viewer, viewer
from schema.dimensions import DIMENSIONS
from schema.errors import StoreBroken

router = APIRouter()
DEPTH = 4  # steps that are drawn in either direction before anybody opens more
MARKED = {
    "verdict": "Verdict", "marked": "What is marked", "dataset_id": "On dataset", "dataset_type": "Type",
    "task": "Task", "steps": "Steps away", "reason": "Why", "author": "By", "created_at": "Since",
}  # fmt: skip
MEASURED = {
    "metric": "Metric", "value": "Value", "unit": "Unit", "verdict": "Specification", "operator": "Must be",
    "threshold": "Threshold", "description": "What it says",
}  # fmt: skip
RELATED = {
    "side": "Side", "steps": "Steps", "dataset_type": "Type", "instrument": "Instrument", "visit": "Visit",
    "band": "Band", "detector": "Detector", "task": "Made by", "taint": "Taint", "n_rows": "Rows", "file_name": "File",
    "dataset_id": "Dataset",
}  # fmt: skip


@router.get("/dataset/{dataset}/lineage")
def lineage(dataset: int, desk: Here, opened: str = "", unfolded: str = "") -> Response:
    """Draw the lineage alone, for the page that grows in place."""
    shown = read_shown(dataset, opened, unfolded)
    found = _lineage(desk, shown)
    return desk.fragment("lineage_part.html", dataset=dataset, graph=draw(found.rows, shown), asked=found)


@router.get("/dataset/{dataset}")
def dataset(dataset: int, desk: Here, opened: str = "", unfolded: str = "") -> Response:
    """Show one dataset."""
    shown = read_shown(dataset, opened, unfolded)
    asked = desk.ask("dataset_facts", dataset=dataset)
    if not asked.rows:
        raise NotThere("dataset", dataset, "the view `dataset` lists what there is")
    facts = asked.rows[0]
    marks = desk.ask("dataset_marks", dataset=dataset)
    related = _lineage(desk, shown)
    file, problem = _file(desk, facts)
    view, unseen = _view(file)
    return desk.page(
        "dataset.html",
        title=f"{facts['dataset_type']} {data_id(facts)}".strip(),
        lead="One dataset of the ledger: see what it was made from and by whom, then judge by its measurements and "
        "marks whether you may use it.",
        crumbs=_crumbs(facts),
        asked=asked,
        facts=facts,
        data_id=[(name, facts[name]) for name in DIMENSIONS if facts.get(name) is not None],
        config=None if facts["config"] is None else json.dumps(facts["config"], indent=2),
        verdicts=[row for row in marks.rows if row["verdict"] in ("bad", "suspect")],
        graph=draw(related.rows, shown),
        related=_related(related),
        marks=_marks(marks),
        measurements=_measurements(desk.ask("dataset_measurements", dataset=dataset)),
        file=file,
        problem=problem,
        view=view,
        unseen=unseen,
        rows=_rows(file),
    )


def _lineage(desk: Desk, shown: Shown) -> Asked:
    """Ask for what is drawn.

    Raises
    ------
    NotThere
        Raised if there is no such dataset.
    """
    found = desk.ask("lineage_graph", dataset=shown.dataset, depth=DEPTH, opened=",".join(map(str, shown.opened)))
    if not found.rows:
        raise NotThere("dataset", shown.dataset, "the view `dataset` lists what there is")
    return found


def _crumbs(facts: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    here: tuple[str, str | None] = (f"{facts['dataset_type']} {facts['dataset_id']}", None)
    if facts["instrument"] is None or facts["visit"] is None:
        return [("Datasets", "/catalogs"), here]
    visit = f"/visit/{quote(facts['instrument'], safe='')}/{facts['visit']}"
    return [("Visits", "/visits"), (f"{facts['instrument']} {facts['visit']}", visit), here]


def _file(desk: Desk, facts: dict[str, Any]) -> tuple[Held | None, str]:
    """Give the file of a dataset, or the sentence that says why there is none."""
    try:
        return locate(desk, facts), ""
    except (UnknownDataset, StoreBroken) as error:
        return None, str(error)


def _view(file: Held | None) -> tuple[Viewer | None, str]:
    """Give the picture of an image, or the sentence that says why it cannot be drawn."""
    try:
        found = file.contents if file else Contents(None)
    except NoPicture as error:
        return None, str(error)
    return (viewer(file.dataset_id, found) if file and found.shape else None), ""


def _rows(file: Held | None) -> FirstRows | None:
    return first_rows(file.path) if file else None


def _marks(marks: Asked) -> Table:
    return table(
        marks,
        "Marks",
        "What people found bad, suspect or superseded: the dataset, its code or configuration, what it was made from.",
        MARKED,
        empty="No mark holds for this dataset or for anything that it was made from.",
    )


def _measurements(measured: Asked) -> Table:
    return table(
        measured,
        "Measurements",
        "Numbers measured on this dataset. What breaks its specification comes first; a metric leads to its history.",
        MEASURED,
        empty="Nothing was measured on this dataset itself; what it was made from may have measurements.",
    )


def _related(related: Asked) -> Table:
    return table(
        related,
        "Lineage as a list",
        "Side -1 is what this dataset was made from, 1 what was made of it; steps count the tasks in between.",
        RELATED,
        links={"dataset_type": links.dataset},
    )
