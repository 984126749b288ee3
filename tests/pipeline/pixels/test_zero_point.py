"""Zero point of standards with outliers."""

import numpy as np
import pytest

from pipeline.pixels.photometry import fit_zero_point, limiting_magnitude, to_njy


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_30_percent_of_outliers_on_one_side_move_it_less_than_5_mmag(seed: int, side: float) -> None:
    rng = np.random.default_rng(seed)
    offsets = 27.0 + rng.normal(0, 0.02, 300)
    offsets[:90] += side * rng.uniform(0.1, 1.5, 90)
    zero_point = fit_zero_point(offsets, 5)
    assert abs(zero_point.value - 27.0) < 0.005
    assert zero_point.error < 0.003
    assert zero_point.scatter == pytest.approx(0.02, rel=0.2)
    assert np.mean(zero_point.used[90:]) > 0.95
    assert np.mean(zero_point.used[:90]) < 0.05


def test_stated_errors_are_true() -> None:
    rng = np.random.default_rng(0)
    fits = [fit_zero_point(rng.normal(0, 0.03, 60), 5) for _ in range(300)]
    pulls = np.array([fit.value / fit.error for fit in fits])
    assert 0.85 < np.std(pulls) < 1.15


def test_the_error_of_few_standards_assumes_the_scatter_of_colour_terms() -> None:
    two = fit_zero_point(np.array([27.0, 27.02]), 5)
    assert two.value == pytest.approx(27.01)
    assert two.error == pytest.approx(1.2533 * 0.1 / np.sqrt(2))
    one = fit_zero_point(np.array([27.0]), 5)
    assert one.error == pytest.approx(0.12533)
    assert np.isnan(one.scatter)


def test_missing_standards_are_left_out() -> None:
    zero_point = fit_zero_point(np.array([np.nan, 25.0, np.nan, 25.1, 24.9]), 5)
    assert zero_point.value == pytest.approx(25.0)
    assert zero_point.used.tolist() == [False, True, False, True, True]


@pytest.mark.parametrize("offsets", [np.zeros(0), np.full(4, np.nan)])
def test_no_standard_gives_no_zero_point(offsets: np.ndarray) -> None:
    zero_point = fit_zero_point(offsets, 5)
    assert np.isnan([zero_point.value, zero_point.error, zero_point.scatter]).all()
    assert not np.any(zero_point.used)


def test_equal_standards_are_all_used() -> None:
    assert np.all(fit_zero_point(np.full(20, 26.5), 5).used)


def test_a_star_of_zero_magnitude_has_3631_jansky() -> None:
    assert to_njy(np.array([1.0]), 0.0)[0] == pytest.approx(3.631e12)
    assert to_njy(np.array([100.0]), 31.4)[0] == pytest.approx(100.0, rel=1e-3)
    assert np.isnan(to_njy(np.array([1.0]), np.nan)[0])


def test_the_depth_is_the_flux_of_five_sigma() -> None:
    depth = limiting_magnitude(27.0, 10.0, 64.0)
    assert 10 ** (0.4 * (27.0 - depth)) == pytest.approx(5 * 10.0 * 8.0)
