"""Forced photometry on six real exposures of one DECam field, three each of August 2016 and August 2018.

The field has no reference catalog, so positions come from the median of the six. All exposures were resampled to one
grid, which makes neighboring pixels share noise; the sky-subtracted stamps come without variances.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
import sep
from astropy.io import fits
from numpy.typing import NDArray

from pipeline.pixels.bare import bare_exposure
from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.forced_catalog import ForcedCatalog, force_catalog
from pipeline.pixels.mask import unusable
from pipeline.pixels.star_galaxy import LEAST_EXTENT, Spread, measure_spread
from tests.pipeline.pixels.conftest import DATA, header_wcs

EXPOSURES = ("04a", "04b", "04c", "18a", "18b", "18c")
SHARP = slice(3, 6)
"""The three exposures of the better seeing, which tell stars from galaxies."""
MARGIN = 14
"""Distance (pixels) of a star from the border: the resampled stamps differ there."""
LEAST_SNR, LARGEST_SNR = 3.0, 100.0
"""Range of the median signal to noise: brighter stars differ by 1 %, in apertures too, which exceeds the noise."""


def read_stamp(name: str) -> Exposure:
    with fits.open(DATA / "decam_sfft_ra318.4-66.0" / f"DEC-OBS{name}.mini.fits") as hdus:
        header, pixels = hdus[0].header, hdus[0].data.astype(np.float32)
    return bare_exposure(
        pixels,
        gain=header["GAIN"],
        saturation=header["ESATUR"],
        wcs=header_wcs(header),
        exp_time=330.0,
        mid_mjd_tai=58000.0,
        band="i",
    )


@dataclass(frozen=True)
class Epochs:
    """Forced fluxes and errors by exposure and position, on one flux scale, and how extended the sources are."""

    flux: NDArray[np.float64]
    error: NDArray[np.float64]
    spread: NDArray[np.float64]
    spread_error: NDArray[np.float64]
    catalogs: list[ForcedCatalog]

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Choose stars by brightness and shape: few stars vary, but a galaxy's PSF flux changes with the seeing."""
        snr = np.median(self.flux / self.error, axis=0)
        point = self.spread < LEAST_EXTENT + 2 * self.spread_error
        return np.asarray((snr > LEAST_SNR) & (snr < LARGEST_SNR) & point)

    def pulls(self) -> NDArray[np.float64]:
        """Divide the differences of all pairs of exposures by their errors."""
        flux, error = self.flux[:, self.constant], self.error[:, self.constant]
        pairs = combinations(range(len(EXPOSURES)), 2)
        return np.concatenate([(flux[i] - flux[j]) / np.hypot(error[i], error[j]) for i, j in pairs])


def stack_positions(images: list[NDArray[np.float32]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Detect on the median of all exposures, which cosmic rays do not survive."""
    stack = np.ascontiguousarray(np.median(images, axis=0).astype(np.float32))
    background = sep.Background(stack, bw=64, bh=64)
    kernel = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]).astype(np.float64)
    found = sep.extract(stack - background.back(), 1.5, err=background.globalrms, minarea=5, filter_kernel=kernel)
    x, y = found["x"], found["y"]
    inside = np.all([x > MARGIN, y > MARGIN, x < 255 - MARGIN, y < 255 - MARGIN], axis=0)
    return x[inside], y[inside]


def measure(exposure: Exposure, found: Calibrated, ra: NDArray[np.float64], dec: NDArray[np.float64]) -> ForcedCatalog:
    return force_catalog(without_sky(exposure, found), found.psf, ra, dec, min_snr=20.0, min_stars=3)


def without_sky(exposure: Exposure, found: Calibrated) -> Exposure:
    return replace(exposure, image=exposure.image - found.background, mask=found.mask, wcs=found.wcs)


def spread_of(exposure: Exposure, found: Calibrated, catalog: ForcedCatalog) -> Spread:
    image, fwhm = without_sky(exposure, found), float(found.summary["psfFwhm"])
    usable = ~unusable(found.mask)
    where = catalog.columns["x"], catalog.columns["y"]
    return measure_spread(image.image, image.variance, usable, *where, found.psf, fwhm)


@pytest.fixture(scope="module")
def epochs() -> Epochs:
    exposures = [read_stamp(name) for name in EXPOSURES]
    calibrated = [calibrate(exposure, None, CalibrateConfig()) for exposure in exposures]
    ra, dec = exposures[0].wcs.all_pix2world(*stack_positions([exposure.image for exposure in exposures]), 0)
    catalogs = [measure(*one, ra, dec) for one in zip(exposures, calibrated, strict=True)]
    flux, error = (np.array([c.columns[n] for c in catalogs]) for n in ("psfFlux_instFlux", "psfFlux_instFluxErr"))
    bright = np.min(flux / error, axis=0) > LARGEST_SNR
    scale = np.median(flux[:, bright] / np.mean(flux[:, bright], axis=0), axis=1)[:, None]
    sharp = [spread_of(*one) for one in zip(exposures[SHARP], calibrated[SHARP], catalogs[SHARP], strict=True)]
    weight = np.array([1 / spread.error**2 for spread in sharp])
    mean = np.sum(weight * np.array([spread.value for spread in sharp]), axis=0) / weight.sum(axis=0)
    return Epochs(flux / scale, error / scale, mean, weight.sum(axis=0) ** -0.5, catalogs)


def test_constant_stars_scatter_by_their_errors(epochs: Epochs) -> None:
    pulls = epochs.pulls()
    assert np.sum(epochs.constant) >= 8
    low, high = np.percentile(pulls, [15.865, 84.135])
    assert 0.9 < (high - low) / 2 < 1.1
    assert 0.9 < np.sqrt(np.mean(pulls**2)) < 1.1


def test_the_errors_were_raised_by_what_empty_sky_shows(epochs: Epochs) -> None:
    scales = [catalog.scale for catalog in epochs.catalogs]
    assert all(scale.n_places > 500 for scale in scales)
    # The stamp that was not resampled is the quietest of its epoch.
    assert scales[0].value == min(scale.value for scale in scales[:3])
    assert all(0.95 < scale.value < 1.4 for scale in scales)


def test_the_epochs_lie_half_a_pixel_apart_and_each_is_met(epochs: Epochs) -> None:
    shifts = np.array([[catalog.shift.dx, catalog.shift.dy] for catalog in epochs.catalogs])
    assert all(catalog.shift.n_stars >= 3 for catalog in epochs.catalogs)
    assert np.hypot(*(shifts[:3].mean(axis=0) - shifts[3:].mean(axis=0))) == pytest.approx(0.54, abs=0.1)
    assert np.max(np.abs(shifts[:3] - shifts[:3].mean(axis=0))) < 0.1


def test_a_galaxy_is_brighter_in_bad_seeing_and_told_from_the_stars(epochs: Epochs) -> None:
    x, y = epochs.catalogs[0].columns["x"], epochs.catalogs[0].columns["y"]
    galaxy = int(np.argmin(np.hypot(x - 131, y - 129)))
    assert epochs.spread[galaxy] > 20 * epochs.spread_error[galaxy]
    assert np.mean(epochs.flux[:3, galaxy]) > 1.5 * np.mean(epochs.flux[3:, galaxy])
