"""The image viewer: a picture with its mask and sources on top, to zoom into."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from queries.web.pixels import Contents

LEAST_RADIUS = 0.008  # of a circle, as a part of the longer side of the image


@dataclass(frozen=True)
class Circle:
    """A source on the picture: center and radius [pixel] with y downwards, what is said of it, and its flags."""

    x: float
    y: float
    radius: float
    words: str
    flags: str


@dataclass(frozen=True)
class Viewer:
    """What the macro `viewer` of viewer.html draws; sizes in pixels of the image."""

    dataset_id: int
    width: int
    height: int
    planes: tuple[str, ...]
    circles: list[Circle] = field(default_factory=list)
    flags: list[tuple[str, int]] = field(default_factory=list)


def viewer(dataset_id: int, contents: Contents, sources: Sequence[Mapping[str, Any]] = ()) -> Viewer:
    """Give the viewer of a file that has an image; `sources` are rows of the query `visit_sources`."""
    assert contents.shape is not None
    height, width = contents.shape
    circles = [_circle(row, height, LEAST_RADIUS * max(width, height)) for row in sources]
    counts = Counter(flag for circle in circles for flag in circle.flags.split())
    return Viewer(dataset_id, width, height, contents.planes, circles, sorted(counts.items()))


def _circle(row: Mapping[str, Any], height: int, least: float) -> Circle:
    """Give the circle of a source: twice the radius of a disc of the area of its footprint."""
    magnitude = row["magnitude"]
    shown = "no magnitude" if magnitude is None or magnitude != magnitude else f"{magnitude:.2f} mag"
    words = (
        f"source {row['sourceid']}: {shown}, S/N {row['snr']:.0f}, x {row['x']:.1f}, y {row['y']:.1f}"
        f"{', ' if row['flags'] else ''}{row['flags'].replace(' ', ', ')}"
    )
    radius = max(least, 1.2 * (row["footprintarea_value"] / 3.14159) ** 0.5)
    # The center of the lower left pixel is (0, 0) in the catalog, and half a pixel inside the picture.
    return Circle(row["x"] + 0.5, height - 0.5 - row["y"], radius, words, row["flags"])
