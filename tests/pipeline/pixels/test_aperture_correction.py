"""Aperture corrections: all radii tell the same flux of a star, and the errors say how well."""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.pixels.aperture import RADII
from pipeline.pixels.aperture_correction import fit_correction
from pipeline.pixels.calibrate import calibrate
from pipeline.pixels.config import CalibrateConfig
from tests.pipeline.pixels.conftest import Sky

SHAPE = (1000, 1000)


@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_corrected_fluxes_of_stars_agree_across_radii(make_sky: Callable[..., Sky], spread: float) -> None:
    fluxes = 10 ** np.random.default_rng(1).uniform(4.3, 5.5, 225)
    sources = calibrate(make_sky(2, fluxes, spread=spread).exposure, None, CalibrateConfig()).sources
    stars = (sources["psfFlux"] > 80 * sources["psfFluxErr"]) & ~sources["ap17Flux_flag"]
    assert np.sum(stars) > 150
    reference = sources["ap12Flux"][stars]
    for radius in (3, 6, 9, 17):
        name = f"ap{radius:02d}Flux"
        raw, correction = sources[name][stars], sources[f"{name}_apCorr"][stars]
        ring = np.sqrt(np.abs(sources[f"{name}Err"] ** 2 - sources["ap12FluxErr"] ** 2))[stars]
        noise = np.hypot(ring * correction, raw * sources[f"{name}_apCorrErr"][stars])
        pulls = (raw * correction - reference) / noise
        assert abs(np.median(pulls)) < 0.3, name
        assert 1.4826 * np.median(np.abs(pulls)) < 1.3, name
    # Three pixels hold some half of the light, so the correction matters; 12 and 17 hold nearly all.
    assert 1.3 < np.median(sources["ap03Flux_apCorr"]) < 2.5
    assert np.median(sources["ap17Flux_apCorr"]) == pytest.approx(1.0, abs=0.01)
    assert np.median(sources["psfFlux_apCorr"]) == pytest.approx(1.0, abs=0.005)


def test_a_correction_follows_the_psf_over_the_image(make_sky: Callable[..., Sky]) -> None:
    fluxes = 10 ** np.random.default_rng(3).uniform(4.7, 5.5, 200)
    sources = calibrate(make_sky(4, fluxes, spread=0.3).exposure, None, CalibrateConfig()).sources
    left, right = sources["x"] < 200, sources["x"] > 800
    change = np.median(sources["ap03Flux_apCorr"][right]) / np.median(sources["ap03Flux_apCorr"][left])
    assert change > 1.15


@pytest.mark.parametrize(("count", "order"), [(1, 0), (2, 0), (19, 0), (25, 1), (150, 2)])
def test_the_number_of_stars_sets_the_order(count: int, order: int) -> None:
    rng = np.random.default_rng(count)
    x, y = rng.uniform(0, 999, (2, count))
    error = np.full(count, 0.01)
    found = fit_correction(1.5 + 0.01 * rng.normal(size=count), error, x, y, SHAPE)
    assert (found.order, found.n_stars) == (order, count)
    value, uncertainty = found.at(np.array([500.0]), np.array([500.0]))
    assert abs(value[0] - 1.5) < 4 * uncertainty[0]
    assert uncertainty[0] < 0.011


def test_errors_of_the_correction_are_those_of_its_scatter() -> None:
    rng = np.random.default_rng(5)
    pulls = []
    for _ in range(200):
        x, y = rng.uniform(0, 999, (2, 40))
        error = rng.uniform(0.005, 0.03, 40)
        found = fit_correction(1.5 + 1e-4 * x + error * rng.normal(size=40), error, x, y, SHAPE)
        value, uncertainty = found.at(np.array([900.0]), np.array([100.0]))
        pulls.append((value[0] - 1.59) / uncertainty[0])
    assert np.std(pulls) == pytest.approx(1.0, abs=0.15)


def test_a_blend_among_the_stars_does_not_count() -> None:
    rng = np.random.default_rng(6)
    x, y = rng.uniform(0, 999, (2, 60))
    ratio = 1.5 + 0.01 * rng.normal(size=60)
    ratio[:5] += 0.5
    found = fit_correction(ratio, np.full(60, 0.01), x, y, SHAPE)
    assert found.n_stars <= 55
    assert found.at(np.array([500.0]), np.array([500.0]))[0][0] == pytest.approx(1.5, abs=0.006)


def test_without_a_star_there_is_no_correction(make_sky: Callable[..., Sky]) -> None:
    sources = calibrate(make_sky(7, np.full(9, 900.0), side=300).exposure, None, CalibrateConfig()).sources
    assert len(sources["x"]) > 0
    assert np.all(sources["psfFlux_flag_apCorr"])
    assert all(np.all(np.isnan(sources[f"ap{radius:02d}Flux_apCorr"])) for radius in RADII if radius != 12)
