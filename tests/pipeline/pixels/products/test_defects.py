"""Bad pixels are found and written as boxes."""

import numpy as np
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays

from pipeline.pixels.products.defects import boxes, find_dead, find_hot, paint


def test_dead_and_hot_pixels_are_found_and_no_others() -> None:
    rng = np.random.default_rng(1)
    x = np.arange(256)[None, :]
    flat = (1 - 0.2 * ((x - 128) / 128) ** 2 + rng.normal(0, 0.005, (256, 256))).astype(np.float32)
    dark = rng.normal(0.01, 0.003, (256, 256)).astype(np.float32)
    dead, hot = rng.integers(0, 256, (2, 2, 50))
    flat[dead[0], dead[1]] *= 0.5
    flat[3, 3] = np.nan
    dark[hot[0], hot[1]] += 2
    told = np.zeros((256, 256), bool)
    told[dead[0], dead[1]] = told[3, 3] = True
    assert (find_dead(flat) == told).all()
    told[:] = False
    told[hot[0], hot[1]] = True
    assert (find_hot(dark, exp_time=30, read_noise=5) == told).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_boxes_hold_every_bad_pixel_and_only_whole_columns_more(bad: np.ndarray) -> None:
    whole = bad | (bad.mean(axis=0) > 0.3)
    found = boxes(bad)
    assert (paint(found, bad.shape) == whole).all()
    assert int((found.nx * found.ny).sum()) == int(whole.sum())  # none twice


def test_a_bad_column_is_one_box() -> None:
    bad = np.zeros((100, 50), bool)
    bad[40:, 7:9] = True
    found = boxes(bad)
    assert (found.x0.tolist(), found.y0.tolist(), found.nx.tolist(), found.ny.tolist()) == ([7], [0], [2], [100])
