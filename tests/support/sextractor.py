"""SExtractor, an independent measure of the same pixels."""

import os
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

PROGRAM = which("source-extractor") or which("sex")
COLUMNS = """\
X_IMAGE
Y_IMAGE
XWIN_IMAGE
YWIN_IMAGE
FLUX_AUTO
FLUXERR_AUTO
KRON_RADIUS
FLUX_PETRO
FLUXERR_PETRO
FLUX_APER({apertures})
FLUXERR_APER({apertures})
FLUX_RADIUS
A_IMAGE
B_IMAGE
THETA_IMAGE
ISOAREA_IMAGE
X2WIN_IMAGE
Y2WIN_IMAGE
XYWIN_IMAGE
BACKGROUND
FLAGS
"""
FILTER = "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n"
SETTINGS = {
    "CATALOG_NAME": "found.fits",
    "CATALOG_TYPE": "FITS_1.0",
    "PARAMETERS_NAME": "found.param",
    "FILTER_NAME": "pyramid.conv",
    "DETECT_THRESH": "1.5",
    "ANALYSIS_THRESH": "1.5",
    "DETECT_MINAREA": "5",
    "BACK_SIZE": "64",
    "BACK_FILTERSIZE": "3",
    "MEMORY_PIXSTACK": "3000000",
    "MEMORY_OBJSTACK": "20000",
    "VERBOSE_TYPE": "QUIET",
}
"""1.5 sigma, 5 pixels, the 3 x 3 filter; deblending, apertures of AUTO and PETRO as the program has them."""


def extract(
    image: NDArray[np.float32], folder: Path, radii: tuple[float, ...], zero_point: float, **changed: str
) -> tuple[NDArray[Any], float]:
    """Run SExtractor on an image; give its catalog and the CPU time it took (s), reading and writing included.

    Parameters
    ----------
    image
        Pixels, shape (ny, nx).
    folder
        Where it works.
    radii
        Of the apertures (pixels), at least two.
    zero_point
        AB magnitude of one pixel unit.
    changed
        Settings other than `SETTINGS`.
    """
    assert PROGRAM is not None
    fits.writeto(folder / "image.fits", image, overwrite=True)
    (folder / "pyramid.conv").write_text(FILTER)
    (folder / "found.param").write_text(COLUMNS.format(apertures=len(radii)))
    diameters = ",".join(str(2 * radius) for radius in radii)
    settings = {**SETTINGS, "PHOT_APERTURES": diameters, "MAG_ZEROPOINT": str(zero_point), **changed}
    (folder / "found.sex").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = subprocess.Popen([PROGRAM, "image.fits", "-c", "found.sex"], cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return np.asarray(fits.getdata(folder / "found.fits")), usage.ru_utime + usage.ru_stime
