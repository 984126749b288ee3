"""The reference catalog format of the LSST pipelines, whatever the catalog in it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.refcats.rawtable import RawTable, Rows
from ingest.refcats.stars import magnitudes

MOTIONS = {"pmRa": "pm_ra", "pmDec": "pm_dec"}
POSITION_ERRORS = {"raErr": "coord_ra_err", "decErr": "coord_dec_err"}
MAS = "mas"
UNIX = 40587.0  # MJD of the first of January 1970


def convert_lsst(raw: RawTable, bands: Sequence[str], others: Sequence[str] = ()) -> Rows:
    """Compute the columns of the reference table that the format itself defines.

    Fluxes without a unit are in Jy: the first version of the format had them so; since format version 1 they are in
    nJy and say so. Errors of 0 mean that nothing was measured.

    Parameters
    ----------
    others
        Columns beyond those of the format that the file must have.
    """
    errors = {band: _error_name(raw, band) for band in bands}
    raw.demand({"id", "coord_ra", "coord_dec", *(f"{band}_flux" for band in bands), *errors.values(), *others})
    columns: Rows = {
        "refStarId": raw.columns["id"],
        "ra": raw.quantity("coord_ra", "deg"),
        "dec": raw.quantity("coord_dec", "deg"),
    }
    for band, error in errors.items():
        flux, flux_error = (raw.quantity(name, "nJy", default="Jy") for name in (f"{band}_flux", error))
        columns[f"{band}AbMag"], columns[f"{band}AbMagErr"] = magnitudes(flux, flux_error)
    return columns | _astrometry(raw)


def epochs(raw: RawTable) -> NDArray[np.float64]:
    """Give the epochs (MJD): days where the column says so, else seconds since 1970, whose scale shows in no motion."""
    epoch = raw.columns["epoch"].astype(np.float64)
    return epoch if raw.units.get("epoch") in ("day", "d") else UNIX + epoch / 86400


def _error_name(raw: RawTable, band: str) -> str:
    """Give the name of a flux error; the first version of the format called it Sigma."""
    old = f"{band}_fluxSigma"
    return old if old in raw.columns else f"{band}_fluxErr"


def _astrometry(raw: RawTable) -> Rows:
    """Give errors of positions and motions, where the file has them; radians without a unit."""
    columns = {}
    for ours, theirs in POSITION_ERRORS.items():
        if theirs in raw.columns:
            error = raw.quantity(theirs, MAS, default="rad")
            columns[ours] = np.where(error > 0, error, np.nan)
    for ours, theirs in MOTIONS.items():
        if theirs in raw.columns and f"{theirs}_err" in raw.columns:
            error = raw.quantity(f"{theirs}_err", f"{MAS}/yr", default="rad/yr")
            columns[ours] = np.where(error > 0, raw.quantity(theirs, f"{MAS}/yr", default="rad/yr"), np.nan)
            columns[f"{ours}Err"] = np.where(error > 0, error, np.nan)
    return columns
