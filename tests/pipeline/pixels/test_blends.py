"""Deblending, and which sources share a footprint."""

import numpy as np
import pytest

from pipeline.pixels.blends import find_blends
from pipeline.pixels.calibrate import calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.detection import Criteria, Detections, detect, gaussian_kernel
from pipeline.pixels.exposure import Exposure
from tests.support.galaxies import draw, gaussian

X, Y, FLUX = np.array([30.0, 40.0, 80.0]), np.array([30.0, 33.0, 80.0]), np.array([800.0, 2000.0, 1000.0])


def find(contrast: float = 0.005) -> Detections:
    """Detect a pair of stars and a single one."""
    image = draw((110, 110), X, Y, FLUX, gaussian(1.7)).astype(np.float32)
    everywhere = np.ones(image.shape, np.float32)
    kernel = gaussian_kernel(4.0)
    return detect(image, everywhere, everywhere < 0, kernel, Criteria(3.0, 5, deblend_contrast=contrast))


def test_a_pair_is_split_and_its_members_know_each_other() -> None:
    found = find()
    np.testing.assert_allclose(found.x, X, atol=0.6)
    assert found.blends.n_peaks.tolist() == [2, 2, 1]
    assert found.blends.brightest.tolist() == [1, 1, 2]
    np.testing.assert_array_equal(found.peak, np.stack([X, Y], axis=1))


def test_a_contrast_of_one_splits_nothing() -> None:
    found = find(contrast=1.0)
    assert found.blends.n_peaks.tolist() == [1, 1]
    assert found.area[0] == find().area[:2].sum()


def test_another_order_keeps_memberships_and_footprints() -> None:
    found = find()
    turned = found.ordered(np.array([2, 0, 1]))
    assert turned.blends.brightest.tolist() == [0, 2, 2]
    assert turned.blends.n_peaks.tolist() == [1, 2, 2]
    np.testing.assert_array_equal(turned.footprints == 2, found.footprints == 1)
    np.testing.assert_array_equal(turned.box[1], found.box[0])


def test_footprints_that_touch_at_a_corner_are_one_blend() -> None:
    footprints = np.zeros((6, 6), np.int32)
    footprints[0:2, 0:2], footprints[2:4, 2:4], footprints[0, 5] = 1, 2, 3
    peak = np.array([[0, 0], [3, 3], [5, 0]], np.int32)
    blends = find_blends(footprints, peak, np.array([2.0, 1.0, 9.0]))
    assert blends.n_peaks.tolist() == [2, 2, 1]
    assert blends.brightest.tolist() == [0, 0, 2]


def test_no_source_is_no_blend() -> None:
    empty = np.zeros((0, 2), np.int32)
    assert len(find_blends(np.zeros((5, 5), np.int32), empty, np.zeros(0)).n_peaks) == 0


@pytest.fixture(scope="module")
def catalog(sdss_frame: Exposure) -> tuple[dict[str, np.ndarray], np.ndarray]:
    result = calibrate(sdss_frame, None, CalibrateConfig())
    return result.sources, result.footprints


def test_the_catalog_names_the_brightest_of_each_blend(catalog: tuple[dict[str, np.ndarray], np.ndarray]) -> None:
    sources, _ = catalog
    parent, alone = sources["parent"], sources["detect_isIsolated"]
    assert np.any(~alone)
    assert np.all(parent[alone] == -1)
    assert np.all(parent[parent[~alone]] == parent[~alone])  # the brightest names itself
    members = np.bincount(parent[~alone], minlength=len(parent))
    np.testing.assert_array_equal(members[parent[~alone]], sources["deblend_nPeaks"][~alone])


def test_footprints_carry_the_row_of_their_source(catalog: tuple[dict[str, np.ndarray], np.ndarray]) -> None:
    sources, footprints = catalog
    np.testing.assert_array_equal(np.bincount(footprints.ravel())[1:], sources["footprintArea_value"])
    peaks = footprints[sources["deblend_peak_center_y"], sources["deblend_peak_center_x"]]
    np.testing.assert_array_equal(peaks, np.arange(1, len(peaks) + 1))
