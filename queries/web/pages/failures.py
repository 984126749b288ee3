"""Failures: units that failed, why, with their log and the command that tries them again."""

import shlex

from fastapi import APIRouter, Response

from queries.web import links
from queries.web.desk import Here, Nav
from queries.web.errors import NotThere
from queries.web.pages.runs import processings
from queries.web.parts import table

router = APIRouter()
NAV = Nav(20, "Failures", "/failures", "What failed, why, its log, and the command that tries it again.")
WHERE = {"task": "Task", "instrument": "Instrument", "exposure": "Exposure", "detector": "Detector"}


@router.get("/failures")
def failures(desk: Here, run: str = "") -> Response:
    """List what failed, of one run or of all."""
    dead = desk.ask("dead_units", run=run)
    return desk.page(
        "failures.html",
        title="Failures",
        lead="Units that failed for good, and attempts that failed before another one did it; open a unit for its log.",
        crumbs=[("Failures", None)],
        run=run,
        runs=processings(desk, run),
        retry=_retry([row["run"] for row in dead.rows]),
        dead=table(
            dead,
            "Failed for good",
            "No attempt is left for these; what needs them is blocked. A unit leads to its attempts, log and inputs.",
            {
                "unit_id": "Unit", **WHERE, "error_class": "Error", "error": "What is wrong", "attempt": "Attempts",
                "host": "Host", "ended_at": "When (UTC)", "run": "Run",
            },
            links={"error": links.unit},
            empty="Nothing has failed for good.",
        ),
        attempts=table(
            desk.ask("failures", run=run),
            "Failed attempts",
            "Every attempt that ended in an error or was lost with its worker; state says what became of its unit.",
            {
                "unit_id": "Unit", **WHERE, "attempt": "Attempt", "outcome": "Outcome", "error": "What is wrong",
                "state": "State of the unit", "host": "Host", "ended_at": "When (UTC)", "run": "Run",
            },
            empty="No attempt has failed.",
        ),
    )  # fmt: skip


def _retry(runs: list[str]) -> list[str]:
    """Give the commands that retry what failed, one a run."""
    return [shlex.join(["skyledger", "retry", "--run", run]) for run in dict.fromkeys(runs)]


@router.get("/units/{unit}")
def unit(unit: int, desk: Here) -> Response:
    """Show one unit: its attempts with their logs, and what it reads."""
    known = desk.ask("unit", unit=unit)
    if not known.rows:
        raise NotThere("unit", unit, "the page Failures lists those that failed, the view work_unit all")
    row = known.rows[0]
    attempts = desk.ask("unit_attempts", unit=unit)
    return desk.page(
        "unit.html",
        title=f"Unit {unit}: {row['task']}",
        lead="One piece of work: every attempt at it with error and log, what it reads, and how to try it again.",
        crumbs=[("Runs", "/runs"), (row["run"], links.run(row)), (f"Unit {unit}", None)],
        known=known,
        row=row,
        run_link=links.run(row),
        attempts=attempts,
        made=table(
            desk.ask("unit_outputs", unit=unit),
            "What it made",
            "Datasets that came out of it.",
            {"dataset_id": "Dataset", "dataset_type": "Type", "n_rows": "Rows", "created_at": "Made at (UTC)"},
            empty="It has made nothing.",
        ),
        inputs=table(
            desk.ask("unit_inputs", unit=unit),
            "What it reads",
            "Datasets in the order of its inputs; one without a number was not made yet.",
            {
                "role": "Input", "dataset_id": "Dataset", "dataset_type": "Type", "instrument": "Instrument",
                "exposure": "Exposure", "detector": "Detector", "file_name": "File",
            },
            empty="It reads nothing that another unit made or that came in.",
        ),
    )  # fmt: skip
