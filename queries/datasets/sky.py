"""Shapes on the sky in conditions on datasets, as ranges of HEALPix pixels."""

import math

import numpy as np
from numpy.typing import NDArray

from queries.datasets.fields import SHAPES
from queries.datasets.tree import Call
from queries.datasets.values import Values
from schema.sky import box_ranges, cone_ranges, healpix29, multirange, polygon_ranges


def shape_ranges(shape: Call, values: Values) -> str:
    """Give the pixels that cover a shape, as an `int8multirange`; angles in degrees.

    Raises
    ------
    BadExpression
        Raised if there is no such shape, or it is none on the sky.
    """
    if shape.name not in SHAPES:
        values.refuse(shape.at, f"no shape {shape.name!r}; there are {', '.join(SHAPES)}")
    least, usage = SHAPES[shape.name]
    given = [float(values.read(one, "number", f"every angle of {shape.name}")) for one in shape.arguments]
    wrong_number = len(given) % 2 or len(given) < least if shape.name == "polygon" else len(given) != least
    if wrong_number:
        values.refuse(shape.at, f"write {usage} in degrees")
    corners = np.array(given[:2] if shape.name != "polygon" else given).reshape(-1, 2)
    if np.abs(corners[:, 1]).max() > 90.0:
        values.refuse(shape.at, "a declination is from -90 to 90 degrees")
    return _ranges(shape, given, corners, values)


def _ranges(shape: Call, given: list[float], corners: NDArray[np.float64], values: Values) -> str:
    ra, dec = corners[0, 0] % 360.0, corners[0, 1]
    if shape.name == "point":
        pixel = int(healpix29(np.array([ra]), np.array([dec]))[0])
        return multirange(np.array([[pixel, pixel + 1]]))
    if shape.name == "circle":
        if not 0.0 < given[2] <= 180.0:
            values.refuse(shape.at, "a radius is above 0 and at most 180 degrees")
        return multirange(cone_ranges(ra, dec, given[2]))
    if shape.name == "box":
        box = _box(ra, dec, given[2], given[3])
        if box is None:
            values.refuse(shape.at, "a box is at most 90 degrees wide and high, and does not reach a pole")
        return box_ranges(*box)
    try:
        return polygon_ranges(corners)
    except (ValueError, RuntimeError) as error:
        values.refuse(shape.at, f"that is no convex {shape.name} on the sky ({' '.join(str(error).split())})")


def _box(ra: float, dec: float, width: float, height: float) -> tuple[float, float, float, float] | None:
    """Give the edges of a box in right ascension and declination by its center and its sizes on the sky, else None."""
    low, high = dec - height / 2, dec + height / 2
    if not (0 < width <= 90 and 0 < height <= 90 and low > -90 and high < 90):
        return None
    half = width / 2 / math.cos(math.radians(dec))
    if half > 90:
        return None
    return (ra - half) % 360.0, (ra + half) % 360.0, low, high
