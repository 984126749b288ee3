"""Metrics: values over time per band and camera, against their specifications."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from fastapi import APIRouter, Response

from queries.web import links
from queries.web.asked import Asked
from queries.web.charts import BAD, Option, axis, point, scatter, upward
from queries.web.desk import Desk, Here, Nav
from queries.web.errors import NotThere
from queries.web.pages.runs import processings
from queries.web.parts import Table, figure, table, text_of

router = APIRouter()
NAV = Nav(30, "Metrics", "/quality", "How good the data are over time, and which values are out of specification.")
NO_METRICS = "Nothing was measured yet: `skyledger run single_frame` measures the images that came in."
RED_HEADINGS = {
    "metric": "Metric", "value": "Value", "must_be": "Must be",
    "instrument": "Instrument", "visit": "Visit", "detector": "Detector", "band": "Band", "day_obs": "Night",
    "description": "Why",
}  # fmt: skip
NIGHT_HEADINGS = {
    "day_obs": "Night", "instrument": "Instrument", "band": "Band", "n": "Values", "n_unknown": "Unknown",
    "lowest": "Lowest", "median": "Median", "mean": "Mean", "highest": "Highest", "scatter": "Scatter",
}  # fmt: skip
RULE_HEADINGS = {
    "specification": "Specification", "must_be": "Must be", "instrument": "Instrument", "band": "Band",
    "description": "Why",
}  # fmt: skip
SYMBOLS = ("circle", "rect", "triangle", "diamond", "pin", "arrow")


def red_table(desk: Desk, metric: str | None = None, n: int = 50) -> Table:
    """List what breaks its specification."""
    return table(
        desk.ask("red_metrics", metric=metric, n=n),
        "Red metrics",
        "Values that break their specification in the latest processing of each image, the newest night first. A value "
        "leads to the dataset it describes.",
        {name: text for name, text in RED_HEADINGS.items() if metric is None or name != "metric"},
        links={"value": links.dataset},
        empty="Nothing is red: every value that has a specification keeps it.",
    )


@router.get("/quality")
def metrics(desk: Here) -> Response:
    """List the metrics."""
    return desk.page(
        "metrics.html",
        title="Metrics",
        lead="A metric is a number measured on every image; open one to see it over time, with what it must be.",
        crumbs=[("Metrics", None)],
        red=red_table(desk),
        metrics=table(
            desk.ask("metrics"),
            "All metrics",
            "By the latest processing of each image; those with red values come first. Unknown values could not be "
            "measured on an image.",
            {
                "metric": "Metric", "description": "What it says", "unit": "Unit", "n_values": "Values",
                "n_unknown": "Unknown", "n_red": "Red", "n_specifications": "Specifications",
            },
            empty=NO_METRICS,
        ),
    )  # fmt: skip


@router.get("/quality/{metric:path}")
def metric(metric: str, desk: Here, instrument: str = "", band: str = "", run: str = "") -> Response:
    """Show one metric over time."""
    about = _about(desk, metric)
    chosen = {"instrument": instrument, "band": band, "run": run}
    points = desk.ask("metric_points", metric=metric, **chosen)
    rules = desk.ask("specifications", metric=metric)
    nightly = desk.ask("metric_history", metric=metric, **chosen)
    unit = f" [{about['unit']}]" if about["unit"] else ""
    return desk.page(
        "metric.html",
        title=metric,
        lead=f"{about['description']} One point per image: large red ones break a specification; click a point to see "
        "its dataset and what made it.",
        crumbs=[("Metrics", "/quality"), (metric, None)],
        chosen=chosen,
        choices={"instrument": about["instruments"] or [], "band": about["bands"] or [], "run": processings(desk, run)},
        points=figure(
            points,
            "Over time",
            _counted(points, run),
            _history(points, rules),
            empty="No image fits this choice: take another instrument or band.",
            tall=True,
        ),
        nightly=table(
            nightly,
            "Night by night",
            f"The same values{unit}, summed up per night, instrument and band; scatter is one standard deviation.",
            NIGHT_HEADINGS,
        ),
        rules=_rules(rules),
        red=red_table(desk, metric),
    )


def _rules(rules: Asked) -> Table:
    return table(
        rules,
        "What it must be",
        "Specifications in force; a value that breaks one is red wherever it is shown.",
        RULE_HEADINGS,
        empty="There is no specification for this metric: a pipeline's YAML may hold some.",
    )


def _about(desk: Desk, metric: str) -> Mapping[str, Any]:
    """Give what is known of a metric as a whole."""
    known = desk.ask("metrics", metric=metric)
    if not known.rows:
        raise NotThere("metric", metric, "the page Metrics lists those there are")
    return known.rows[0]


def _counted(points: Asked, run: str) -> str:
    """Say how many values there are and of which processing, how many are red, and how many are not drawn."""
    known = [row for row in points.rows if not isnan(row["value"])]
    red = sum(row["ok"] is False for row in known)
    undated = sum(row["obs_start_tai"] is None for row in known)
    left_out = {"that could not be measured": len(points.rows) - len(known), "of images without a date": undated}
    said = ", ".join(f"{n:,} {why}" for why, n in left_out.items() if n)
    of = f"the run {run}" if run else "the latest processing of each image"
    return f"{len(known):,} values of {of}, {red:,} of them red{f'; not drawn: {said}' if said else ''}."


def _history(points: Asked, rules: Asked) -> Option:
    """Draw values over time: one series per instrument and band, thresholds as lines."""
    rows = [row for row in points.rows if not isnan(row["value"]) and row["obs_start_tai"] is not None]
    series: dict[str, list[Option]] = {}
    for row in rows:
        series.setdefault(f"{row['instrument']} {row['band'] or ''}".strip(), []).append(_point(row))
    unit = rows[0]["unit"] if rows else None
    option = scatter(series, axis("Start of the exposure (TAI)", kind="time"), upward("Value", unit))
    for number, drawn in enumerate(option["series"]):
        drawn["symbol"] = SYMBOLS[number % len(SYMBOLS)]
    if rows and rules.rows:
        option["series"].append(_thresholds(rules.rows, rows[0]["obs_start_tai"]))
    return option


def _thresholds(rules: Sequence[Mapping[str, Any]], start: Any) -> Option:
    """Draw thresholds as lines; points without a size on them, because ECharts makes room for points only."""
    return {
        "type": "scatter",
        "symbolSize": 0,
        "silent": True,
        "data": [[start, rule["threshold"]] for rule in rules],
        "markLine": {"symbol": "none", "silent": True, "data": [_line(rule) for rule in rules]},
    }


def _point(row: Mapping[str, Any]) -> Option:
    image = f"visit {row['visit']}" + (f", detector {row['detector']}" if row["detector"] is not None else "")
    name = f"{row['instrument']} {image}, night {row['day_obs']}"
    red = {"itemStyle": {"color": BAD}, "symbolSize": 13} if row["ok"] is False else {}
    return point(row["obs_start_tai"], row["value"], name, links.dataset(row), **red)


def _line(rule: Mapping[str, Any]) -> Option:
    whose = " ".join(filter(None, (rule["instrument"], rule["band"])))
    label = f"{rule['specification']}: {rule['operator']} {text_of(rule['threshold'])}" + (
        f" ({whose})" if whose else ""
    )
    return {
        "yAxis": rule["threshold"],
        "lineStyle": {"color": BAD, "type": "dashed"},
        "label": {"formatter": label, "position": "insideEndTop", "color": BAD},
    }
