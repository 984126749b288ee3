"""Sky model on simulated skies."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.pixels.background import fit_background


def test_pure_noise_is_not_biased() -> None:
    rng = np.random.default_rng(0)
    image = (50.0 + rng.normal(size=(512, 512))).astype(np.float32)
    sky = fit_background(image, np.zeros(image.shape, np.bool_), 64, 3)
    # 512 x 512 pixels fix the mean to 0.002.
    assert np.mean(sky.level) == pytest.approx(50.0, abs=0.01)
    assert np.median(sky.noise) == pytest.approx(1.0, abs=0.02)


def test_stars_do_not_lift_the_sky_and_the_slope_is_followed(make_sky: Callable[..., Any]) -> None:
    sky = make_sky(5, np.full(100, 30000.0), side=500)
    level = fit_background(sky.exposure.image, sky.exposure.mask != 0, 64, 3).level
    truth = 100.0 + 5.0 * np.arange(500)[None, :] / 500
    assert np.mean(level - truth) == pytest.approx(0.0, abs=0.3)
    assert np.max(np.abs(level - truth)) < 2.0


def test_masked_pixels_do_not_count() -> None:
    rng = np.random.default_rng(1)
    image = rng.normal(size=(256, 256)).astype(np.float32)
    image[100:160, :] = 1000.0
    masked = image > 500
    assert np.max(np.abs(fit_background(image, masked, 64, 3).level)) < 0.5


def test_a_crowded_image_falls_back_to_the_clipped_mode(make_sky: Callable[..., Any]) -> None:
    sky = make_sky(6, np.full(400, 30000.0), side=300)
    level = fit_background(sky.exposure.image, sky.exposure.mask != 0, 64, 3).level
    assert np.isfinite(level).all()
    assert np.median(level) < np.median(sky.exposure.image)
