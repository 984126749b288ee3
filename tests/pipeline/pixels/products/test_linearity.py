"""The table brings counts back to the light, to within 5e-4 of it."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.linearity import Illumination, fit_linearity

C2, C3 = 3e-7, 2e-12


def measured(true: np.ndarray) -> np.ndarray:
    """Invert true = counts + C2 counts^2 + C3 counts^3."""
    counts = true.astype(float).copy()
    for _ in range(30):
        counts -= (counts + C2 * counts**2 + C3 * counts**3 - true) / (1 + 2 * C2 * counts + 3 * C3 * counts**2)
    return counts


def flats(seed: int = 1, jitter: float = 0.0) -> list[Illumination]:
    rng = np.random.default_rng(seed)
    times = np.geomspace(0.5, 90, 30)
    true = 700 * times * rng.normal(1, jitter, 30) if jitter else 700 * times
    error = np.sqrt(true / 1.6 / 65536)
    return [
        Illumination(float(t), float(m), float(e))
        for t, m, e in zip(times, rng.normal(measured(true), error), error, strict=True)
    ]


@pytest.mark.parametrize("jitter", [0.0, 1e-4])
def test_corrected_counts_are_proportional_to_light(jitter: float) -> None:
    table = fit_linearity(flats(jitter=jitter))
    true = np.linspace(500, 0.9 * 63000, 200)
    counts = measured(true)
    corrected = counts + np.interp(counts, table.counts, table.correction)
    ratio = corrected / true
    assert np.abs(ratio / np.median(ratio) - 1).max() < 5e-4  # the scale itself belongs to the gain
    assert abs(np.median(ratio) - 1) < 2e-3
    assert np.abs(counts / true - 1).max() > 0.01  # there was something to correct


def test_a_shutter_that_failed_is_left_out() -> None:
    exposures = flats()
    failed = exposures[20]
    exposures[20] = Illumination(failed.exp_time, failed.mean * 0.9, failed.error)
    assert fit_linearity(exposures).residual < 1e-3


def test_saturated_flats_do_not_bend_the_curve() -> None:
    exposures = [*flats(), *(Illumination(t, 65000.0, 1.0) for t in (110.0, 140.0, 200.0))]
    assert fit_linearity(exposures, full_well=64000).residual < 1e-3


def test_flats_of_one_exposure_time_are_refused() -> None:
    exposures = [Illumination(10.0, one.mean, one.error) for one in flats()]
    with pytest.raises(BadImage, match="10 to 10 s, tell nothing of linearity"):
        fit_linearity(exposures)


def test_too_few_flats_are_refused() -> None:
    with pytest.raises(BadImage, match="4 flats are not enough for a linearity of order 3"):
        fit_linearity(flats()[:4])
    with pytest.raises(BadImage, match="0 flats are not enough"):
        fit_linearity([replace(one, mean=0.0) for one in flats()])


def test_each_filter_has_its_own_light() -> None:
    halved = [replace(one, exp_time=2 * one.exp_time) for one in flats(2)]
    named = [replace(one, lamp=lamp) for lamp, some in (("g", flats()), ("r", halved)) for one in some]
    alone, both = fit_linearity(flats()), fit_linearity(named)
    assert both.correction == pytest.approx(alone.correction, rel=0.03, abs=0.1)
    assert both.residual < 1e-2
    with pytest.raises(BadImage, match="the flats scatter by"):
        fit_linearity([replace(one, lamp="") for one in named])


def test_a_filter_with_one_level_does_no_harm() -> None:
    other = Illumination(5.0, 20000.0, 0.5, "r")
    found = fit_linearity([*flats(), other, other])
    assert found.correction == pytest.approx(fit_linearity(flats()).correction, rel=0.02, abs=0.1)
