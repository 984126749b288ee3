"""Campaigns: reprocessings turn by turn: cost, metrics, verdicts."""

import shlex
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from queries.comparison.stored import restored
from queries.web.asked import Asked
from queries.web.charts import Option, axis, bars, point, scatter, upward
from queries.web.desk import Desk, Here, Nav
from queries.web.errors import NotThere
from queries.web.links import Row
from queries.web.pages.compare import comparison_page
from queries.web.parts import figure, table, text_of

router = APIRouter()
NAV = Nav(
    12, "Campaigns", "/campaigns", "Reprocessings that are done again and again: what each cost, and what it changed."
)
NO_TURN = "There is no turn yet: `skyledger campaign run {}` does one."
VERDICTS = ["failed", "worse", "same", "better"]
TURN_HEADINGS = {
    "turn": "Turn", "due_at": "Due (UTC)", "run": "Run", "verdict": "Verdict", "compared_with": "Against turn",
    "reason": "Why", "n_to_run": "To run", "n_reused": "Reused", "n_excluded": "Excluded", "n_failed": "Failed",
    "wall_s": "Duration", "cpu_s": "CPU time", "n_bytes": "Bytes",
}  # fmt: skip


@router.get("/campaigns")
def campaigns(desk: Here) -> Response:
    """List the campaigns."""
    asked = desk.ask("campaigns")
    return desk.page(
        "campaigns.html",
        title="Campaigns",
        lead="A campaign is a reprocessing that is done again and again; each turn is compared with the one before.",
        crumbs=[("Campaigns", None)],
        campaigns=table(
            asked,
            "All campaigns",
            "The verdict is that of the last turn; open a campaign to see how cost and metrics went.",
            {
                "campaign": "Campaign", "description": "What for", "pipeline": "Pipeline", "every": "Every",
                "last_turn": "Turns", "verdict": "Verdict", "next_due_at": "Next due (UTC)",
            },
            links={"campaign": lambda row: f"/campaigns/{quote(row['campaign'])}"},
            empty="Nobody has created one: `skyledger campaign create real_frames` does.",
        ),
    )  # fmt: skip


@router.get("/campaigns/{campaign}")
def campaign(campaign: str, desk: Here) -> Response:
    """Show one campaign, turn by turn."""
    known = {row["campaign"]: row for row in desk.ask("campaigns").rows}
    if campaign not in known:
        raise NotThere("campaign", campaign, "the page Campaigns lists those there are")
    turns = desk.ask("campaign_turns", campaign=campaign)
    empty = NO_TURN.format(campaign)
    return desk.page(
        "campaign.html",
        title=campaign,
        lead=known[campaign]["description"],
        crumbs=[("Campaigns", "/campaigns"), (campaign, None)],
        verdicts=figure(
            turns,
            "Verdicts",
            "By rule a turn is judged on the specifications in force; what a person says counts before that.",
            _verdicts(turns),
            empty=empty,
        ),
        **_cost(turns, empty),
        **_quality(desk, campaign, empty),
        **_tables(desk, campaign, turns, empty),
    )


@router.get("/campaigns/{campaign}/{turn}")
def turn(campaign: str, turn: int, desk: Here) -> Response:
    """Show the comparison that was kept of a turn with the one before."""
    kept = _kept_comparison(desk, campaign, turn)
    return comparison_page(
        desk,
        restored(kept["comparison"]),
        [("Campaigns", "/campaigns"), (campaign, f"/campaigns/{quote(campaign)}"), (f"Turn {turn}", None)],
        f"/campaigns/{quote(campaign)}/{turn}/comparison.json",
        shlex.join(["skyledger", "campaign", "report", campaign, "--turn", str(turn)]),
        f"Turn {turn} of the campaign {campaign} beside turn {kept['compared_with']}, as it was kept at "
        f"{text_of(kept['reported_at'])} UTC; the form compares what the two runs hold now.",
    )


@router.get("/campaigns/{campaign}/{turn}/comparison.json")
def document(campaign: str, turn: int, desk: Here) -> Response:
    """Give the same as a document."""
    return JSONResponse(_kept_comparison(desk, campaign, turn)["comparison"])


def _kept_comparison(desk: Desk, campaign: str, turn: int) -> Row:
    """Find the comparison that was kept of a turn."""
    found = desk.ask("campaign_comparison", campaign=campaign, turn=turn).rows
    if not found:
        listed = "the page of the campaign lists its turns; the first, and one that goes on, have none"
        raise NotThere("comparison of turn", f"{turn} of the campaign {campaign}", listed)
    return found[0]


