"""Gain, read noise and brighter-fatter are found from pairs of flats."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.photon_transfer import Level, dark_level, fit_photon_transfer, pair_level

GAIN, READ_NOISE, A00 = 1.6, 6.0, -2.5e-6


def flat(mean: float, rng: np.random.Generator, a00: float = 0.0) -> np.ndarray:
    """Give counts (adu) of a flat with a fixed pattern; normal noise with the variance of Astier et al. (2019)."""
    level = mean * np.random.default_rng(7).normal(1, 0.01, (256, 256))
    z = 2 * a00 * level * GAIN
    rise = np.expm1(z) / z if a00 else 1
    return rng.normal(level, np.sqrt(level / GAIN * rise + (READ_NOISE / GAIN) ** 2)).astype(np.float32)


def curve(seed: int, a00: float) -> list[Level]:
    rng = np.random.default_rng(seed)
    nothing = np.zeros((256, 256), bool)
    # The lamp drifts by up to two percent from one flat to the next.
    return [
        pair_level(flat(mean, rng, a00), flat(mean * rng.uniform(0.98, 1.02), rng, a00), nothing)
        for mean in np.geomspace(30, 40000, 25)
    ]


def test_gain_and_read_noise_of_a_linear_amplifier() -> None:
    found = [fit_photon_transfer(curve(seed, 0.0)) for seed in range(3)]
    assert np.mean([one.gain for one in found]) == pytest.approx(GAIN, rel=0.003)
    assert np.mean([one.read_noise for one in found]) == pytest.approx(READ_NOISE, rel=0.02)
    assert max(abs(one.gain - GAIN) / one.gain_error for one in found) < 3.5


def test_brighter_fatter_does_not_bias_the_gain() -> None:
    found = fit_photon_transfer(curve(3, A00))
    assert found.gain == pytest.approx(GAIN, rel=0.005)
    assert found.read_noise == pytest.approx(READ_NOISE, rel=0.03)
    assert abs(found.a00 - A00) < 4 * found.a00_error < 0.2 * abs(A00)


def test_full_wells_end_the_curve() -> None:
    levels = curve(4, A00)
    spilled = [replace(one, variance=one.variance * 0.3) if one.mean > 30000 else one for one in levels]
    found = fit_photon_transfer(spilled[::-1])
    assert 20000 < found.turnoff <= 30000
    assert found.gain == pytest.approx(GAIN, rel=0.006)
    assert [level.mean <= found.turnoff for level in spilled[::-1]] == found.used.tolist()


def test_a_pair_that_went_wrong_is_neither_a_summit_nor_a_fall() -> None:
    levels = curve(4, A00)
    for place, factor in ((13, 1.5), (20, 0.5)):
        wrong = [replace(one, variance=one.variance * factor) if n == place else one for n, one in enumerate(levels)]
        found = fit_photon_transfer(wrong)
        assert np.isnan(found.turnoff)  # nothing fell for good
        assert found.used.tolist() == [n != place for n in range(len(levels))]
        assert found.gain == pytest.approx(GAIN, rel=0.006)


def test_variance_may_rise_again_beyond_full_well() -> None:
    levels = curve(4, A00)
    bloomed = [replace(one, variance=one.variance * 0.1) if 8000 < one.mean < 30000 else one for one in levels]
    assert 5000 < fit_photon_transfer(bloomed).turnoff <= 8000


def test_a_failed_shutter_is_left_out() -> None:
    levels = curve(5, A00)
    levels[12] = replace(levels[12], variance=levels[12].variance * 1.3)
    found = fit_photon_transfer(levels)
    assert not found.used[12]
    assert found.gain == pytest.approx(GAIN, rel=0.005)


def test_cosmic_rays_do_not_count_and_clipping_costs_nothing() -> None:
    rng = np.random.default_rng(6)
    first, second = flat(5000, rng), flat(5000, rng)
    first[rng.integers(0, 256, 100), rng.integers(0, 256, 100)] += 20000
    level = pair_level(first, second, np.zeros((256, 256), bool))
    assert level.variance == pytest.approx(5000 / GAIN + (READ_NOISE / GAIN) ** 2, rel=0.02)


def test_too_few_levels_are_refused() -> None:
    with pytest.raises(BadImage, match="4 levels of the photon transfer curve can be used"):
        fit_photon_transfer(curve(8, A00)[10:14])
    with pytest.raises(BadImage, match="0 levels of the photon transfer curve can be used"):
        fit_photon_transfer([])
    with pytest.raises(BadImage, match="no light"):
        pair_level(np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32), np.zeros((64, 64), bool))


def test_biases_tell_the_read_noise_that_flats_do_not() -> None:
    rng = np.random.default_rng(9)
    nothing = np.zeros((256, 256), bool)
    # Each row has an error of its overscan, too.
    biases = [
        rng.normal(rng.normal(0, 1, (2, 256, 1)), READ_NOISE / GAIN, (2, 256, 256)).astype(np.float32) for _ in range(4)
    ]
    lit = [level for level in curve(10, A00) if level.mean > 2000]
    dark = [dark_level(pair[0], pair[1], nothing) for pair in biases]
    alone, both = fit_photon_transfer(lit), fit_photon_transfer([*dark, *lit])
    assert both.read_noise == pytest.approx(READ_NOISE, rel=0.01)
    assert both.read_noise_error < alone.read_noise_error / 10
    with pytest.raises(BadImage, match="0 usable pixels"):
        dark_level(biases[0][0], biases[0][1], ~nothing)


@pytest.mark.parametrize("seed", range(11, 17))
@pytest.mark.parametrize("brightest", [0.4, 20.0])
def test_noise_alone_is_no_gain(seed: int, brightest: float) -> None:
    rng = np.random.default_rng(seed)
    levels = [Level(mean, 14 * rng.normal(1, 0.006), 0.08) for mean in np.linspace(0.01, brightest, 16)]
    with pytest.raises(BadImage, match=r"gives a gain of [-\d.e+]+ \+- ([\d.e+]+|nan)"):
        fit_photon_transfer(levels)


def test_a_bias_that_does_not_fit_is_the_one_that_is_left_out() -> None:
    levels = [*(Level(0.0, 14.0, 0.1) for _ in range(30)), *curve(12, 0.0)]
    levels[7] = Level(0.0, 20.0, 0.1)
    assert np.flatnonzero(~fit_photon_transfer(levels).used).tolist() == [7]
