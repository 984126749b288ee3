"""The level without light: robust, as precise as its pixels allow, and honest about its noise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.isr.errors import BadAmplifier
from pipeline.pixels.isr.levels import find_levels
from pipeline.pixels.isr.overscan import overscan_level
from tests.support.forward import Chip

NOISE = 4.0


def pixels(seed: int = 1, columns: int = 64) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """Make an overscan of whole counts with a drifting level; give it with the truth."""
    rng = np.random.default_rng(seed)
    truth = 1000 + 3 * np.sin(np.arange(1024) / 100)
    return np.round(rng.normal(truth[:, None], NOISE, (1024, columns))).astype(np.uint16), truth


def test_the_level_of_each_row_is_as_precise_as_a_mean() -> None:
    found = overscan_level(pixels()[0])
    error = found.rows - pixels()[1]
    assert abs(error.mean()) < 4 * NOISE / np.sqrt(64 * 1024)
    assert error.std() == pytest.approx(np.hypot(NOISE, np.sqrt(1 / 12)) / np.sqrt(64), rel=0.06)


def test_the_noise_of_whole_counts_is_that_of_the_electronics() -> None:
    assert overscan_level(pixels()[0]).noise == pytest.approx(np.hypot(NOISE, np.sqrt(1 / 12)), rel=0.01)


def test_light_in_columns_that_are_called_overscan_changes_nothing() -> None:
    leaky, truth = pixels()
    leaky[:, -2:] = 60000
    leaky[:, 0] += 15  # charge that was left behind
    found = overscan_level(leaky)
    np.testing.assert_array_equal(np.flatnonzero(~found.dark), [0, 62, 63])
    assert abs((found.rows - truth).mean()) < 4 * NOISE / np.sqrt(61 * 1024)


def test_a_trail_across_some_rows_changes_little() -> None:
    trailed, truth = pixels()
    trailed[500, :20] += 500
    error = overscan_level(trailed).rows - truth
    assert abs(error[500]) < 4 * NOISE / np.sqrt(44)


def test_a_polynomial_over_the_rows_is_smoother_than_the_rows() -> None:
    read, truth = pixels()
    error = overscan_level(read, order=12).rows - truth
    assert error.std() < 0.2 * NOISE / np.sqrt(64)


def test_a_polynomial_does_not_follow_rows_that_are_off() -> None:
    read, _ = pixels()
    before = overscan_level(read, order=12).rows
    read[300:310] += 400
    assert overscan_level(read, order=12).rows == pytest.approx(before, abs=0.02)


@pytest.mark.parametrize("hit", [3000.0, np.nan])
def test_a_row_of_which_no_pixel_can_be_trusted_gets_the_level_around_it(hit: float) -> None:
    read, truth = pixels(columns=2)
    broken = read.astype(float)
    broken[7, 1] = hit
    broken[300] = [1000.0 + NOISE, hit]
    error = overscan_level(broken).rows - truth
    assert np.abs(error[[7, 300]]).max() < 4 * NOISE


def test_what_is_no_number_does_not_count() -> None:
    read, truth = pixels()
    broken = read.astype(float)
    broken[:20] = np.nan
    broken[500, :30] = np.nan
    broken[600, 5] = np.inf
    for order in (None, 12):
        found = overscan_level(broken, order)
        assert np.abs(found.rows[20:] - truth[20:]).max() < 4 * NOISE / np.sqrt(34)
        assert np.abs(found.rows[:20] - truth[:20]).max() < NOISE
        assert found.noise == pytest.approx(overscan_level(read).noise, rel=0.01)
    assert np.isnan(overscan_level(np.full((20, 3), np.nan), 4).rows).all()


def test_one_column_has_a_level_and_no_noise() -> None:
    found = overscan_level(np.full((20, 1), 7))
    assert found.rows == pytest.approx(7)
    assert np.isnan(found.noise)


def test_overscan_rows_tell_what_is_left_of_the_columns() -> None:
    readout = Chip(side=64).read(np.zeros((128, 128)))[0]
    columns = np.linspace(-3, 3, 64)
    vertical = np.tile(columns + 1002.5, (30, 1))
    both = find_levels([type(readout)(**{**vars(readout), "vertical_overscan": vertical})], vertical=True)
    assert both[0][1] is not None
    assert both[0][1].rows == pytest.approx(columns, abs=0.01)


def test_an_amplifier_without_overscan_is_named() -> None:
    readout = Chip(side=64).read(np.zeros((128, 128)))[1]
    without = type(readout)(**{**vars(readout), "horizontal_overscan": None})
    with pytest.raises(BadAmplifier, match="amplifier A1 has no overscan columns: set do_overscan to false"):
        find_levels([without])
    with pytest.raises(BadAmplifier, match="amplifier A1 has no overscan rows"):
        find_levels([readout], vertical=True)
    short = type(readout)(**{**vars(readout), "horizontal_overscan": np.zeros((10, 5))})
    with pytest.raises(BadAmplifier, match="amplifier A1 has 10 rows of overscan for 64 rows of data"):
        find_levels([short])
