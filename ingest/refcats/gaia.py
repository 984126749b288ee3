"""Gaia DR2 in the HEALPix chunks of the Legacy Surveys."""

import numpy as np

from ingest.refcats.rawtable import RawTable, Rows
from ingest.refcats.stars import MAGNITUDE, Reader, julian_years

# Reference column to chunk column, where nothing has to be computed.
SAME = {
    "refStarId": "source_id", "ra": "ra", "dec": "dec", "raErr": "ra_error", "decErr": "dec_error",
    "pmRa": "pmra", "pmDec": "pmdec", "pmRaErr": "pmra_error", "pmDecErr": "pmdec_error",
    "parallax": "parallax", "parallaxErr": "parallax_error",
    "astrometricExcessNoise": "astrometric_excess_noise", "duplicatedSource": "duplicated_source",
}  # fmt: skip
BANDS = {"g": "g", "bp": "bp", "rp": "rp"}
# Stars with two parameters have no motion: the chunks give its error as NaN, and write 0 for the motion itself.
MOTION = ("pmRa", "pmDec", "pmRaErr", "pmDecErr", "parallax", "parallaxErr")


def convert(raw: RawTable) -> Rows:
    """Compute the columns of the reference table from those of a chunk."""
    rows = raw.columns
    measured = {f"phot_{band}_mean_{what}" for band in BANDS.values() for what in ("mag", "flux_over_error")}
    raw.demand({*SAME.values(), *measured, "ref_epoch"})
    columns = {ours: rows[theirs] for ours, theirs in SAME.items()}
    moving = rows["pmra_error"] > 0
    for name in MOTION:
        columns[name] = np.where(moving, columns[name], np.float32("nan"))
    for ours, theirs in BANDS.items():
        magnitude, ratio = (rows[f"phot_{theirs}_mean_{what}"] for what in ("mag", "flux_over_error"))
        known = (magnitude > 0) & (ratio > 0)
        columns[f"{ours}Mag"] = np.where(known, magnitude, np.float32("nan"))
        columns[f"{ours}MagErr"] = np.divide(
            np.float32(MAGNITUDE), ratio, out=np.full(len(ratio), np.nan, np.float32), where=known
        )
    columns["epochMjdTai"] = julian_years(rows["ref_epoch"])
    return columns


READER = Reader(
    "gaia_dr2",
    __name__,
    "Gaia DR2 chunks of the Legacy Surveys (HEALPix nside 32)",
    frozenset({"source_id", "phot_g_mean_mag"}),
    convert,
)
