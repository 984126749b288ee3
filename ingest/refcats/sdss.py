"""SDSS DR9 in LSST reference files (HTM shards), known by their bands u to z."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.refcats.lsst import convert_lsst
from ingest.refcats.rawtable import RawTable, Rows
from ingest.refcats.stars import Reader, julian_years

BANDS = ("u", "g", "r", "i", "z")
# The imaging ran from 1998 to 2009 and the files do not say when a star was seen; there are no motions either.
EPOCH = 2004.0
SKY_VERSION, RERUN = 2, 301  # of all objects since DR8


def convert(raw: RawTable) -> Rows:
    """Compute the columns of the reference table."""
    columns = convert_lsst(raw, BANDS, ("resolved", "photometric"))
    return {
        **columns,
        "refStarId": object_id(columns["refStarId"]),
        "epochMjdTai": julian_years(np.full(len(raw), EPOCH)),
        "isResolved": raw.columns["resolved"],
        "isPhotometric": raw.columns["photometric"],
    }


def object_id(names: NDArray[Any]) -> NDArray[np.int64]:
    """Give the objID of SDSS: bits of sky version, rerun, run, camera column, field and object.

    Some shards write run, camera column, field and object as decimal digits instead (37051011300058: run 3705,
    column 1, field 113, object 58); that is shorter than any objID. Bits: SDSS SkyServer, "Photometric Object
    Identification Numbers".
    """
    names = names.astype(np.int64)
    run, rest = np.divmod(names, 10**10)
    column, rest = np.divmod(rest, 10**9)
    field, number = np.divmod(rest, 10**5)
    packed = (SKY_VERSION << 59) | (RERUN << 48) | (run << 32) | (column << 29) | (field << 16) | number
    return np.where(names < 1 << 48, packed, names)


READER = Reader("sdss_dr9", __name__, "SDSS DR9 in LSST reference files", frozenset({"coord_ra", "u_flux"}), convert)
