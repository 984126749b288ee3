"""Maps of the sky as drawings: all of it, and one field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import hpgeom
import numpy as np
from numpy.typing import NDArray

from queries.web import links
from queries.web.parts import several
from queries.web.projection import Frame, gnomonic, graticule, mollweide, outline

ALL_SKY = Frame(960, 480)
FIELD = Frame(960, 560)
MARGIN = 1.25  # of the field around its images
LEAST_FIELD = 0.01  # half side of the smallest field [deg]
# Dark to light, for colour-blind eyes and in grey: cividis (Nunez et al. 2018, doi:10.1371/journal.pone.0199239).
PALETTE = ((0, 34, 78), (63, 78, 109), (124, 123, 120), (187, 173, 108), (254, 232, 56))
STEPS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # of grid lines [deg]

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """A polygon of a map: its points in SVG's words, its colour, what is said of it, and where it leads."""

    points: str
    colour: str | None
    words: str
    link: str | None = None


@dataclass(frozen=True)
class Dot:
    """A pointing."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Label:
    """A word at a grid line."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Map:
    """A drawing; `low` and `high` are the depths [mag] at the ends of the palette, None where nothing has one."""

    frame: Frame
    grid: list[str]
    labels: list[Label]
    shapes: list[Shape]
    low: float | None
    high: float | None
    dots: list[Dot] = field(default_factory=list)
    background: list[Shape] = field(default_factory=list)
    key: list[str] = field(default_factory=lambda: [tint(part, 0.0, 1.0) or "" for part in np.linspace(0, 1, 24)])


def all_sky(
    cells: Sequence[Row], order: int, pointings: Sequence[Row], density: Sequence[Row], density_order: int
) -> Map:
    """Draw rows of the queries `sky_cells`, `sky_pointings` and `reference_density`."""
    low, high = _limits(cells)
    shapes = [
        Shape(
            points,
            tint(row["maglim"], low, high),
            _cell_words(row),
            f"/sky?ra={row['ra']:.4f}&dec={row['dec']:.4f}#field",
        )
        for row in cells
        for points in _cell(row["cell"], order)
    ]
    most = max((row["stars_per_deg2"] for row in density), default=1.0)
    background = [
        Shape(points, f"{0.1 + 0.5 * np.sqrt(row['stars_per_deg2'] / most):.2f}", _star_words(row))
        for row in density
        for points in _cell(row["pixel"], density_order)
    ]
    places = [mollweide(row["ra"], row["dec"], ALL_SKY) for row in pointings]
    dots = [
        Dot(round(float(x), 1), round(float(y), 1), _pointing_words(row))
        for (x, y), row in zip(places, pointings, strict=True)
    ]
    grid = [_points(line) for line in graticule(ALL_SKY)]
    return Map(ALL_SKY, grid, list(_sky_labels()), shapes, low, high, dots, background)


