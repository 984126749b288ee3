"""Plots of a comparison: histograms of metrics, residuals by magnitude, lost and gained rows on the sky."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from queries.comparison.metrics import BINS, Movement
from queries.comparison.tally import CatalogRows, Sample
from queries.web.charts import BAD, FAINT, GOOD, Option, axis, bars, point, scatter, upward
from queries.web.projection import gnomonic

FIELD = 2.0  # radius of the field that is drawn [deg]
COLOUR = "@c1"


def movement(metric: Movement) -> Option:
    """Draw how often a metric moved by how much."""
    low, high = metric.ends
    width = (high - low) / BINS
    if not width:
        counts, marks = [sum(metric.bins.values())], [f"{low:.4g}"]
    else:
        counts = [metric.bins.get(str(number), 0) for number in range(1, BINS + 1)]
        marks = [f"{low + (number + 0.5) * width:.4g}" for number in range(BINS)]
    name = axis("Difference b - a", metric.unit or None, "category")
    return bars({"datasets": counts}, marks, name, upward("Datasets"))


def residuals(rows: CatalogRows) -> Option:
    """Draw the median residual of each magnitude with the band that holds 90 % of the matches."""
    known = [one for one in rows.bins if one.n_matched and not isnan(one.residual)]
    marks = [f"{one.magnitude:g}" for one in known]
    # The band is the distance between two lines, stacked on the lower one.
    hidden = {"type": "line", "stack": "band", "stackStrategy": "all", "silent": True, "symbol": "none"}
    lower = {**hidden, "lineStyle": {"opacity": 0}, "data": [one.low for one in known]}
    upper = {
        **hidden, "name": "5 to 95 %", "lineStyle": {"opacity": 0}, "areaStyle": {"color": COLOUR, "opacity": 0.2},
        "data": [one.high - one.low for one in known],
    }  # fmt: skip
    median = {
        "type": "line", "name": "median", "color": COLOUR, "symbolSize": 7, "data": [one.residual for one in known],
    }  # fmt: skip
    return {
        "xAxis": {**axis("Magnitude", "mag", "category"), "data": marks},
        "yAxis": upward("Residual b - a", "mag"),
        "series": [lower, upper, median],
    }


def magnitudes(rows: CatalogRows) -> Option:
    """Draw matched, lost and gained rows of each magnitude."""
    series = {
        "matched": [one.n_matched for one in rows.bins],
        "lost": [one.n_lost for one in rows.bins],
        "gained": [one.n_gained for one in rows.bins],
    }
    marks = [f"{one.magnitude:g}" for one in rows.bins]
    option = bars(series, marks, axis("Magnitude", "mag", "category"), upward("Rows"))
    return option | {"color": [FAINT, BAD, GOOD]}


def lost_and_gained(rows: CatalogRows) -> tuple[Option, str]:
    """Draw where rows were lost and gained in the field of the dataset that lost and gained most, and say where it is.

    North is up, east is left; other fields may lie anywhere on the sky, so they are not drawn.
    """
    places = [place for sample in (rows.lost, rows.gained) for place in _places(sample)]
    shown = Counter(place[3] for place in places)
    worst = set(rows.worst[0][:2])
    if not worst & shown.keys():  # only some rows are kept to be shown, and none of that dataset may be among them
        worst = {shown.most_common(1)[0][0]}
    center = _middle([place for place in places if place[3] in worst])
    series = {"lost": _points(rows.lost, center), "gained": _points(rows.gained, center)}
    across = axis("East", "arcmin", inverse=True)
    option = scatter(series, across, upward("North", "arcmin")) | {"color": [BAD, GOOD]}
    return option, f"around RA {center[0]:.4f}°, Dec {center[1]:+.4f}°"


Place = tuple[float, float, float, int]  # right ascension, declination [deg], magnitude, dataset


def _places(sample: Sample) -> Iterator[Place]:
    return zip(sample.ra, sample.dec, sample.magnitude, sample.dataset_id, strict=True)


def _middle(places: Sequence[Place]) -> tuple[float, float]:
    """Give the middle of some positions of one field [deg]."""
    ra, dec = (np.radians([place[number] for place in places]) for number in (0, 1))
    x, y, z = (np.cos(dec) * np.cos(ra)).sum(), (np.cos(dec) * np.sin(ra)).sum(), np.sin(dec).sum()
    return float(np.degrees(np.arctan2(y, x)) % 360.0), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def _points(sample: Sample, center: tuple[float, float]) -> list[Option]:
    east, north = gnomonic(sample.ra, sample.dec, center)
    near = np.hypot(east, north) < FIELD
    return [
        point(
            60 * float(east[number]),
            60 * float(north[number]),
            "no flux" if isnan(magnitude) else f"{magnitude:.2f} mag",
            f"/dataset/{dataset}",
            symbolSize=6,
        )
        for number, (_, _, magnitude, dataset) in enumerate(_places(sample))
        if near[number]
    ]
