"""Parts of ECharts options that pages share."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

GOOD, BAD, FAINT = "@good", "@bad", "@faint"  # colours of page.css; page.js puts them in
Option = dict[str, Any]
GAP = ["2%", "2%"]  # so that no point lies on the frame
# "@plain" is a formatter that page.js puts in: no separators, because a value may be the number of a night or a visit.
_SPECIAL: dict[str, Option] = {
    "value": {"boundaryGap": GAP, "axisLabel": {"formatter": "@plain"}},
    "time": {"boundaryGap": GAP},
}


def axis(name: str, unit: str | None = None, kind: str = "value", **more: Any) -> Option:
    """Give an axis with its name and unit; a value axis need not begin at zero.

    Parameters
    ----------
    kind
        `value`, `log`, `category` or `time`.
    """
    title = f"{name} [{unit}]" if unit else name
    return {
        "type": kind,
        "name": title,
        "nameLocation": "middle",
        "nameGap": 28,
        "scale": True,
        **_SPECIAL.get(kind, {}),
        **more,
    }


def upward(name: str, unit: str | None = None, kind: str = "value", **more: Any) -> Option:
    """Give a vertical axis, its name above its end, where it can be read."""
    placed = {"nameLocation": "end", "nameGap": 12, "nameTextStyle": {"align": "left"}}
    return {**axis(name, unit, kind), **placed, **more}


def point(x: Any, y: Any, name: str, link: str | None = None, **more: Any) -> Option:
    """Give a point; `name` is shown when the pointer is on it, a click follows `link`."""
    return {"value": [x, y], "name": name, **({"link": link} if link else {}), **more}


def scatter(series: Mapping[str, Sequence[Option]], x: Option, y: Option, **more: Any) -> Option:
    """Give points by series, with a legend and zooming on both axes."""
    drawn = [{"type": "scatter", "name": name, "symbolSize": 9, "data": data} for name, data in series.items()]
    return {
        **_legend(series),
        "xAxis": x,
        "yAxis": y,
        "dataZoom": [{"type": "inside"}, {"type": "inside", "orient": "vertical"}],
        "series": drawn,
        **more,
    }


def _legend(series: Sized) -> Option:
    """Give the legend; a single series needs none."""
    return {"legend": {"type": "scroll", "top": 0, "right": 8, "itemWidth": 14}} if len(series) > 1 else {}


def bars(series: Mapping[str, Iterable[Any]], categories: Sequence[Any], x: Option, y: Option) -> Option:
    """Give stacked bars by series over categories; `x` is an axis of that kind."""
    drawn = [{"type": "bar", "stack": "all", "name": name, "data": list(data)} for name, data in series.items()]
    return {
        **_legend(series),
        "xAxis": {**x, "data": list(categories)},
        "yAxis": {**y, "scale": False, "min": 0},
        "series": drawn,
    }
