"""PSF model on 117 real stars of one DECam CCD, each held back once in five fits.

PSFEx, given 94 of these stars (degree 2, a step of one pixel), left of 23 others a median chi squared of 1.135, and of
their size T = xx + yy 2.6 % +- 1.1 %; their ellipticities were met to 0.04.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from pipeline.pixels.photon_noise import photon_variance
from pipeline.pixels.psf import PsfModel, stamp_circle
from pipeline.pixels.psf_fit import PsfStars, fit_psf
from pipeline.pixels.psf_photometry import fit_sources
from pipeline.pixels.shape import adaptive_moments
from pipeline.pixels.stamps import stamps_at
from tests.support.frames import DATA

SHAPE = (4096, 2048)
GAIN = 3.9
"""Mean of the two amplifiers (electrons per ADU)."""
HALF = 12
NO_DATA = -1e29
PSFEX_CHI2, PSFEX_SIZE, PSFEX_ELLIPTICITY = 1.135, 0.026, 0.04


@dataclass(frozen=True)
class Ccd:
    """The stars put back where they were on the CCD (ADU, pixels from 0), and in which of five parts each is."""

    image: NDArray[np.float32]
    variance: NDArray[np.float32]
    usable: NDArray[np.bool_]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    part: NDArray[np.intp]

    def fit(self, rows: NDArray[np.bool_]) -> PsfStars:
        return fit_psf(self.image, self.variance, self.usable, self.x[rows], self.y[rows], 4.4, HALF)


@dataclass(frozen=True)
class Compared:
    """How stars differ from a model that was made of others: chi squared, size, both ellipticities."""

    chi2: NDArray[np.float64]
    size: NDArray[np.float64]
    ellipticity: NDArray[np.float64]


def compare(ccd: Ccd, psf: PsfModel, rows: NDArray[np.bool_]) -> Compared:
    fit = fit_sources(ccd.image, ccd.variance, ccd.usable, ccd.x[rows], ccd.y[rows], psf)
    stamps = stamps_at(fit.x, fit.y, HALF, SHAPE)
    good = stamps.cut(ccd.usable) & stamp_circle(HALF, 2 * HALF + 1)
    drawn = psf.images(fit.x, fit.y)
    seen = (stamps.cut(ccd.image) - fit.sky[:, None, None]) / fit.flux[:, None, None]
    noise = stamps.cut(ccd.variance) / fit.flux[:, None, None] ** 2
    chi2 = np.sum(np.where(good, (seen - drawn) ** 2 / noise, 0.0), axis=(1, 2)) / (np.sum(good, axis=(1, 2)) - 4)
    # Where something else was, the star is taken to be like the model.
    found, expected = ([adaptive_moments(stamp, 1.9) for stamp in of] for of in (np.where(good, seen, drawn), drawn))
    size, model_size = (np.array([one.xx + one.yy for one in moments]) for moments in (found, expected))
    ellipticity, model_ellipticity = (np.array([one.ellipticity for one in moments]) for moments in (found, expected))
    return Compared(chi2, size / model_size - 1, ellipticity - model_ellipticity)


@pytest.fixture(scope="module")
def ccd() -> Ccd:
    stars = fits.getdata(DATA / "des_psf_stars" / "DECam_00241238_01_stars.fits", 1)
    cut = stars["VIGNET"].astype(np.float64)
    known = cut[:, :3][cut[:, :3] > NO_DATA]
    noise = 1.4826 * float(np.median(np.abs(known - np.median(known))))
    image, usable = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.bool_)
    variance = np.full(SHAPE, noise**2, np.float32)
    stamps = stamps_at(stars["X_IMAGE"] - 1.0, stars["Y_IMAGE"] - 1.0, cut.shape[1] // 2, SHAPE)
    for rows, columns, pixels, inside in zip(stamps.rows, stamps.columns, cut, stamps.inside, strict=True):
        seen = (pixels > NO_DATA) & inside
        window = rows[:, None].repeat(len(columns), 1)[seen], columns[None, :].repeat(len(rows), 0)[seen]
        image[window], usable[window] = pixels[seen], True
        variance[window] = noise**2 + photon_variance(pixels[seen], noise, GAIN)
    # Every fifth star along the CCD, so that all parts cover it alike.
    part = np.argsort(np.argsort(stars["YWIN_IMAGE"])) % 5
    return Ccd(image, variance, usable, stars["XWIN_IMAGE"] - 1.0, stars["YWIN_IMAGE"] - 1.0, part)


@pytest.fixture(scope="module")
def models(ccd: Ccd) -> list[PsfStars]:
    return [ccd.fit(ccd.part != part) for part in range(5)]


@pytest.fixture(scope="module")
def compared(ccd: Ccd, models: list[PsfStars]) -> list[Compared]:
    return [compare(ccd, stars.psf, ccd.part == part) for part, stars in enumerate(models)]


def test_nearly_all_stars_stay_for_a_linear_model(models: list[PsfStars]) -> None:
    assert sorted(len(stars.used) for stars in models) == [93, 93, 94, 94, 94]
    assert all(stars.psf.order == 1 for stars in models)
    assert all(np.sum(stars.used) >= 0.9 * len(stars.used) for stars in models)


def test_stars_that_were_held_back_are_as_the_model_draws_them(compared: list[Compared]) -> None:
    medians = [np.median(one.chi2) for one in compared]
    assert all(0.9 < median < PSFEX_CHI2 for median in medians)
    assert 0.95 < np.mean(medians) < 1.06


def test_their_size_is_met_better_than_by_psfex(compared: list[Compared]) -> None:
    size = np.concatenate([one.size for one in compared])
    error = np.std(size) / np.sqrt(len(size))
    assert error < 0.006
    assert abs(np.mean(size)) < min(3 * error, PSFEX_SIZE)


def test_their_ellipticity_is_met_as_by_psfex_and_not_biased(compared: list[Compared]) -> None:
    ellipticity = np.concatenate([one.ellipticity for one in compared])
    scatter = np.sqrt(np.mean(ellipticity**2))
    assert scatter < 1.1 * PSFEX_ELLIPTICITY
    assert np.all(np.abs(np.mean(ellipticity, axis=0)) < 3 * scatter / np.sqrt(len(ellipticity)))
