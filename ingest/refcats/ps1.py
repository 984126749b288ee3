"""Pan-STARRS 1 in LSST reference files, known by their bands g to y."""

from ingest.refcats.lsst import convert_lsst, epochs
from ingest.refcats.rawtable import RawTable, Rows
from ingest.refcats.stars import Reader

BANDS = ("g", "r", "i", "z", "y")


def convert(raw: RawTable) -> Rows:
    """Compute the columns of the reference table."""
    return {**convert_lsst(raw, BANDS, ("epoch",)), "epochMjdTai": epochs(raw)}


READER = Reader("ps1", __name__, "Pan-STARRS 1 in LSST reference files", frozenset({"coord_ra", "y_flux"}), convert)
