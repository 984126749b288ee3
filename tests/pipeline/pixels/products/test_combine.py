"""Frames are combined without their outliers, as well as noise allows."""

import numpy as np
import pytest

from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.combine import combine


def frames(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 5, (n, 128, 128)).astype(np.float32)


@pytest.mark.parametrize("n", [3, 5, 9, 15, 25])
def test_the_mean_is_as_good_as_its_variance_says(n: int) -> None:
    combined = combine(frames(n))
    expected = 5 / np.sqrt(n)
    assert combined.mean.mean() == pytest.approx(100, abs=4 * expected / 128)
    assert combined.mean.std() == pytest.approx(expected, rel=0.03)  # master bias rms within 3 % of rn / sqrt(N)
    assert np.sqrt(combined.variance.mean()) == pytest.approx(expected, rel=0.12 if n < 9 else 0.06)


@pytest.mark.parametrize("n", [3, 5, 9])
def test_a_cosmic_ray_of_one_frame_is_gone(n: int) -> None:
    hit = frames(n)
    rng = np.random.default_rng(2)
    y, x = np.unravel_index(rng.choice(128 * 128, 600, replace=False), (128, 128))
    hit[rng.integers(0, n, 600), y, x] += 4000
    assert abs(combine(hit).mean[y, x] - 100).max() < 4.5 * 5 / np.sqrt(n - 1)


def test_a_part_of_the_frame_that_is_noisier_is_not_clipped_by_the_quiet_one() -> None:
    mixed = frames(9)
    mixed[:, :, 64:] = 100 + (mixed[:, :, 64:] - 100) * 4
    combined = combine(mixed)
    assert (combined.n_used[:, 64:] == 9).mean() > 0.95
    assert combined.mean[:, 64:].std() == pytest.approx(20 / 3, rel=0.04)


def test_pixels_without_a_value_are_left_out_and_told() -> None:
    holed = frames(4)
    holed[0, :10] = np.nan
    holed[:, 5, 5] = np.nan
    combined = combine(holed)
    assert np.isnan(combined.mean[5, 5])
    assert np.isnan(combined.variance[5, 5])
    assert combined.n_used[5, 5] == 0
    assert combined.n_used[:10].max() == 3
    assert np.isfinite(combined.mean).sum() == combined.mean.size - 1


def test_two_frames_are_refused() -> None:
    with pytest.raises(BadImage, match="2 frames are not enough to combine"):
        combine(frames(2))
