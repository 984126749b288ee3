"""Regions of dimension records: convex polygons as lsst.sphgeom writes them."""

import numpy as np
from numpy.typing import NDArray

CONVEX_POLYGON = ord("p")  # the first byte of the encoding says which shape it is
VERTEX = 24  # bytes: three little-endian doubles


def decode_polygon(encoded: str) -> NDArray[np.float64]:
    """Decode a `lsst.sphgeom.ConvexPolygon`.

    Its encoding, as the documentation of sphgeom (`Region::encode`) says, is a type byte and then the vertices as unit
    vectors, counter-clockwise as seen from outside, each three little-endian doubles.

    Parameters
    ----------
    encoded
        Hexadecimal, as in YAML.

    Returns
    -------
    Right ascension and declination of the vertices [deg], shape (n, 2).

    Raises
    ------
    ValueError
        Raised if it is no polygon, is cut short, or its vertices are no unit vectors.
    """
    raw = bytes.fromhex(encoded)
    if raw[:1] != bytes([CONVEX_POLYGON]):
        raise ValueError("it is no ConvexPolygon, the one shape that is read")
    if (len(raw) - 1) % VERTEX or len(raw) < 1 + 3 * VERTEX:
        raise ValueError(f"{len(raw)} bytes are no polygon of three or more vertices")
    vectors = np.frombuffer(raw, dtype="<f8", offset=1).reshape(-1, 3)
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-9):  # NaN is refused, too
        raise ValueError("its vertices are no unit vectors")
    ra = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0])) % 360.0
    dec = np.degrees(np.arctan2(vectors[:, 2], np.hypot(vectors[:, 0], vectors[:, 1])))
    return np.stack([ra, dec], axis=-1)
