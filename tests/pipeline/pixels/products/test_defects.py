"""Bad pixels are found and written as boxes."""

import numpy as np
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays

from pipeline.pixels.products.defects import blind, boxes, find_dead, find_hot, paint


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


def test_a_column_ends_with_its_amplifier() -> None:
    bad = np.zeros((100, 50), bool)
    bad[50:, 10:30] = True  # a dead amplifier, and above the middle one dead column
    bad[:20, 40] = True
    lower, upper = slice(0, 50), slice(50, 100)
    amplifiers = [
        (rows, columns) for rows in (lower, upper) for columns in (slice(0, 10), slice(10, 30), slice(30, 50))
    ]
    whole = bad.copy()
    whole[:50, 40] = True
    assert (paint(boxes(bad, amplifiers), bad.shape) == whole).all()


def test_an_amplifier_that_sees_next_to_nothing_is_dead_though_its_pixels_agree() -> None:
    rng = np.random.default_rng(2)
    flat = rng.normal(1, 0.005, (256, 256)).astype(np.float32)
    flat[:, :64] *= 0.02
    flat[0, :64] = np.nan
    assert find_dead(flat)[:, :64].all()
    assert not find_dead(flat)[:, 96:].any()
    assert blind(flat).sum() == 255 * 64
    assert not blind(np.full((4, 4), np.nan, np.float32)).any()


def test_what_is_hot_depends_on_the_noise_of_its_amplifier() -> None:
    dark = np.zeros((128, 128), np.float32)
    dark[10, [20, 100]] = 1.0  # 30 adu in 30 s
    noise = np.repeat(np.array([[4, 8]], np.float32), 64, axis=1)
    assert np.argwhere(find_hot(dark, exp_time=30, read_noise=noise)).tolist() == [[10, 20]]
