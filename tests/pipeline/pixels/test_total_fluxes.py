"""Kron and Petrosian fluxes against simulated truth."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.background import Background
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.measurement import Measurements, measure
from pipeline.pixels.moffat import moffat_psf
from tests.support.galaxies import Profile, draw, exponential, gaussian, petrosian_truth

SIDE, PITCH = 1000, 100
BACKGROUND = Background(np.zeros((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32))


def disk_light(radius: float) -> float:
    return float(1 - (1 + radius / 4.0) * np.exp(-radius / 4.0))


def star_light(radius: float) -> float:
    # A pixel adds 1/12 to the variance of a star that is drawn as the mean over pixels.
    return float(1 - np.exp(-0.5 * radius**2 / (1.7**2 + 1 / 12)))


@dataclass(frozen=True)
class Sky:
    """Measured sources and the row of the one nearest to each true place."""

    measured: Measurements
    rows: NDArray[np.intp]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @property
    def isolated(self) -> NDArray[np.bool_]:
        """True for the rows that share no footprint."""
        return np.asarray(self.measured.found.blends.n_peaks[self.rows] == 1)


def places(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put 100 sources on a jittered lattice."""
    rng = np.random.default_rng(seed)
    centers = (np.arange(SIDE // PITCH) + 0.5) * PITCH
    y, x = (
        nodes.ravel() + rng.uniform(-0.5, 0.5, nodes.size) for nodes in np.meshgrid(centers, centers, indexing="ij")
    )
    return x, y


def observe(clean: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], seed: int) -> Sky:
    """Add noise of 1 per pixel and of the photons, and measure."""
    variance = (clean + 1.0).astype(np.float32)
    noise = np.random.default_rng(seed).normal(size=clean.shape) * np.sqrt(variance)
    image = (clean + noise).astype(np.float32)
    psf = moffat_psf(4.0, (SIDE, SIDE), 12)
    measured = measure(image, variance, np.zeros(image.shape, np.int32), BACKGROUND, psf, CalibrateConfig())
    separation = np.hypot(measured.psf_fit.x[:, None] - x, measured.psf_fit.y[:, None] - y)
    rows = np.argmin(separation, axis=0)
    assert np.all(separation[rows, np.arange(len(x))] < 2.0)
    return Sky(measured, rows, x, y)


def simulate(flux: float, profile: Profile, axis_ratio: float = 1.0) -> Sky:
    x, y = places(1)
    return observe(draw((SIDE, SIDE), x, y, np.full(len(x), flux), profile, axis_ratio), x, y, 2)


@pytest.fixture(scope="module")
def disks() -> Sky:
    """Exponential disks of scale 4 pixels and a signal to noise of 130."""
    return simulate(2e4, exponential(4.0))


@pytest.fixture(scope="module")
def stars() -> Sky:
    """Round Gaussians of FWHM 4 pixels and a signal to noise of 50."""
    return simulate(3e3, gaussian(1.7))


def test_the_petrosian_flux_of_a_disk_holds_its_known_part(disks: Sky) -> None:
    radius, part, half, ninety = petrosian_truth(disk_light)
    petrosian, rows = disks.measured.petrosian, disks.rows
    assert part == pytest.approx(0.993, abs=0.001)  # that SDSS finds too (Strauss et al. 2002)
    assert np.median(petrosian.flux[rows]) / 2e4 == pytest.approx(part, abs=0.005)
    assert np.median(petrosian.radius[rows]) == pytest.approx(radius, rel=0.01)
    assert np.median(petrosian.half_light[rows]) == pytest.approx(half, rel=0.01)
    assert np.median(petrosian.ninety[rows]) == pytest.approx(ninety, rel=0.01)
    assert not np.any(petrosian.flag[rows])


def test_the_petrosian_flux_of_a_star_is_all_its_light(stars: Sky) -> None:
    radius, _, half, _ = petrosian_truth(star_light)
    petrosian, rows = stars.measured.petrosian, stars.rows
    assert np.median(petrosian.flux[rows]) / 3e3 == pytest.approx(1.0, abs=0.005)
    assert np.median(petrosian.radius[rows]) == pytest.approx(radius, rel=0.04)
    assert np.median(petrosian.half_light[rows]) == pytest.approx(half, rel=0.04)


@pytest.mark.parametrize("axis_ratio", [1.0, 0.5])
def test_the_kron_flux_of_a_disk_follows_its_ellipse(axis_ratio: float) -> None:
    sky = simulate(1e6, exponential(4.0), axis_ratio)
    kron, found, rows = sky.measured.kron, sky.measured.found, sky.rows
    # The ellipse reaches 2.5 Kron radii along the mean of its axes: for a disk of such a shape that is known.
    reach = 2.5 * kron.radius[rows] / np.sqrt(axis_ratio)
    expected = [disk_light(one) for one in reach]
    np.testing.assert_allclose(kron.flux[rows] / 1e6, expected, atol=0.005)
    assert np.median(kron.flux[rows]) / 1e6 > 0.96  # 2.5 first moments of a pure disk hold 96 %
    assert np.median(found.axes[rows, 1] / found.axes[rows, 0]) == pytest.approx(axis_ratio, abs=0.08)


def test_the_errors_are_true(disks: Sky, stars: Sky) -> None:
    for sky in (disks, stars):
        for measured in (sky.measured.kron, sky.measured.petrosian):
            flux, error = measured.flux[sky.rows], measured.flux_error[sky.rows]
            # 100 sources tell a scatter within 7 %.
            assert 0.8 < np.std(flux) / np.median(error) < 1.2


def test_a_footprint_tells_where_its_source_is(stars: Sky) -> None:
    found, rows = stars.measured.found, stars.rows
    assert np.all(stars.isolated)
    np.testing.assert_array_equal(found.footprints[found.peak[:, 1], found.peak[:, 0]], found.number)
    assert np.max(np.hypot(found.peak[rows, 0] - stars.x, found.peak[rows, 1] - stars.y)) < 2.0
    for row in rows[:10]:
        columns, lines = np.nonzero((found.footprints == row + 1).T)
        assert found.area[row] == len(columns)
        assert found.box[row].tolist() == [columns.min(), columns.max(), lines.min(), lines.max()]


@pytest.mark.parametrize(("separation", "ratio", "limit"), [(14.0, 1.0, 0.005), (14.0, 0.25, 0.005), (8.0, 1.0, 0.04)])
def test_blended_stars_keep_their_own_light(separation: float, ratio: float, limit: float) -> None:
    x, y = places(3)
    flux = np.full(len(x), 3e4)
    both = np.concatenate([x, x + separation]), np.concatenate([y, y])
    clean = draw((SIDE, SIDE), *both, np.concatenate([flux, ratio * flux]), gaussian(1.7))
    sky = observe(clean, *both, 4)
    truth = np.concatenate([flux, ratio * flux])
    measured = sky.measured
    for name, ours in {
        "kron": measured.kron.flux,
        "petrosian": measured.petrosian.flux,
        "12 pixels": measured.apertures.flux[:, 3],
    }.items():
        bias = np.median((ours[sky.rows] / truth).reshape(2, -1), axis=1) - 1
        assert np.all(np.abs(bias) < limit), (name, bias)
