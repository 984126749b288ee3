"""HEALPix ranges: footprints of polygons, cells and cones."""

import hpgeom
import numpy as np
from numpy.typing import NDArray

ORDER = 29
# 6.4 arcsec, for polygons up to 0.1 deg; a larger one gets larger cells, so that a footprint stays some hundred ranges.
POLYGON_ORDER = 15
CELL_ORDER = 5


def healpix29(ra: NDArray[np.float64], dec: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give nested HEALPix pixels of order 29 of positions in degrees; -1 where a position is not finite."""
    good = np.isfinite(ra) & np.isfinite(dec)
    pixels = np.full(np.shape(ra), -1, dtype=np.int64)
    pixels[good] = hpgeom.angle_to_pixel(2**ORDER, ra[good], dec[good])
    return pixels


def polygon_ranges(corners: NDArray[np.float64]) -> str:
    """Give the footprint of a convex polygon.

    Parameters
    ----------
    corners
        Right ascension and declination [deg], shape (n, 2).

    Returns
    -------
    An `int8multirange` literal of nested pixels of order 29 that covers the polygon.
    """
    width = np.ptp(np.unwrap(corners[:, 0], period=360.0)) * np.cos(np.radians(np.abs(corners[:, 1]).min()))
    order = _order(float(max(width, np.ptp(corners[:, 1]))))
    ranges = hpgeom.query_polygon(
        2**order, corners[:, 0] % 360.0, corners[:, 1], inclusive=True, return_pixel_ranges=True
    )
    return multirange(np.asarray(ranges, dtype=np.int64) << 2 * (ORDER - order))


def box_ranges(west: float, east: float, south: float, north: float) -> str:
    """Give the pixels between two meridians and two parallels [deg]; west may be above east, around 0.

    The edge of a polygon is a great circle, which leaves the parallel between its ends.
    """
    width = (east - west) % 360.0 * np.cos(np.radians(min(abs(south), abs(north)) if south * north > 0 else 0.0))
    order = _order(float(max(width, north - south)))
    ranges = hpgeom.query_box(2**order, west, east, south, north, inclusive=True, return_pixel_ranges=True)
    return multirange(np.asarray(ranges, dtype=np.int64) << 2 * (ORDER - order))


def _order(scale: float) -> int:
    """Give the order of cells that cover a shape of a size [deg]."""
    return int(np.clip(POLYGON_ORDER - np.log2(max(scale, 0.1) / 0.1), 8, POLYGON_ORDER))


def cell_ranges(uniq: int) -> str:
    """Give the footprint of one HEALPix cell, given as 4 * 4^order + pixel."""
    order = (uniq.bit_length() - 3) // 2
    first = uniq - 4 * 4**order
    return multirange(np.array([[first, first + 1]], dtype=np.int64) << 2 * (ORDER - order))


def cone_ranges(ra: float, dec: float, radius: float) -> NDArray[np.int64]:
    """Give the pixel ranges [low, high) of order 29 that cover a cone, angles in degrees, shape (n, 2)."""
    # hpgeom compares cosines, which do not tell angles of some milliarcseconds apart: smaller cones are covered by one
    # of 36, and the query cuts exactly anyway.
    width = max(radius, 1e-5)
    # Cells of about half the radius: some ten ranges whatever the radius is.
    order = max(int(np.floor(np.log2(58.6 / width))) + 1, 3)
    ranges = hpgeom.query_circle(2**order, ra, dec, width, inclusive=True, return_pixel_ranges=True)
    return np.asarray(ranges, dtype=np.int64) << 2 * (ORDER - order)


def multirange(ranges: NDArray[np.int64]) -> str:
    """Write ranges [low, high), shape (n, 2), as an `int8multirange` literal."""
    return "{" + ",".join(f"[{low},{high})" for low, high in ranges.tolist()) + "}"
