"""PSF photometry against simulated truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.psf_photometry import fit_sources


def match(result: Calibrated, sky: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair catalog rows with true stars within 1 pixel."""
    separation = np.hypot(result.sources["x"][:, None] - sky.x[None, :], result.sources["y"][:, None] - sky.y[None, :])
    nearest = np.argmin(separation, axis=1)
    rows = np.flatnonzero(separation[np.arange(len(nearest)), nearest] < 1.0)
    return rows, nearest[rows]


@pytest.fixture(scope="module", params=[False, True], ids=["constant-psf", "varying-psf"])
def varying(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def measured(varying: bool, make_sky: Callable[..., Any]) -> tuple[Any, dict[str, NDArray[Any]]]:
    """The stars of three simulated images with S/N from 20 to 500, matched to truth."""
    parts, skies = [], []
    for seed in range(3):
        fluxes = 10 ** np.random.default_rng(seed).uniform(3.35, 5.2, 225)
        sky = make_sky(seed, fluxes, spread=0.1 if varying else 0.0)
        result = calibrate(sky.exposure, None, CalibrateConfig())
        rows, stars = match(result, sky)
        skies.append((sky.x[stars], sky.y[stars], sky.flux[stars]))
        parts.append({name: values[rows] for name, values in result.sources.items()})
        assert len(rows) > 0.97 * len(fluxes)
    truth = np.concatenate(skies, axis=1)
    return truth, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def good(sources: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    bright = sources["psfFlux_instFlux"] > 20 * sources["psfFlux_instFluxErr"]
    return np.asarray(bright & ~sources["psfFlux_flag"] & ~sources["centroid_flag"])


def test_fluxes_are_unbiased(measured: tuple[Any, dict[str, NDArray[Any]]]) -> None:
    (_, _, flux), sources = measured
    keep = good(sources)
    weight = (flux / sources["psfFlux_instFluxErr"])[keep] ** 2
    # Bright stars would hide a bias of the faint ones: cap what one star counts.
    weight = np.minimum(weight, 100.0**2)
    ratio = (sources["psfFlux_instFlux"] / flux)[keep]
    assert np.sum(keep) > 500
    assert abs(np.sum(weight * ratio) / np.sum(weight) - 1) < 0.005
    assert abs(np.median(ratio) - 1) < 0.005


def test_errors_of_flux_and_centroid_are_true(measured: tuple[Any, dict[str, NDArray[Any]]], varying: bool) -> None:
    (x, y, flux), sources = measured
    keep = good(sources)
    if varying:
        # At a signal to noise over 200 the interpolation of the PSF, not the noise, limits the flux.
        keep &= flux < 3e4
    pulls = {
        "flux": (sources["psfFlux_instFlux"] - flux) / sources["psfFlux_instFluxErr"],
        "x": (sources["x"] - x) / sources["xErr"],
        "y": (sources["y"] - y) / sources["yErr"],
    }
    for name, pull in pulls.items():
        assert 0.9 < np.std(pull[keep]) < 1.1, name
        assert abs(np.mean(pull[keep])) < 0.25, name


def test_stars_follow_the_model(measured: tuple[Any, dict[str, NDArray[Any]]]) -> None:
    _, sources = measured
    assert np.median(sources["psfFlux_chi2"][good(sources)]) == pytest.approx(1.0, abs=0.05)


def test_apertures_contain_the_light_of_the_profile(measured: tuple[Any, dict[str, NDArray[Any]]]) -> None:
    (_, _, flux), sources = measured
    keep = good(sources) & (flux > 3e4)
    assert np.median((sources["ap17Flux"] / sources["ap12Flux"])[keep]) == pytest.approx(1.0, abs=0.01)
    assert np.median((sources["apFlux_12_0_instFlux"] / flux)[keep]) == pytest.approx(1.0, abs=0.01)
    sums = [np.median(sources[f"ap{radius}Flux"][keep]) for radius in ("03", "06", "09", "12")]
    assert np.all(np.diff(sums) > 0)


@pytest.mark.parametrize("separation", [6.0, 8.0])
def test_close_pairs_are_fitted_together(separation: float) -> None:
    psf = moffat_psf(4.0, (64, 64), 12)
    x, y, flux = np.array([30.2, 30.2 + separation]), np.array([31.4, 31.4]), np.array([1000.0, 400.0])
    image = np.zeros((64, 64))
    for one_x, one_y, one_flux in zip(x, y, flux, strict=True):
        column, row = round(one_x), round(one_y)
        image[row - 12 : row + 13, column - 12 : column + 13] += one_flux * psf.image(one_x, one_y)
    fit = fit_sources(
        image.astype(np.float32), np.ones((64, 64), np.float32), np.ones((64, 64), np.bool_), x + 0.4, y - 0.3, psf
    )
    np.testing.assert_allclose(fit.flux, flux, rtol=0.02)
    np.testing.assert_allclose(fit.x, x, atol=0.03)


def test_masked_pixels_change_the_error_but_not_the_flux() -> None:
    psf = moffat_psf(4.0, (64, 64), 12)
    image = np.zeros((64, 64), np.float32)
    image[20:45, 20:45] = 1000.0 * psf.image(32.3, 32.1)
    usable = np.ones((64, 64), np.bool_)
    usable[:, 33] = False
    spoiled = np.where(usable, image, np.float32(1e6))
    variance = np.ones((64, 64), np.float32)
    at = np.array([32.0]), np.array([32.0])
    whole = fit_sources(image, variance, np.ones((64, 64), np.bool_), *at, psf)
    masked = fit_sources(spoiled, variance, usable, *at, psf)
    np.testing.assert_allclose([whole.flux, masked.flux], 1000.0, rtol=1e-3)
    np.testing.assert_allclose(masked.x, 32.3, atol=0.01)
    assert masked.flux_error[0] > 1.05 * whole.flux_error[0]


def test_a_source_on_masked_pixels_has_no_flux() -> None:
    psf = moffat_psf(4.0, (64, 64), 12)
    usable = np.ones((64, 64), np.bool_)
    usable[24:41, 24:41] = False
    fit = fit_sources(
        np.zeros((64, 64), np.float32), np.ones((64, 64), np.float32), usable, np.array([32.0]), np.array([32.0]), psf
    )
    assert fit.no_good_pixels[0]
    assert np.isnan([fit.flux[0], fit.flux_error[0], fit.chi2[0]]).all()
    assert fit.x[0] == 32.0


def test_a_source_at_the_border_is_flagged_and_still_measured() -> None:
    psf = moffat_psf(4.0, (64, 64), 12)
    image = np.zeros((64, 64), np.float32)
    image[:25, :25] = 1000.0 * psf.image(12.0, 12.0)
    fit = fit_sources(
        image[:, 8:].copy(),
        np.ones((64, 56), np.float32),
        np.ones((64, 56), np.bool_),
        np.array([4.0]),
        np.array([12.0]),
        psf,
    )
    assert fit.clipped[0]
    assert fit.flux[0] == pytest.approx(1000.0, rel=1e-3)
