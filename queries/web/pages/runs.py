"""Runs: how far each is, what it costs, where it failed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from queries.web import links
from queries.web.asked import Asked
from queries.web.charts import Option, axis, bars, upward
from queries.web.desk import Desk, Here, Nav
from queries.web.errors import NotThere
from queries.web.parts import figure, table
from schema.output import duration

router = APIRouter()
NAV = Nav(10, "Runs", "/runs", "How far each run is, what it costs, and where it failed.")
STATES = ("done", "reused", "running", "dead", "blocked", "cancelled", "waiting")
NO_RUNS = "Nothing has run yet: `skyledger run single_frame` starts a run."
RUN_HEADINGS = {
    "run": "Run",
    "pipeline": "Pipeline",
    "created_at": "Planned at (UTC)",
    "n_units": "Units",
    "n_done": "Done",
    "n_reused": "Reused",
    "n_dead": "Failed",
    "ended": "Ended",
}


@router.get("/runs")
def runs(desk: Here) -> Response:
    """List the runs."""
    asked = desk.ask("runs")
    return desk.page(
        "runs.html",
        title="Runs",
        lead="A run is one pass of a pipeline over chosen images, cut into units of work; open one to watch it.",
        crumbs=[("Runs", None)],
        asked=asked,
        runs=[{**row, "link": links.run(row), "counts": counts(row)} for row in asked.rows],
        empty=NO_RUNS,
    )


@router.get("/runs/{run:path}")
def run(run: str, desk: Here) -> Response:
    """Show one run."""
    state = _state(desk, run)
    return desk.page(
        "run.html",
        title=run,
        lead="How far this run is and where its time goes; what failed can be opened and tried again.",
        crumbs=[("Runs", "/runs"), (run, None)],
        live=f"/run_progress/{quote(run)}",
        **progress(desk, run, state),
        durations=figure(
            asked := desk.ask("duration_histogram", run=run),
            "How long attempts took",
            "Each bar counts attempts whose duration lies between this mark and the next; colours are tasks.",
            _histogram(asked),
            empty="No unit of this run has been tried yet: `skyledger work` starts workers.",
        ),
        slowest=table(
            desk.ask("slowest_executions", run=run, n=10),
            "Slowest attempts",
            "Where to look first when a run takes too long. The unit leads to its attempts and log.",
            {
                "unit_id": "Unit", "task": "Task", "instrument": "Instrument", "exposure": "Exposure",
                "detector": "Detector", "wall_s": "Time", "cpu_s": "CPU time", "max_rss_mb": "Peak memory",
                "host": "Host", "outcome": "Outcome",
            },
            empty="No unit of this run has been tried yet: `skyledger work` starts workers.",
        ),
    )  # fmt: skip


@router.get("/run_progress/{run:path}")
def run_progress(run: str, desk: Here) -> Response:
    """Give the live part of a run's page, which fetches it again and again."""
    return desk.fragment("run_progress.html", **progress(desk, run, _state(desk, run)))


def processings(desk: Desk, run: str) -> list[str]:
    """Give the runs to choose from, the newest first, with the one that was chosen.

    Raises
    ------
    NotThere
        Raised if there is no such run.
    """
    names = [row["run"] for row in desk.ask("runs").rows if row["n_units"]]
    if run and run not in names:
        names.append(_state(desk, run).rows[0]["run"])
    return names


def _state(desk: Desk, run: str) -> Asked:
    state = desk.ask("run_state", run=run)
    if not state.rows:
        raise NotThere("run", run, "the page Runs lists those there are")
    return state


def progress(desk: Desk, run: str, state: Asked) -> dict[str, Any]:
    """Give what the live part shows: state of the run, time left, one bar a task."""
    row = state.rows[0]
    tasks = desk.ask("run_summary", run=run)
    for task in tasks.rows:
        task["n_running"] = task["n_leased"]
    return {
        "run": run,
        "state": state,
        "row": row,
        "counts": counts(row),
        "left": duration(row["remaining_s"]),
        "failed": quote(run, safe=""),
        "tasks": tasks,
        "bars": [{**task, "counts": counts(task)} for task in tasks.rows],
    }


def counts(row: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Give the number of units by state, in the order in which a bar shows them."""
    return [(state, row[f"n_{state}"]) for state in STATES]


def _histogram(asked: Asked) -> Option:
    """Draw durations as stacked bars, empty bins included."""
    found = {(row["task"], row["bin"]): row["n"] for row in asked.rows}
    bins = [step for _, step in found]
    shown = range(min(bins, default=0), max(bins, default=0) + 1)
    series = {task: [found.get((task, step), 0) for step in shown] for task in dict.fromkeys(task for task, _ in found)}
    marks = [duration(10 ** (step / 4)) for step in shown]
    return bars(series, marks, axis("Time from", kind="category"), upward("Attempts"))
