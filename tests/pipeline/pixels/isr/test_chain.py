"""Each step undoes its effect exactly, and all together give the light back within its noise."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.isr.chain import Corrected, Masters, correct
from pipeline.pixels.isr.errors import BadAmplifier, BadFrame, NoDarkTime
from pipeline.pixels.isr.levels import find_levels
from pipeline.pixels.mask import NO_DATA, SAT, SUSPECT
from tests.support.forward import Chip

SKY = np.random.default_rng(5).uniform(100, 20000, (256, 256))
"""Light of each pixel (electrons), so that a pixel in a wrong place is found."""


def reduce(chip: Chip, light: NDArray[np.float64], seed: int | None = None, tables: bool = False) -> Corrected:
    readouts = chip.read(light, seed)
    masters = Masters(chip.bias, chip.dark, chip.flat, chip.dark_time)
    return correct(readouts, find_levels(readouts), chip.electronics(tables), masters)


def frame(low: float, high: float, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(low, high, (256, 256)).astype(np.float32)


@pytest.mark.parametrize(
    "chip",
    [
        Chip(),
        Chip(bias=frame(-5, 5)),
        Chip(dark=frame(0, 2), dark_time=60.0),
        Chip(flat=frame(0.5, 1.1)),
        Chip(bias=frame(-5, 5), dark=frame(0, 2), dark_time=60.0, flat=frame(0.5, 1.1)),
    ],
    ids=["overscan, assembly and gain", "bias", "dark", "flat", "all of them"],
)
def test_a_step_undoes_its_effect(chip: Chip) -> None:
    np.testing.assert_allclose(reduce(chip, SKY).image, SKY, rtol=1e-5, atol=0.01)


def test_counts_become_linear() -> None:
    chip = Chip(nonlinear=(5e-8, -4e-8, 1e-7, 2e-7))
    light = np.linspace(0, 80000, 256 * 256).reshape(256, 256)
    made = reduce(chip, light, tables=True).image
    bent = reduce(chip, light).image
    assert np.abs(bent - light).max() > 500
    assert np.abs(made - light).max() < 5e-6 * 80000  # the goal is 5e-4 of the signal


def test_crosstalk_is_subtracted_at_the_pixel_that_is_read_at_the_same_time() -> None:
    matrix = np.random.default_rng(2).uniform(-2e-4, 2e-4, (4, 4))
    np.fill_diagonal(matrix, 0)
    light = np.zeros((256, 256))
    light[30:60, 40:50] = 50000  # in the first amplifier; the others see it mirrored
    chip = Chip(crosstalk=matrix)
    untouched, made = reduce(chip, light).image, reduce(chip, light, tables=True).image
    ghosts = light == 0
    assert np.abs(untouched[ghosts]).max() > 3
    assert np.abs(made[ghosts]).max() < 1e-6 * 50000


def test_crosstalk_of_a_saturated_source_is_that_of_the_saturation() -> None:
    matrix = np.zeros((4, 4))
    matrix[1, 0] = 1e-3
    chip = Chip(gain=(1.0, 1.0, 1.0, 1.0), saturation=20000.0, crosstalk=matrix)
    light = np.zeros((256, 256))
    light[10, 10] = 50000
    made = reduce(chip, light, tables=True)
    assert made.image[10, 245] == pytest.approx(50.0 - 20.0, abs=0.01)


def test_saturation_is_judged_above_the_overscan_of_each_amplifier() -> None:
    chip = Chip(gain=(1.0, 2.0, 1.0, 1.0), saturation=20000.0)
    light = np.zeros((256, 256))
    light[5, 5], light[6, 6], light[5, 200], light[6, 201] = 20001, 19999, 39000, 40002
    mask = reduce(chip, light).mask
    np.testing.assert_array_equal(np.argwhere(mask & SAT), [[5, 5], [6, 201]])


def test_pixels_beyond_the_photon_transfer_curve_are_suspect() -> None:
    chip = Chip(gain=(1.0, 1.0, 1.0, 1.0))
    light = np.zeros((256, 256))
    light[5, 5] = 15000
    readouts = chip.read(light)
    known = replace(chip.electronics(), suspect=np.full(4, 14000.0))
    mask = correct(readouts, find_levels(readouts), known, Masters()).mask
    np.testing.assert_array_equal(np.argwhere(mask & SUSPECT), [[5, 5]])


@pytest.mark.parametrize("seed", [11, 12])
def test_all_effects_together_give_the_light_back_within_its_noise(seed: int) -> None:
    matrix = np.full((4, 4), 1e-4)
    np.fill_diagonal(matrix, 0)
    y, x = np.mgrid[:256, :256] / 256
    light = 2000 + 4000 * x + 3000 * y
    chip = Chip(
        bias=frame(-5, 5),
        dark=frame(0, 2),
        dark_time=60.0,
        flat=frame(0.7, 1.1),
        nonlinear=(5e-8, -4e-8, 1e-7, 2e-7),
        crosstalk=matrix,
    )
    made = reduce(chip, light, seed, tables=True)
    pulls = (made.image - light) / np.sqrt(made.variance)
    for number in range(4):
        box = pulls[chip.where(number)]
        assert box.std() == pytest.approx(1.0, abs=0.02)
        assert abs((made.image - light)[chip.where(number)].mean() / light.mean()) < 1e-3


def test_the_variance_is_that_of_charge_and_electronics_carried_through_the_flat() -> None:
    chip = Chip(dark=frame(1, 1.0001), dark_time=100.0, flat=np.full((256, 256), 0.5, dtype=np.float32))
    made = reduce(chip, np.full((256, 256), 4000.0))
    for number, (gain, noise) in enumerate(zip(chip.gain, chip.read_noise, strict=True)):
        expected = (2000 + 100 * gain + noise**2) / 0.25
        np.testing.assert_allclose(made.variance[chip.where(number)], expected, rtol=1e-4)


def test_without_a_known_read_noise_that_of_the_overscan_counts() -> None:
    chip = Chip()
    readouts = chip.read(np.zeros((256, 256)), seed=3)
    known = replace(chip.electronics(), read_noise=np.full(4, np.nan))
    made = correct(readouts, find_levels(readouts), known, Masters())
    least = made.variance.min()
    assert np.sqrt(least) == pytest.approx(min(chip.read_noise), rel=0.03)


def test_counts_have_the_variance_of_counts() -> None:
    chip = Chip()
    readouts = chip.read(SKY)
    known = chip.electronics()
    counts = correct(readouts, find_levels(readouts), known, Masters(), in_electrons=False)
    electrons = correct(readouts, find_levels(readouts), known, Masters())
    for number, gain in enumerate(chip.gain):
        box = chip.where(number)
        np.testing.assert_allclose(counts.image[box] * gain, electrons.image[box], rtol=1e-5, atol=1e-3)
        np.testing.assert_allclose(counts.variance[box] * gain**2, electrons.variance[box], rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, 1e-4, 0.099])
def test_there_is_no_data_where_the_flat_has_no_response(value: float) -> None:
    flat = np.ones((256, 256), dtype=np.float32)
    flat[7, 9] = value
    readouts = Chip().read(SKY)
    made = correct(readouts, find_levels(readouts), Chip().electronics(), Masters(flat=flat))
    np.testing.assert_array_equal(np.argwhere(made.mask & NO_DATA), [[7, 9]])
    assert made.image[7, 9] == made.variance[7, 9] == 0


def test_there_is_no_data_where_a_calibration_has_none() -> None:
    bias = np.zeros((256, 256), dtype=np.float32)
    bias[200, 3] = np.nan
    readouts = Chip().read(SKY)
    made = correct(readouts, find_levels(readouts), Chip().electronics(), Masters(bias=bias))
    np.testing.assert_array_equal(np.argwhere(made.mask & NO_DATA), [[200, 3]])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_pixel_without_a_number_harms_no_other(value: float) -> None:
    chip = Chip(nonlinear=(5e-8, -4e-8, 1e-7, 2e-7), crosstalk=1e-4 * (1 - np.eye(4)))
    readouts, broken = chip.read(SKY), chip.read(SKY)
    broken[0].data[20, 30] = value
    levels, known = find_levels(readouts), chip.electronics(tables=True)
    expected, made = (correct(some, levels, known, Masters()) for some in (readouts, broken))
    np.testing.assert_array_equal(np.argwhere(made.mask), [[20, 30]])
    assert made.mask[20, 30] & NO_DATA
    assert made.image[20, 30] == made.variance[20, 30] == 0
    rest = made.mask == 0
    np.testing.assert_allclose(made.image[rest], expected.image[rest], atol=1e-4 * 20000)


def test_a_dark_time_is_needed_where_there_is_a_dark_and_nowhere_else() -> None:
    readouts = Chip().read(SKY)
    levels, dark = find_levels(readouts), np.zeros((256, 256), dtype=np.float32)
    assert not correct(readouts, levels, Chip().electronics(), Masters(dark_time=np.nan)).mask.any()
    with pytest.raises(NoDarkTime, match="neither dark time nor exposure time is known: correct the header"):
        correct(readouts, levels, Chip().electronics(), Masters(dark=dark, dark_time=np.nan))


def test_where_nobody_knows_the_saturation_the_largest_number_of_the_file_is_saturated() -> None:
    readouts = Chip().read(SKY, seed=1)
    readouts[1].data[5, 6] = 65535
    levels = find_levels(readouts)
    known = replace(Chip().electronics(), saturation=np.full(4, np.nan))
    mask = correct(readouts, levels, known, Masters()).mask
    np.testing.assert_array_equal(np.argwhere(mask & SAT), [[5, 255 - 6]])
    never = replace(known, saturation=np.full(4, np.inf))
    assert not correct(readouts, levels, never, Masters()).mask.any()
    real = [replace(one, data=one.data.astype(np.float32)) for one in readouts]
    assert not correct(real, levels, known, Masters()).mask.any()


def test_sizes_that_do_not_fit_are_told() -> None:
    readouts = Chip().read(SKY)
    levels = find_levels(readouts)
    small = replace(readouts[2], data=readouts[2].data[:100])
    with pytest.raises(BadAmplifier, match="amplifier A2 has 128 x 100 pixels, where A0 has 128 x 128"):
        correct([*readouts[:2], small, readouts[3]], levels, Chip().electronics(), Masters())
    with pytest.raises(BadFrame, match="the dark has 30 x 20 pixels and the detector 256 x 256: make it anew"):
        correct(readouts, levels, Chip().electronics(), Masters(dark=np.zeros((20, 30), dtype=np.float32)))
