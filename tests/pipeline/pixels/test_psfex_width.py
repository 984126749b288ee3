"""The PSF of real 90Prime stamps is as wide as the PSFEx model of the whole CCD says at that place.

The `fwhm` of the Legacy Surveys' CCD table is no truth for a stamp: for this camera it is the keyword SEEINGP1, one
number for the CCD, and even in the middle of the CCD the PSFEx models are 5 % wider. The stamps lie near an edge.
"""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from numpy.typing import NDArray

from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.gaussian_fit import fit_gaussian
from pipeline.pixels.instcal import instcal_exposure
from tests.pipeline.pixels.conftest import header_wcs
from tests.support.frames import BASS_177

NAMES = ("ksb_170430_055945_ooi_r_ls9", "ksb_180313_081856_ooi_g_ls9")


def calibrated(name: str) -> Calibrated:
    paths = [BASS_177 / "90prime" / f"{name}.CCD4.fits".replace("ooi", kind) for kind in ("ooi", "ood", "oow")]
    pixels, codes, weight = (fits.getdata(path).astype(np.float32) for path in paths)
    exposure = instcal_exposure(
        pixels,
        codes.astype(np.int32),
        weight,
        pixel_unit="count/s",
        wcs=header_wcs(fits.getheader(paths[0], 1)),
        exp_time=100.0,
        mid_mjd_tai=58000.0,
        band="r",
    )
    return calibrate(exposure, None, CalibrateConfig())


def psfex_width(path: Path, x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Fit a Gaussian to the PSFEx model at places of the stamp (pixels), as is done to stars; mean FWHM (pixels)."""
    model = fits.getdata(path, 1)[0]
    u = (np.mean(x) + 1 - model["polzero1"]) / model["polscal1"]
    v = (np.mean(y) + 1 - model["polzero2"]) / model["polscal2"]
    # PSFEx has 1, u, u^2, v, u v, v^2.
    terms = [u**i * v**j for j in range(3) for i in range(3 - j)]
    grid = np.tensordot(terms, model["psf_mask"].astype(np.float64), 1)
    best = fit_gaussian(grid, np.ones(grid.shape, np.bool_), 3.0)
    assert best is not None
    return best.fwhm * float(model["psf_samp"])


@pytest.mark.parametrize("name", NAMES)
def test_two_stars_are_as_wide_as_the_model_of_the_ccd_at_their_place(name: str) -> None:
    found = calibrated(name)
    used = found.sources["calib_psf_used"]
    assert np.sum(used) == 2
    x, y = found.sources["x"][used], found.sources["y"][used]
    expected = psfex_width(BASS_177 / "psfex" / f"{name}-psfex.fits", x, y)
    assert found.summary["psfFwhm"] == pytest.approx(expected, rel=0.04)


def test_the_table_has_the_keyword_of_the_file() -> None:
    rows = Table.read(BASS_177 / "survey-ccds-1.fits.gz")
    widths = {str(row["filter"]): float(row["fwhm"]) for row in rows}
    for name in NAMES:
        header = fits.getheader(BASS_177 / "90prime" / f"{name}.CCD4.fits", 1)
        assert header["SEEINGP1"] == pytest.approx(widths[name.split("_")[-2]])
