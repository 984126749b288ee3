"""Defects are masked where the table says, and filled from the nearest good pixels."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.isr.defects import Defect, grow, mark_defects
from pipeline.pixels.isr.errors import BadDefect
from pipeline.pixels.isr.interpolation_kernel import REACH, interpolate
from pipeline.pixels.mask import BAD, CR, INTRP, SAT, SUSPECT, UNUSABLE

Plane = NDArray[np.float32]
Mask = NDArray[np.int32]


def sloping(shape: tuple[int, int] = (40, 50)) -> tuple[Plane, Plane, Mask]:
    """Make an image that any line follows exactly, its variance and an empty mask."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    image = (100 + 3 * x - 2 * y).astype(np.float32)
    return image, image / 2, np.zeros(shape, dtype=np.int32)


def fill(image: Plane, variance: Plane, mask: Mask, planes: int = BAD) -> int:
    image[mask & planes != 0] = -1e6
    return int(interpolate(image, variance, mask, np.int32(planes), np.int32(UNUSABLE)))


def test_boxes_get_their_planes() -> None:
    mask = np.zeros((20, 30), dtype=np.int32)
    mark_defects(mask, [Defect(5, 2, 1, 18), Defect(0, 0, 30, 1, "SUSPECT")])
    assert set(np.nonzero(mask & BAD)[1]) == {5}
    assert (mask & BAD != 0).sum() == 18
    np.testing.assert_array_equal(np.unique(np.nonzero(mask & SUSPECT)[0]), [0])


@pytest.mark.parametrize(
    ("defect", "said"),
    [
        (Defect(28, 0, 3, 1), "defect 1: 3 x 1 pixels at 28, 0 lie not within 30 x 20: correct the table"),
        (Defect(0, -1, 3, 1), "at 0, -1 lie not within"),
        (Defect(0, 0, 0, 1), "0 x 1 pixels at 0, 0 lie not within"),
        (Defect(0, 0, 1, 1, "HOT"), "are 'HOT', which is none of BAD, SAT"),
    ],
)
def test_a_row_that_describes_no_pixels_is_told(defect: Defect, said: str) -> None:
    with pytest.raises(BadDefect, match=said):
        mark_defects(np.zeros((20, 30), dtype=np.int32), [Defect(0, 0, 1, 1), defect])


def test_a_plane_grows_by_a_box_and_no_other_plane_does() -> None:
    mask = np.zeros((20, 30), dtype=np.int32)
    mask[0, 0] = mask[10, 15] = SAT
    mask[5, 5] = BAD
    grow(mask, SAT, 2)
    assert (mask & SAT != 0).sum() == 9 + 25
    assert (mask & BAD != 0).sum() == 1
    grow(mask, BAD, 40)
    assert (mask & BAD).all()


@pytest.mark.parametrize("box", [np.s_[:, 20:22], np.s_[10:13, :], np.s_[10:14, 20:25]], ids=["columns", "rows", "box"])
def test_a_slope_is_filled_exactly(box: tuple[slice, slice]) -> None:
    image, variance, mask = sloping()
    truth = image.copy()
    mask[box] |= BAD
    assert fill(image, variance, mask) == (mask & BAD != 0).sum()
    assert image == pytest.approx(truth, rel=1e-5)
    assert variance == pytest.approx(truth / 2, rel=1e-5)
    np.testing.assert_array_equal(mask & INTRP != 0, mask & BAD != 0)


def test_at_the_edge_the_nearest_good_value_is_repeated() -> None:
    image, variance, mask = sloping()
    mask[:, :2] = BAD
    fill(image, variance, mask)
    assert image[:, 0] == pytest.approx(image[:, 2])


def test_saturated_pixels_tell_nothing() -> None:
    image, variance, mask = sloping()
    truth = image.copy()
    mask[:, 20] = CR
    mask[:, 21] = SAT
    image[:, 21] = 60000
    fill(image, variance, mask, CR)
    assert image[:, 20] == pytest.approx(truth[:, 20])
    assert (image[:, 21] == 60000).all()


def test_what_is_too_wide_stays_as_it_is() -> None:
    image, variance, mask = sloping((60, 60))
    mask[10:50, 10:50] = BAD
    fill(image, variance, mask)
    middle = np.s_[10 + REACH : 50 - REACH, 10 + REACH : 50 - REACH]
    assert not np.any(mask[middle] & INTRP)
    assert (image[middle] == -1e6).all()
