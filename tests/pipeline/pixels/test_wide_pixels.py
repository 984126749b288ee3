"""A real frame whose pixels are as wide as its stars still has a seeing."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from pipeline.definition import read
from pipeline.pixels.bayer import bayer_exposure
from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.gaussian_fit import SIGMA_TO_FWHM
from pipeline.pixels.shape import adaptive_moments
from pipeline.tasks.calibrate import CalibrateConfig
from tests.support.frames import PANOPTES


@pytest.fixture(scope="module")
def frame() -> Exposure:
    with fits.open(PANOPTES / "solved.fits.fz") as hdus:
        header, pixels = hdus[1].header, hdus[1].data
    del header["DATE-OBS"]  # astropy would derive MJD-OBS from it, and say so
    return bayer_exposure(pixels, wcs=WCS(header), exp_time=120.4, mid_mjd_tai=57640.34, band="RGGB")


@pytest.fixture(scope="module")
def calibrated(frame: Exposure) -> Calibrated:
    config = read("single_frame").config("calibrate", "PANOPTES")
    assert isinstance(config, CalibrateConfig)
    return calibrate(frame, None, config.parameters())


def half_maximum(frame: Exposure, found: Calibrated) -> float:
    """Measure the FWHM (pixels) by where the pixels of all PSF stars fall to half of those at the centers."""
    used = found.sources["calib_psf_used"]
    x, y, flux = (found.sources[name][used] for name in ("x", "y", "psfFlux_instFlux"))
    light = frame.image - found.background
    offset = np.arange(-3, 4)
    rows = np.rint(y).astype(int)[:, None, None] + offset[:, None]
    columns = np.rint(x).astype(int)[:, None, None] + offset
    distance = np.hypot(rows - y[:, None, None], columns - x[:, None, None]).ravel()
    value = (light[rows, columns] / flux[:, None, None]).ravel()
    edges = np.arange(0.0, 3.0, 0.2)
    ring = np.digitize(distance, edges)
    profile = np.array([np.median(value[ring == k]) for k in range(1, len(edges))])
    first = int(np.argmax(profile < profile[0] / 2))
    middle = edges[:-1] + 0.1
    return 2 * float(np.interp(profile[0] / 2, profile[[first, first - 1]], middle[[first, first - 1]]))


def test_the_moments_of_such_a_psf_cannot_be_measured(calibrated: Calibrated) -> None:
    moments = adaptive_moments(calibrated.psf.image(350, 350), 0.93)
    assert np.isnan(moments.sigma)
    assert np.isnan([calibrated.summary["psfE1"], calibrated.summary["psfE2"]]).all()


def test_the_seeing_is_that_of_the_stars(frame: Exposure, calibrated: Calibrated) -> None:
    summary = calibrated.summary
    assert float(summary["nPsfStar"]) > 100
    assert summary["psfSigma"] == pytest.approx(float(summary["psfFwhm"]) / SIGMA_TO_FWHM)
    assert summary["seeing"] == pytest.approx(float(summary["psfFwhm"]) * 10.32, rel=1e-3)
    # A Gaussian fitted to a sharp core with wings is wider than the core.
    assert summary["psfFwhm"] == pytest.approx(half_maximum(frame, calibrated), rel=0.15)
