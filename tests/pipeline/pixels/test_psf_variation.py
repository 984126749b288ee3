"""A PSF that varies over the image: residuals at places whose stars were not used, and what few stars give."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.pixels.adaptive_weight import Weights, adapt
from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.psf_fit import PsfStars, fit_psf, kind

SHAPE = (1489, 2048)
HALF = 12
Array = NDArray[np.float64]


def profile(x: float, y: float, du: float = 0.0, dv: float = 0.0, half: int = HALF) -> Array:
    """Draw two Gaussians of a FWHM of 4 pixels, whose size changes by 12 % and ellipticity by 0.1 over the image."""
    t, s = 2 * x / SHAPE[1] - 1, 2 * y / SHAPE[0] - 1
    width = 1.7 * (1 + 0.06 * t + 0.03 * s**2 - 0.02 * t * s)
    e1, e2 = 0.04 * t + 0.03 * (s**2 - t**2), 0.05 * t * s - 0.02 * s
    v, u = np.indices((2 * half + 1,) * 2) - half - np.array([dv, du])[:, None, None]
    r2 = ((1 - e1) * u**2 + (1 + e1) * v**2 - 2 * e2 * u * v) / np.sqrt(1 - e1**2 - e2**2) / width**2
    return np.asarray((0.8 * np.exp(-0.5 * r2) + 0.05 * np.exp(-0.125 * r2)) / (2 * np.pi * width**2))


def isolated_places(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    x, y = rng.uniform(25, SHAPE[1] - 26, 4 * count), rng.uniform(25, SHAPE[0] - 26, 4 * count)
    alone = np.ones(len(x), np.bool_)
    for one, other in sorted(cKDTree(np.stack([x, y], axis=1)).query_pairs(40)):
        alone[other] &= not alone[one]
    return x[alone][:count], y[alone][:count]


def fit(seed: int, count: int) -> PsfStars:
    """Fit the stars of a simulated image.

    Noise is 10 and fluxes are 1e6 to 3e6: the noise of 150 fainter stars would hide a mean ellipticity of 3e-4.
    """
    rng = np.random.default_rng(seed)
    x, y = isolated_places(rng, count)
    image = np.zeros(SHAPE)
    for one_x, one_y, flux in zip(x, y, 10 ** rng.uniform(6.0, 6.5, len(x)), strict=True):
        column, row = round(one_x), round(one_y)
        stamp = flux * profile(one_x, one_y, one_x - column, one_y - row, 19)
        image[row - 19 : row + 20, column - 19 : column + 20] += stamp
    variance = image + 100.0
    noisy = image + rng.normal(size=SHAPE) * np.sqrt(variance)
    return fit_psf(noisy.astype(np.float32), variance.astype(np.float32), image >= 0, x, y, 4.1, HALF)


def shapes(images: Array) -> tuple[Array, Array]:
    """Measure sizes T = xx + yy, shape (n,), and ellipticities, shape (n, 2)."""
    weights = Weights(np.zeros((len(images), 2)), np.tile([3.0, 3.0, 0.0], (len(images), 1)))
    outcome = adapt(images.reshape(len(images), -1), weights)
    assert not np.any(outcome.failed | outcome.too_large)
    xx, yy, xy = weights.moments.T
    return xx + yy, np.stack([xx - yy, 2 * xy], axis=1) / (xx + yy)[:, None]


def residuals(stars: PsfStars, seed: int) -> tuple[Array, Array]:
    """Compare the model with the truth at 200 random places: relative size and ellipticity."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(25, SHAPE[1] - 26, 200), rng.uniform(25, SHAPE[0] - 26, 200)
    border = (stars.psf.coefficients.shape[-1] - 2 * HALF - 1) // 2
    model = shapes(stars.psf.grids(x, y)[:, border:-border, border:-border])
    truth = shapes(np.stack([profile(*place) for place in zip(x, y, strict=True)]))
    return model[0] / truth[0] - 1, model[1] - truth[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hundred_stars_show_size_and_shape_everywhere(seed: int) -> None:
    stars = fit(seed, 150)
    assert (stars.psf.order, kind(stars.psf)) == (2, "quadratic")
    assert np.sum(stars.used) >= 145
    size, shape = residuals(stars, seed + 10)
    assert abs(np.mean(size)) < 1e-3
    assert np.std(size) < 5e-3
    assert np.all(np.abs(np.mean(shape, axis=0)) < 3e-4)
    assert np.std(shape) < 2e-3


@pytest.mark.parametrize(
    ("count", "model", "scatter"),
    [(40, "linear", 0.03), (12, "constant", 0.09), (4, "constant", 0.09), (2, "moffat", 0.12)],
)
def test_fewer_stars_give_a_simpler_model_that_says_so_and_stays_near(count: int, model: str, scatter: float) -> None:
    stars = fit(5, count)
    assert (kind(stars.psf), stars.psf.n_stars) == (model, count)
    size, shape = residuals(stars, 6)
    assert np.std(size) < scatter
    assert np.std(shape) < 0.04
    assert abs(np.mean(size)) < 0.15


def test_no_star_gives_a_guess() -> None:
    assert kind(moffat_psf(4.0, SHAPE, HALF)) == "guess"