def _tables(desk: Desk, campaign: str, turns: Asked, empty: str) -> dict[str, Any]:
    """List the turns, and what their plans left out."""
    return {
        "turns": table(
            turns,
            "All turns",
            "What was done of each, and what it took; the run leads to its units, the number of the turn that it was "
            "compared with to what came out of that.",
            TURN_HEADINGS,
            links={"compared_with": lambda row: f"/campaigns/{quote(row['campaign'])}/{row['turn']}"},
            empty=empty,
        ),
        "refused": table(
            desk.ask("campaign_refused", campaign=campaign),
            "Left out by the plans",
            "What cannot be used, turn by turn, the newest first; what the exclusion leaves out is counted above.",
            {"turn": "Turn", "sentence": "What, and why"},
            empty="No plan of this campaign left anything out.",
        ),
    }


def _cost(turns: Asked, empty: str) -> dict[str, Any]:
    """Draw what was foreseen beside what it took."""
    return {
        "cost": figure(
            turns,
            "CPU time of each turn",
            "What the plan foresaw from earlier executions beside what all attempts took.",
            _beside(turns, {"estimated": "estimated_cpu_s", "spent": "cpu_s"}, "CPU time", "s"),
            empty=empty,
        ),
        "size": figure(
            turns,
            "Files of each turn",
            "What the plan foresaw from files of the same types beside what was written.",
            _beside(turns, {"estimated": "estimated_bytes", "written": "n_bytes"}, "Size", "byte"),
            empty=empty,
        ),
    }


def _quality(desk: Desk, campaign: str, empty: str) -> dict[str, Any]:
    """Give what happened to the metrics."""
    metrics = desk.ask("campaign_metrics", campaign=campaign)
    kept = desk.ask("campaign_specifications", campaign=campaign)
    return {
        "metrics": figure(
            metrics,
            "Metrics against the first turn",
            "The median of each metric, as a ratio to its median in the first turn that has it: 1 is no change.",
            _ratios(metrics),
            empty=empty,
            tall=True,
        ),
        "kept": figure(
            kept,
            "Values and their specifications",
            "How many values keep the specifications that are in force now, and how many do not.",
            _kept(kept),
            empty="No value of this campaign has a specification.",
        ),
    }


def _verdicts(turns: Asked) -> Option:
    """Draw the verdicts, the better the higher."""
    judged = [row for row in turns.rows if row["verdict"]]
    points = [point(row["turn"], row["verdict"], f"turn {row['turn']}: {row['reason']}") for row in judged]
    return scatter({"verdict": points}, axis("Turn", minInterval=1), upward("Verdict", kind="category", data=VERDICTS))


def _beside(turns: Asked, columns: Mapping[str, str], name: str, unit: str) -> Option:
    """Draw columns of the turns beside each other."""
    series = {title: [row[column] or 0 for row in turns.rows] for title, column in columns.items()}
    drawn = bars(series, [row["turn"] for row in turns.rows], axis("Turn", kind="category"), upward(name, unit))
    for one in drawn["series"]:
        del one["stack"]
    return drawn


def _ratios(metrics: Asked) -> Option:
    """Draw the medians of each metric relative to its first."""
    values: dict[str, list[tuple[int, float, int]]] = defaultdict(list)
    for row in metrics.rows:
        if row["median"] is not None:
            values[row["metric"]].append((row["turn"], row["median"], row["n"]))
    series = {
        metric: [
            point(turn, value / found[0][1], f"{metric} turn {turn}: {value:.4g} (n = {n:,})")
            for turn, value, n in found
        ]
        for metric, found in values.items()
        if found[0][1]
    }
    drawn = scatter(series, axis("Turn", minInterval=1), upward("Ratio to the first turn"))
    for one in drawn["series"]:
        one["type"] = "line"
    return drawn


def _kept(kept: Asked) -> Option:
    """Draw how many values keep their specifications, turn by turn."""
    turns = sorted({row["turn"] for row in kept.rows})
    sums = {turn: [0, 0] for turn in turns}
    for row in kept.rows:
        sums[row["turn"]][0] += row["n_kept"]
        sums[row["turn"]][1] += row["n_broken"]
    series = {"keep it": [sums[turn][0] for turn in turns], "do not": [sums[turn][1] for turn in turns]}
    return bars(series, turns, axis("Turn", kind="category"), upward("Values"))
