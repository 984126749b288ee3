"""Plots of sources against reference stars: photometric and astrometric residuals."""

from collections.abc import Mapping, Sequence
from typing import Any

from queries.web.asked import Asked
from queries.web.charts import FAINT, Option, axis, point, scatter, upward
from queries.web.parts import Figure, figure

NO_STARS = (
    "No reference star lies on a source of this image: `skyledger ingest refcat` brings stars in, "
    "and a run after it compares them."
)
NO_MAGNITUDES = (
    "No matched star has a magnitude in this band: the configuration of the task has no colour terms for it."
)
# Of the axes of offsets [arcsec].
REACHES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
ARROW = 60.0  # how many times longer than on the sky a residual is drawn in the map

Row = Mapping[str, Any]


def photometric(matches: Asked, against: str, name: str, unit: str) -> Figure:
    """Draw measured minus expected magnitudes against a column."""
    rows = [row for row in matches.rows if _number(row["d_magnitude"]) and _number(row[against])]
    series = _series(rows, "calib_photometry_used", against, "d_magnitude")
    option = scatter(series, axis(name, unit), upward("Measured \N{MINUS SIGN} expected", "mag"))
    return figure(
        matches,
        f"Zero point residuals against {name.lower()}",
        "Each star should lie on the line at 0: a slope with magnitude speaks of a wrong background or of saturation, "
        "one with colour of wrong colour terms.",
        _with_zero(option),
        empty=NO_STARS,
    )


def astrometric(matches: Asked) -> Figure:
    """Draw the offsets on the sky."""
    series = _series(matches.rows, "calib_astrometry_used", "d_ra", "d_dec")
    furthest = max((abs(row[name]) for row in matches.rows for name in ("d_ra", "d_dec")), default=1.0)
    reach = next((step for step in REACHES if step > furthest), furthest)
    limits: Option = {"min": -reach, "max": reach}
    option = scatter(
        series,
        axis(
            "Offset in right ascension \N{MULTIPLICATION SIGN} cos(declination)",
            "arcsec",
            inverse=True,
            axisLine={"onZero": False},
            **limits,
        ),
        upward("Offset in declination", "arcsec", axisLine={"onZero": False}, **limits),
    )
    return figure(
        matches,
        "Astrometric residuals",
        "Where sources lie, seen from their reference stars; they should scatter about (0, 0) evenly. East is left.",
        _with_zero(option),
        empty=NO_STARS,
    )


def quiver(matches: Asked, shape: tuple[int, int], scale: float) -> Figure:
    """Draw the offsets as arrows over the image; `scale` is that of its pixels [arcsec/pixel]."""
    height, width = shape
    stretch = ARROW / scale if scale > 0 else ARROW
    lines = [_arrow(row, stretch) for row in matches.rows]
    option: Option = {
        "xAxis": axis("x", "pixel", min=0, max=width),
        "yAxis": upward("y", "pixel", min=0, max=height),
        "series": [
            {
                "type": "lines", "coordinateSystem": "cartesian2d", "data": lines, "symbol": ["none", "arrow"],
                "symbolSize": 7, "lineStyle": {"width": 1.6, "opacity": 1, "color": "@c1"},
            }
        ],
    }  # fmt: skip
    return figure(
        matches,
        "Residuals over the image",
        f"An arrow begins at a source; its length is {ARROW:g} times the offset from the reference star, to the right "
        "for an offset to the west and upwards for one to the north. Arrows that turn with place mean a distortion.",
        option,
        empty=NO_STARS,
    )


def _arrow(row: Row, stretch: float) -> Option:
    begin = [row["x"], row["y"]]
    end = [row["x"] - stretch * row["d_ra"], row["y"] + stretch * row["d_dec"]]
    return {"coords": [begin, end], "name": _name(row)}


def _series(rows: Sequence[Row], used: str, x: str, y: str) -> dict[str, list[Option]]:
    """Give points by whether the calibration used them."""
    series: dict[str, list[Option]] = {"used in the fit": [], "not used": []}
    for row in rows:
        series["used in the fit" if row[used] else "not used"].append(point(row[x], row[y], _name(row)))
    return {name: points for name, points in series.items() if points}


def _name(row: Row) -> str:
    magnitude = f", {row['magnitude']:.2f} mag" if _number(row["magnitude"]) else ""
    return f"{row['catalog']} {row['refstarid']}{magnitude}"


def _number(value: Any) -> bool:
    return isinstance(value, float) and value == value


def _with_zero(option: Option) -> Option:
    """Add the line at 0 on which points should lie."""
    if option["series"]:
        line = {"yAxis": 0, "lineStyle": {"color": FAINT, "type": "dashed"}, "label": {"show": False}}
        option["series"][0]["markLine"] = {"symbol": "none", "silent": True, "data": [line]}
    return option
