"""Forced photometry on simulated images: fluxes, errors, neighbors, honest noise."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pipeline.pixels.exposure import Exposure
from pipeline.pixels.forced import force_fluxes
from pipeline.pixels.forced_catalog import force_catalog
from pipeline.pixels.mask import BAD, SAT
from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.noise_scale import noise_scale
from pipeline.pixels.position_shift import position_shift
from pipeline.pixels.psf_photometry import fit_sources
from tests.pipeline.pixels.conftest import tan_wcs

SIDE = 300
PSF = moffat_psf(4.0, (SIDE, SIDE), 12)
USABLE = np.ones((SIDE, SIDE), np.bool_)
Array = NDArray[np.float64]


def draw(x: Array, y: Array, flux: Array) -> Array:
    image = np.zeros((SIDE, SIDE))
    for one_x, one_y, one_flux in zip(x, y, flux, strict=True):
        column, row = round(one_x), round(one_y)
        image[row - 12 : row + 13, column - 12 : column + 13] += one_flux * PSF.image(one_x, one_y)
    return image


def noisy(clean: Array, seed: int, sky: float = 3.0, noise: float = 5.0) -> NDArray[np.float32]:
    return np.asarray(clean + sky + np.random.default_rng(seed).normal(0, noise, clean.shape), np.float32)


def crowd(seed: int, count: int = 150) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    return *rng.uniform(15, SIDE - 16, (2, count)), rng.uniform(-100, 3000, count)


def test_pulls_in_a_crowd_are_one() -> None:
    x, y, flux = crowd(1)
    clean, variance = draw(x, y, flux), np.full((SIDE, SIDE), 25, np.float32)
    pulls = []
    for seed in range(20):
        found = force_fluxes(noisy(clean, seed), variance, USABLE, x, y, PSF)
        pulls.append((found.flux - flux) / found.flux_error)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.05)
    assert abs(np.mean(pulls)) < 0.05
    assert np.median(found.sky) == pytest.approx(3.0, abs=0.2)
    assert np.median(found.chi2) == pytest.approx(1.0, abs=0.05)
    assert found.n_blended.max() > 20


def test_all_fluxes_of_noise_free_blends_are_exact_and_may_be_negative() -> None:
    x, y, flux = crowd(2)
    found = force_fluxes(draw(x, y, flux).astype(np.float32), np.ones((SIDE, SIDE), np.float32), USABLE, x, y, PSF)
    np.testing.assert_allclose(found.flux, flux, atol=0.05)
    assert np.min(flux) < -20


def test_a_lone_position_has_the_flux_of_the_fit_with_the_centroid_held() -> None:
    x, y, flux = np.array([150.3]), np.array([120.8]), np.array([2e4])
    image, variance = noisy(draw(x, y, flux), 3), np.full((SIDE, SIDE), 25, np.float32)
    forced, free = force_fluxes(image, variance, USABLE, x, y, PSF), fit_sources(image, variance, USABLE, x, y, PSF)
    assert forced.flux[0] == pytest.approx(free.flux[0], abs=0.3 * free.flux_error[0])
    assert forced.flux_error[0] == pytest.approx(free.flux_error[0], rel=0.02)
    assert forced.n_blended[0] == 0


def test_one_place_listed_twice_is_measured_once() -> None:
    x, y = np.array([150.3, 150.3, 80.0]), np.array([120.8, 120.83, 80.0])
    image = noisy(draw(x[1:], y[1:], np.array([2e4, 1e4])), 4)
    found = force_fluxes(image, np.full((SIDE, SIDE), 25, np.float32), USABLE, x, y, PSF)
    assert found.flux[0] == found.flux[1] == pytest.approx(2e4, rel=0.02)
    assert found.flux[2] == pytest.approx(1e4, rel=0.02)


def test_close_positions_share_the_flux_and_say_so_in_their_errors() -> None:
    variance = np.full((SIDE, SIDE), 25, np.float32)
    errors = []
    for separation in (0.5, 2.0, 40.0):
        x, y = np.array([150.0, 150.0 + separation]), np.array([120.0, 120.0])
        found = force_fluxes(noisy(draw(x, y, np.array([2e4, 1e4])), 5), variance, USABLE, x, y, PSF)
        assert np.all(np.abs(found.flux - [2e4, 1e4]) < 4 * found.flux_error)
        errors.append(found.flux_error[0])
    assert errors[0] > 3 * errors[1] > 3 * errors[2]


def test_masked_pixels_are_left_out_and_nothing_left_is_flagged() -> None:
    x, y, flux = np.array([100.2, 200.0, -5.0]), np.array([100.4, 200.0, 50.0]), np.array([5000.0, 5000.0])
    image = noisy(draw(x[:2], y[:2], flux), 6)
    usable = USABLE.copy()
    usable[:, 102], usable[188:213, 188:213] = False, False
    image[~usable] = 1e6
    found = force_fluxes(image, np.full((SIDE, SIDE), 25, np.float32), usable, x, y, PSF)
    assert found.flux[0] == pytest.approx(5000.0, abs=4 * found.flux_error[0])
    assert found.no_good_pixels.tolist() == [False, True, True]
    assert found.clipped.tolist() == [False, False, True]
    assert np.all(np.isnan(found.flux[1:]))


def test_independent_noise_has_the_scale_one() -> None:
    image, variance = noisy(np.zeros((SIDE, SIDE)), 7), np.full((SIDE, SIDE), 25, np.float32)
    scale = noise_scale(image, variance, USABLE, ~USABLE, PSF)
    assert scale.n_places > 1000
    assert scale.value == pytest.approx(1.0, abs=0.08)


def test_noise_that_pixels_share_is_found_and_so_are_the_true_pulls() -> None:
    x, y, flux = crowd(8, 30)
    variance = np.full((SIDE, SIDE), 25, np.float32)
    occupied = draw(x, y, np.ones(30)) > 1e-4
    pulls = []
    for seed in range(10):
        smooth = gaussian_filter(np.random.default_rng(seed).normal(size=(SIDE, SIDE)), 0.7)
        image = (draw(x, y, flux) + 5 * smooth / smooth.std()).astype(np.float32)
        scale = noise_scale(image, variance, USABLE, occupied, PSF)
        found = force_fluxes(image, variance, USABLE, x, y, PSF)
        pulls.append((found.flux - flux) / (found.flux_error * scale.value))
    assert scale.value > 1.5
    assert np.std(pulls) == pytest.approx(1.0, abs=0.1)


def test_a_full_image_tells_no_noise_scale() -> None:
    image = np.zeros((SIDE, SIDE), np.float32)
    scale = noise_scale(image, image + 1, USABLE, USABLE, PSF)
    assert (scale.value, scale.n_places) == (1.0, 0)


def test_a_common_shift_is_found_in_spite_of_wrong_positions() -> None:
    x, y = np.meshgrid(np.arange(30.0, 280.0, 40.0), np.arange(30.0, 280.0, 40.0))
    x, y = x.ravel(), y.ravel()
    image = noisy(draw(x, y, np.full(len(x), 2e4)), 9)
    variance = np.full((SIDE, SIDE), 25, np.float32)
    listed_x, listed_y = x - 0.4, y + 0.3
    listed_x[:5] += 1.2
    shift = position_shift(
        fit_sources(image, variance, USABLE, listed_x, listed_y, PSF), listed_x, listed_y, min_snr=20, min_stars=3
    )
    assert (shift.dx, shift.dy) == pytest.approx((0.4, -0.3), abs=0.02)
    assert shift.n_stars == len(x) - 5
    none = position_shift(
        fit_sources(image, variance, USABLE, x[:2], y[:2], PSF), x[:2], y[:2], min_snr=20, min_stars=3
    )
    assert (none.dx, none.dy, none.n_stars) == (0.0, 0.0, 0)


def exposure_of(image: NDArray[np.float32], zero_point: float | None) -> Exposure:
    mask = np.zeros(image.shape, np.int32)
    mask[100, 52], mask[200, 201] = BAD, SAT
    return Exposure(
        image, np.full(image.shape, 25, np.float32), mask, tan_wcs((SIDE, SIDE)), "electron", 30.0, 6e4, "r", zero_point
    )


def test_a_catalog_is_in_njy_and_knows_the_mask_and_the_borders() -> None:
    x, y = np.array([50.0, 200.0, 100.0, 2.0]), np.array([100.0, 200.0, 250.0, 150.0])
    image = noisy(draw(x[:3], y[:3], np.array([1e4, 2e4, 3e4])), 10)
    exposure = exposure_of(image, 31.4)
    ra, dec = exposure.wcs.all_pix2world(np.append(x, [400.0, -6.0]), np.append(y, [400.0, 60.0]), 0)
    far_ra, far_dec = np.append(ra, 330.0), np.append(dec, -20.0)
    found = force_catalog(exposure, PSF, far_ra, far_dec, min_snr=20, min_stars=3)
    assert found.rows.tolist() == [0, 1, 2, 3]
    columns = found.columns
    # One electron is 10^(-0.4 * 31.4) * 3631e9 nJy, which is 1 to five digits.
    np.testing.assert_allclose(columns["psfFlux"][[0, 2]], [1e4, 3e4], rtol=0.03)
    np.testing.assert_allclose(columns["psfFlux"], columns["psfFlux_instFlux"], rtol=1e-4)
    assert columns["pixelFlags_bad"].tolist() == [True, False, False, False]
    assert columns["pixelFlags_saturatedCenter"].tolist() == [False, True, False, False]
    assert columns["psfFlux_flag_edge"].tolist() == [False, False, False, True]
    assert columns["invalidPsfFlag"].all()
    assert np.all(np.isnan(force_catalog(exposure_of(image, None), PSF, ra, dec, 20, 3).columns["psfFlux"]))


def test_a_list_elsewhere_gives_no_row() -> None:
    exposure = exposure_of(noisy(np.zeros((SIDE, SIDE)), 11), 31.4)
    found = force_catalog(exposure, PSF, np.array([10.0]), np.array([-40.0]), min_snr=20, min_stars=3)
    assert len(found.rows) == 0
    assert all(len(values) == 0 for values in found.columns.values())
