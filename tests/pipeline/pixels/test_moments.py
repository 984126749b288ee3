"""Adaptive moments of many sources: accuracy, errors, failures."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.moments import Moments, measure_moments, psf_moments, shape_columns

PITCH, ROWS = 40, 15
SIDE = PITCH * ROWS
FIRST = np.array([3.0, 3.0, 0.0])


def lattice(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((ROWS, ROWS))
    y, x = ((index.ravel() + 0.5) * PITCH + rng.uniform(-0.5, 0.5, ROWS**2) for index in (rows, columns))
    return x, y


def gaussians(
    x: NDArray[np.float64], y: NDArray[np.float64], moments: tuple[float, float, float], flux: float
) -> NDArray[np.float64]:
    """Draw elliptical Gaussians of given moments xx, yy, xy (pixels squared)."""
    xx, yy, xy = moments
    determinant = xx * yy - xy**2
    image = np.zeros((SIDE, SIDE))
    v, u = np.indices((PITCH - 1, PITCH - 1)) - PITCH // 2 + 1.0
    for one_x, one_y in zip(x, y, strict=True):
        column, row = round(one_x), round(one_y)
        du, dv = u - (one_x - column), v - (one_y - row)
        exponent = (yy * du**2 + xx * dv**2 - 2 * xy * du * dv) / determinant
        size = PITCH // 2
        stamp = flux * np.exp(-0.5 * exponent) / (2 * np.pi * np.sqrt(determinant))
        image[row - size + 1 : row + size, column - size + 1 : column + size] += stamp
    return image


def measure(image: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], noise: float = 1.0) -> Moments:
    planes = image.astype(np.float32), np.full(image.shape, noise**2, np.float32), np.ones(image.shape, np.bool_)
    footprints = np.zeros(image.shape, np.int32)
    return measure_moments(*planes, x, y, footprints, np.tile(FIRST, (len(x), 1)))


@pytest.mark.parametrize("moments", [(3.6, 2.9, 0.4), (2.0, 2.0, 0.0), (9.0, 4.0, -2.0), (30.0, 40.0, 5.0)])
def test_moments_of_gaussians_are_exact(moments: tuple[float, float, float]) -> None:
    x, y = lattice(1)
    found = measure(gaussians(x, y, moments, 1e5), x, y)
    assert not np.any(found.failed)
    # The largest do not fit into their cell altogether.
    np.testing.assert_allclose(
        found.values, np.tile(moments, (len(x), 1)), rtol=2e-3 if moments[0] > 20 else 4e-4, atol=1e-4
    )


def slow_moments(image: NDArray[np.float64]) -> float:
    """Find xx = yy of a round image: that of the round Gaussian through which it shows half of it, by bisection."""
    v, u = np.indices(image.shape) - image.shape[0] // 2
    low, high = 0.5, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        weighted = image * np.exp(-0.5 * (u**2 + v**2) / middle)
        low, high = (middle, high) if 2 * np.sum(weighted * u**2) / np.sum(weighted) > middle else (low, middle)
    return low


def test_moments_agree_with_the_slow_way_on_a_moffat_profile() -> None:
    psf = moffat_psf(4.2, (SIDE, SIDE), 12)
    expected = slow_moments(psf.grids(np.zeros(1), np.zeros(1))[0, 4:-4, 4:-4])
    x, y = lattice(2)
    found = psf_moments(psf, x, y, 1.8)
    np.testing.assert_allclose(found, np.tile([expected, expected, 0.0], (len(x), 1)), atol=1e-4)


@pytest.mark.parametrize("snr", [12.0, 30.0, 300.0])
@pytest.mark.parametrize("profile", ["gaussian", "moffat"])
def test_errors_are_those_of_the_scatter(snr: float, profile: str) -> None:
    x, y = lattice(3)
    rng = np.random.default_rng(4)
    moments = (3.6, 2.9, 0.4)
    clean = gaussians(x, y, moments, 1.0)
    if profile == "moffat":
        psf = moffat_psf(4.2, (SIDE, SIDE), 12)
        clean = np.zeros((SIDE, SIDE))
        for one_x, one_y in zip(x, y, strict=True):
            column, row = round(one_x), round(one_y)
            clean[row - 12 : row + 13, column - 12 : column + 13] += psf.image(one_x, one_y)
    truth = measure(clean * 1e5, x, y).values
    # A point source of S/N 1 by its matched filter has a flux of sqrt(4 pi sigma^2) noises.
    flux = snr * np.sqrt(4 * np.pi * 3.3)
    pulls = []
    for _ in range(4):
        found = measure(clean * flux + rng.normal(size=clean.shape), x, y)
        pulls.append(((found.values - truth) / found.errors)[~found.failed])
    scatter = 1.4826 * np.median(np.abs(np.concatenate(pulls)), axis=0)
    assert np.all((scatter > 0.88) & (scatter < 1.15)), scatter


def test_a_neighbor_is_replaced_by_the_mirror_image() -> None:
    x, y = np.array([100.1, 107.1]), np.array([100.1, 100.1])
    image = gaussians(x, y, (3.0, 2.5, 0.2), 1000.0)
    planes = image.astype(np.float32), np.ones(image.shape, np.float32), np.ones(image.shape, np.bool_)
    footprints = np.zeros(image.shape, np.int32)
    footprints[90:111, 90:104], footprints[90:111, 104:118] = 1, 2
    apart = measure_moments(*planes, x, y, footprints, np.tile(FIRST, (2, 1)))
    np.testing.assert_allclose(apart.values, [[3.0, 2.5, 0.2]] * 2, atol=0.3)
    footprints[footprints == 2] = 1
    together = measure_moments(*planes, x[:1], y[:1], footprints, FIRST[None])
    assert together.failed[0] or together.values[0, 0] > 5.0


def test_what_has_no_shape_is_flagged() -> None:
    x, y = np.array([60.0, 140.0, 220.0, 0.2]), np.array([60.0, 140.0, 220.0, 100.0])
    image = gaussians(x[2:3], y[2:3], (3.0, 3.0, 0.0), 1000.0)
    image[130:150, 130:150] = -5.0
    usable = np.ones(image.shape, np.bool_)
    usable[210:231, 210:231] = False
    planes = image.astype(np.float32), np.ones(image.shape, np.float32), usable
    found = measure_moments(*planes, x, y, np.zeros(image.shape, np.int32), np.tile(FIRST, (4, 1)))
    assert found.failed.tolist() == [True, True, True, True]
    columns = shape_columns(found, np.tile([4.0, 4.0, 0.0], (4, 1)))
    assert np.all(columns["shape_flag"])
    assert np.all(np.isnan(columns["ixx"]))
    assert np.all(columns["ixxPSF"] == 4.0)


def test_no_source_gives_no_row() -> None:
    empty = np.empty(0)
    image = np.zeros((64, 64), np.float32)
    found = measure_moments(image, image + 1, image == 0, empty, empty, image.astype(np.int32), np.empty((0, 3)))
    assert found.values.shape == (0, 3)
    assert psf_moments(moffat_psf(4.0, (64, 64), 12), empty, empty, 1.7).shape == (0, 3)
