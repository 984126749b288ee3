"""Star-galaxy separation on a simulated sky of stars and exponential galaxies."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from pipeline.pixels.moffat import moffat_grid, moffat_psf
from pipeline.pixels.star_galaxy import LEAST_EXTENT, Spread, class_columns, measure_spread

PITCH, ROWS = 40, 25
SIDE = PITCH * ROWS
FWHM = 4.0
PSF = moffat_psf(FWHM, (SIDE, SIDE), 12)
Array = NDArray[np.float64]


def galaxy(scale: float, half: int = 19) -> Array:
    """Convolve an exponential disk (scale length in pixels) with the PSF, sum 1."""
    fine = (np.arange(11 * (2 * half + 1)) + 0.5) / 11 - half - 0.5
    disk = np.exp(-np.hypot(fine[:, None], fine[None, :]) / scale)
    disk = disk.reshape(2 * half + 1, 11, 2 * half + 1, 11).mean(axis=(1, 3))
    core = FWHM / (2 * np.sqrt(2 ** (1 / 3) - 1))
    grid = moffat_grid(np.array([np.log(core), 0.0, 0.0, np.log(2.0), 0.0, 0.0]), half)
    return np.asarray(fftconvolve(grid, disk / disk.sum(), mode="same"))


@dataclass(frozen=True)
class Field:
    """A lattice of stars and galaxies by turns, and what was found."""

    spread: Spread
    is_galaxy: NDArray[np.bool_]


def field(seed: int, snr: float, scale: float) -> Field:
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((ROWS, ROWS)).reshape(2, -1) * PITCH + PITCH // 2
    is_galaxy = np.arange(len(rows)) % 2 == 1
    profile, half = galaxy(scale), 19
    wide = profile[profile.shape[0] // 2 - half : profile.shape[0] // 2 + half + 1]
    wide = wide[:, profile.shape[1] // 2 - half : profile.shape[1] // 2 + half + 1]
    flux = snr / np.sqrt(np.sum(PSF.image(20.0, 20.0) ** 2))
    image = rng.normal(size=(SIDE, SIDE))
    for row, column, extended in zip(rows, columns, is_galaxy, strict=True):
        if extended:
            image[row - half : row + half + 1, column - half : column + half + 1] += flux * wide
        else:
            image[row - 12 : row + 13, column - 12 : column + 13] += flux * PSF.image(float(column), float(row))
    planes = image.astype(np.float32), np.ones(image.shape, np.float32), np.ones(image.shape, np.bool_)
    spread = measure_spread(*planes, columns.astype(float), rows.astype(float), PSF, FWHM)
    return Field(spread, is_galaxy)


def area_under_roc(score: Array, positive: NDArray[np.bool_]) -> float:
    """Compute the chance that a galaxy scores higher than a star (Mann & Whitney 1947)."""
    return float(np.mean(score[positive][:, None] > score[~positive][None, :]))


def test_errors_are_those_of_the_scatter_of_stars() -> None:
    for snr in (10.0, 50.0, 500.0):
        found = field(1, snr, 1.0)
        stars = ~found.is_galaxy
        pulls = found.spread.value[stars] / found.spread.error[stars]
        assert 1.4826 * np.median(np.abs(pulls)) == pytest.approx(1.0, abs=0.15)
        assert abs(np.median(pulls)) < 0.2


@pytest.mark.parametrize(
    ("snr", "scale", "least"), [(10.0, 2.0, 0.90), (20.0, 2.0, 0.99), (20.0, 1.0, 0.90), (50.0, 1.0, 0.995)]
)
def test_galaxies_are_told_from_stars(snr: float, scale: float, least: float) -> None:
    found = field(2, snr, scale)
    score = class_columns(found.spread, np.ones(len(found.is_galaxy), np.bool_))["sizeExtendedness"]
    assert area_under_roc(np.asarray(score), found.is_galaxy) > least


def test_bright_stars_are_points_and_bright_galaxies_are_not() -> None:
    found = field(3, 200.0, 1.0)
    columns = class_columns(found.spread, np.ones(len(found.is_galaxy), np.bool_))
    assert np.mean(columns["extendedness"] == found.is_galaxy) > 0.99
    assert np.all((columns["sizeExtendedness"] >= 0) & (columns["sizeExtendedness"] <= 1))


def test_what_cannot_be_told_is_nan_and_flagged() -> None:
    image = np.random.default_rng(4).normal(size=(100, 100)).astype(np.float32)
    image[60:90, 60:90] -= 50
    usable = np.ones(image.shape, np.bool_)
    usable[10:40, 10:40] = False
    psf = moffat_psf(FWHM, (100, 100), 12)
    x, y = np.array([25.0, 75.0, 25.0]), np.array([25.0, 75.0, 75.0])
    spread = measure_spread(image, np.ones_like(image), usable, x, y, psf, FWHM)
    columns = class_columns(spread, np.array([True, True, False]))
    assert columns["extendedness_flag"].all()
    assert np.isnan(columns["extendedness"]).all()
    assert np.isnan(columns["sizeExtendedness"]).all()


def test_the_class_turns_where_the_score_is_one_half() -> None:
    spread = Spread(np.array([0.0, LEAST_EXTENT + 1e-6, LEAST_EXTENT - 1e-6, 0.02]), np.array([0.01, 0.01, 0.01, 0.01]))
    columns = class_columns(spread, np.ones(4, np.bool_))
    assert columns["extendedness"].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert columns["sizeExtendedness"][1] == pytest.approx(0.5, abs=1e-3)
