"""Operations: queues, workers, throughput, failures by class, sizes and snapshots."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Response

from queries.web.asked import Asked
from queries.web.charts import Option, axis, bars, upward
from queries.web.desk import Desk, Here, Nav
from queries.web.parts import figure, table

router = APIRouter()
STEP = timedelta(minutes=10)
OUTCOMES = ("ok", "reused", "error", "lost")
NAV = Nav(15, "Operations", "/operations", "What is queued, who works, how fast, what fails, and how the database is.")


@router.get("/operations")
def operations(desk: Here) -> Response:
    """Show how the machinery is."""
    return desk.page(
        "operations.html",
        title="Operations",
        lead="What is queued and who works on it, what ended and what failed in the last day, and what makes the "
        "database slow. A monitor of yours gets the same as figures for Prometheus from /metrics.",
        crumbs=[("Operations", None)],
        **_work(desk),
        **_past_day(desk),
        **_database(desk),
    )


def _work(desk: Desk) -> dict[str, Any]:
    """Give what is queued, and who works on it."""
    return {
        "queues": table(
            desk.ask("queue_depth"),
            "Queues",
            "Units that may run now, that wait before another attempt, that are paused, and that a worker holds.",
            {
                "class": "Class", "run": "Run", "n_ready": "Ready", "n_backing_off": "Backing off",
                "n_paused": "Paused", "n_leased": "Running", "oldest_ready_s": "Oldest ready",
                "oldest_lease_s": "Oldest running",
            },
            empty="The queues are empty: nothing waits, and no worker holds anything.",
        ),
        "workers": table(
            desk.ask("workers"),
            "Workers",
            "Hosts with workers that have not ended; one that is silent for more than a minute loses its units.",
            {
                "host": "Host", "n_workers": "Workers", "n_busy": "Busy", "n_leased": "Units",
                "silent_s": "Silent for",
            },
            empty="Nobody works: `skyledger work` starts workers.",
        ),
    }  # fmt: skip


def _past_day(desk: Desk) -> dict[str, Any]:
    """Give what ended and what failed."""
    return {
        "throughput": figure(
            asked := desk.ask("throughput"),
            "Attempts that ended",
            "Attempts in each ten minutes of the last day, by outcome.",
            _throughput(asked),
            empty="No attempt has ended in the last day.",
        ),
        "latency": table(
            desk.ask("latency"),
            "How long units take",
            "Attempts of the last day that ended well.",
            {
                "task": "Task", "n": "Attempts", "wall_s_median": "Median", "wall_s_p95": "95 %",
                "wall_s_max": "Longest", "max_rss_mb": "Peak memory",
            },
            empty="No attempt has ended well in the last day.",
        ),
        "failures": table(
            desk.ask("failure_classes"),
            "Failures by class",
            "Attempts of the last day that failed; the page Failures lists each.",
            {
                "error_class": "Error", "task": "Task", "n": "Attempts", "n_units": "Units", "n_dead": "Dead now",
                "latest": "Latest (UTC)", "example": "What it said",
            },
            empty="Nothing has failed in the last day.",
        ),
    }  # fmt: skip


def _database(desk: Desk) -> dict[str, Any]:
    """Give what makes the database slow."""
    return {
        "snapshots": table(
            desk.ask("snapshots"),
            "Sessions that hold old rows",
            "Deleted rows stay as long as one of these could see them; one that is old slows every claim down: end it.",
            {
                "pid": "Process", "role": "Role", "application": "Application", "state": "State",
                "since": "Since (UTC)", "age_s": "Age", "held_xids": "Transactions since",
            },
            empty="No session holds a snapshot.",
        ),
        "sizes": table(
            desk.ask("table_sizes", n=15),
            "Largest tables",
            "Far more dead rows than live ones are bloat: vacuum the table, or end the session that holds them.",
            {
                "table_name": "Table", "n_live": "Rows", "n_dead": "Dead rows", "table_bytes": "Table",
                "index_bytes": "Indexes", "vacuumed_at": "Vacuumed (UTC)", "analyzed_at": "Analyzed (UTC)",
            },
        ),
    }  # fmt: skip


def _throughput(asked: Asked) -> Option:
    """Draw the attempts of each interval, stacked by outcome."""
    found: dict[str, dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    for row in asked.rows:
        found[row["outcome"]][row["since"]] += row["n"]
    times = [since for one in found.values() for since in one]
    steps = (max(times) - min(times)) // STEP + 1 if times else 0
    marks = [min(times) + step * STEP for step in range(steps)]  # those without an attempt, too
    series = {outcome: [found[outcome][mark] for mark in marks] for outcome in OUTCOMES if outcome in found}
    shown = [f"{mark:%H:%M}" for mark in marks]
    return bars(series, shown, axis("Ten minutes from (UTC)", kind="category"), upward("Attempts"))