def one_field(rows: Sequence[Row], center: tuple[float, float]) -> Map:
    """Draw the footprints of rows of the query `sky_footprints`, north up and east left."""
    corners = [np.stack(gnomonic(*_corners(row), center), axis=-1) for row in rows]
    low, high = _limits(rows)
    every = np.concatenate(corners) if corners else np.zeros((1, 2))
    middle = (np.nanmax(every, axis=0) + np.nanmin(every, axis=0)) / 2
    half = max(LEAST_FIELD, MARGIN * float(np.nanmax(np.abs(every - middle) / [FIELD.width / FIELD.height, 1.0])))

    def pixels(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled = (plane - middle) / half * FIELD.height / 2
        return np.stack([FIELD.width / 2 - scaled[..., 0], FIELD.height / 2 - scaled[..., 1]], axis=-1)

    shapes = [
        Shape(_points(pixels(plane)), tint(row["maglim"], low, high), _image_words(row), links.visit(row))
        for plane, row in zip(corners, rows, strict=True)
    ]
    step = next((step for step in STEPS if step >= half / 3), STEPS[-1])
    grid, labels = [], []
    for line, name in _local_grid(center, half, step):
        drawn = pixels(np.stack(gnomonic(line[:, 0], line[:, 1], center), axis=-1))
        grid.append(_points(drawn))
        labels += _edge_label(drawn, name)
    return Map(FIELD, grid, labels, shapes, low, high)


def tint(value: float | None, low: float | None, high: float | None) -> str | None:
    """Give the colour of a value between two limits; None where it is unknown."""
    if value is None or value != value or low is None or high is None:
        return None
    part = 0.5 if high <= low else min(max((value - low) / (high - low), 0.0), 1.0)
    place = part * (len(PALETTE) - 1)
    at = min(int(place), len(PALETTE) - 2)
    mixed = [round(a + (b - a) * (place - at)) for a, b in zip(PALETTE[at], PALETTE[at + 1], strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _limits(rows: Sequence[Row]) -> tuple[float | None, float | None]:
    known = [row["maglim"] for row in rows if row["maglim"] is not None and row["maglim"] == row["maglim"]]
    return (min(known), max(known)) if known else (None, None)


def _cell(cell: int, order: int) -> Iterator[str]:
    """Give the outlines of a HEALPix cell in the all-sky map."""
    ra, dec = hpgeom.boundaries(2**order, cell, 4)
    for polygon in outline(ra, dec, ALL_SKY):
        yield _points(polygon)


def _corners(row: Row) -> tuple[list[float], list[float]]:
    names = ("llc", "ulc", "urc", "lrc")
    return [row[f"{name}ra"] for name in names], [row[f"{name}dec"] for name in names]


def _cell_words(row: Row) -> str:
    depth = "no depth known" if row["maglim"] is None else f"deepest {row['maglim']:.2f} mag"
    what = f"{several(row['n_visits'], 'visit')} with {several(row['n_images'], 'image')} of {row['instruments']}"
    return f"{what}, {_bands(row)}, {depth}"


def _image_words(row: Row) -> str:
    image = f"{row['instrument']} visit {row['visit']}, detector {row['detector']}, {row['band'] or 'no band known'}"
    known = {"depth": (row["maglim"], "mag"), "seeing": (row["seeing"], "arcsec")}
    said = (f"{name} {v:.2f} {unit}" if v == v else f"no {name} known" for name, (v, unit) in known.items())
    return f"{image}: {', '.join(said)}"


def _pointing_words(row: Row) -> str:
    place = f"RA {row['ra']:g}°, Dec {row['dec']:+g}°"
    return f"{row['instrument']}: {several(row['n_visits'], 'visit')} near {place}, {_bands(row)}"


def _bands(row: Row) -> str:
    return f"bands {row['bands']}" if row["bands"] else "no band known"


def _star_words(row: Row) -> str:
    return f"{row['stars_per_deg2']:,.0f} stars of {row['catalog']} per square degree"


def _points(line: NDArray[np.float64]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in line if x == x and y == y)


def _sky_labels() -> Iterator[Label]:
    for ra in range(60, 360, 60):
        x, y = mollweide(float(ra), 0.0, ALL_SKY)
        yield Label(float(x) + 3, float(y) - 3, f"{ra}°")
    for dec in (-60, -30, 30, 60):
        x, y = mollweide(359.9, float(dec), ALL_SKY)
        yield Label(float(x) + 4, float(y) - 3, f"{dec:+}°")


def _local_grid(center: tuple[float, float], half: float, step: float) -> Iterator[tuple[NDArray[np.float64], str]]:
    """Give meridians and parallels around a center, with their names."""
    wide = min(2.0 * half, 80.0)
    low, high = max(center[1] - wide, -89.9), min(center[1] + wide, 89.9)
    squeeze = np.cos(np.radians(min(max(abs(low), abs(high)), 89.0)))
    ra_step = next((wider for wider in STEPS if wider >= step / squeeze), 30.0)
    reach = min(2.0 * wide / squeeze, 180.0)
    digits = max(0, int(np.ceil(-np.log10(step))))
    for ra in np.arange(np.ceil((center[0] - reach) / ra_step), (center[0] + reach) / ra_step) * ra_step:
        yield np.stack([np.full(40, ra), np.linspace(low, high, 40)], axis=-1), f"{ra % 360:.{digits}f}°"
    for dec in np.arange(np.ceil(low / step), high / step) * step:
        yield (
            np.stack([np.linspace(center[0] - reach, center[0] + reach, 80), np.full(80, dec)], axis=-1),
            f"{dec:+.{digits}f}°",
        )


def _edge_label(line: NDArray[np.float64], name: str) -> list[Label]:
    """Give the word of a grid line where it enters the map at the bottom or the left."""
    x, y = line[:, 0], line[:, 1]
    inside = (x >= 0) & (x <= FIELD.width - 40) & (y >= 14) & (y <= FIELD.height)
    if not inside.any():
        return []
    steep = np.ptp(y[inside]) > np.ptp(x[inside])
    at = np.flatnonzero(inside)[np.argmax(y[inside]) if steep else np.argmin(x[inside])]
    return [Label(round(float(x[at]), 1) + 3, round(float(y[at]), 1) - 4, name)]
