"""Reference files written for tests."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray

from tests.support.frames import DATA

TYCHO = DATA / "refcats" / "tycho2" / "tycho2_panoptes_cygnus_ra303.2_dec+46.0.csv"
PS1 = DATA / "refcats" / "ps1" / "ps1-refcat-v1.fits"
SDSS_HTM = DATA / "refcats" / "sdss_htm"
SDSS_D3 = DATA / "refcats" / "sdss_d3"
BANDS = ("g", "r", "i", "z", "y")


def write_stars(
    path: Path,
    ra: Any,
    dec: Any,
    *,
    motion: tuple[Any, Any] = (0.0, 0.0),
    epoch: float = 57205.875,
    first: int = 1,
    flux: float = 3631e3,
) -> NDArray[np.int64]:
    """Write an LSST reference file of stars, numbered from `first`; give the numbers.

    Parameters
    ----------
    ra, dec
        Positions [deg], shape (n,).
    motion
        Proper motions along right ascension and declination [mas/yr].
    epoch
        Of the positions, MJD in TAI.
    flux
        In all bands [nJy]: 3631e3 is magnitude 15.
    """
    n = len(ra)
    table = Table({"id": np.arange(first, first + n), "coord_ra": np.radians(ra), "coord_dec": np.radians(dec)})
    for band in BANDS:
        table[f"{band}_flux"], table[f"{band}_fluxErr"] = np.full(n, flux), np.full(n, flux / 100)
        table[f"{band}_flux"].unit = table[f"{band}_fluxErr"].unit = "nJy"
    for name, value in zip(("pm_ra", "pm_dec"), motion, strict=True):
        table[name], table[f"{name}_err"] = np.full(n, value, dtype=float), np.full(n, 0.1)
        table[name].unit = table[f"{name}_err"].unit = "mas/yr"
    table["epoch"] = np.full(n, epoch)
    table["epoch"].unit = "day"
    table["coord_ra"].unit = table["coord_dec"].unit = "rad"
    table.write(path)
    return np.asarray(table["id"])
