"""Span lists of SDSS as mask planes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.errors import BadImage
from pipeline.pixels.sdss_mask import span_mask


def spans(*triples: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.frombuffer(np.array(triples, dtype=">u2").tobytes(), dtype=np.uint8)


def test_spans_are_rows_with_both_ends() -> None:
    mask = span_mask({"S_MASK_SATUR": [spans((2, 3, 5), (4, 300, 300))]}, (10, 400))
    rows, columns = np.nonzero(mask)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(2, 3), (2, 4), (2, 5), (4, 300)]
    assert set(mask[rows, columns]) == {planes.SAT}


def test_planes_add_up_and_those_of_objects_say_nothing() -> None:
    lists = {
        "S_MASK_INTERP": [spans((1, 0, 1))],
        "S_MASK_CR": [spans((1, 1, 2)), spans((3, 0, 0))],
        "S_MASK_NOTCHECKED": [spans((0, 0, 3))],
        "S_MASK_GHOST": [],
        "S_MASK_OBJECT": [spans((2, 0, 3))],
    }
    mask = span_mask(lists, (4, 4))
    cosmic = planes.CR | planes.INTRP
    assert mask.tolist() == [
        [planes.EDGE] * 4,
        [planes.INTRP, cosmic, cosmic, 0],
        [0, 0, 0, 0],
        [cosmic, 0, 0, 0],
    ]


def test_a_span_beyond_the_frame_is_refused() -> None:
    with pytest.raises(BadImage, match="row 4 to column 2, beyond 4 x 4"):
        span_mask({"S_MASK_CR": [spans((4, 0, 2))]}, (4, 4))
    with pytest.raises(BadImage, match="row 0 to column 4"):
        span_mask({"S_MASK_CR": [spans((0, 0, 4))]}, (4, 4))


def test_an_unknown_plane_and_half_a_span_are_refused() -> None:
    with pytest.raises(BadImage, match="plane S_MASK_NEW"):
        span_mask({"S_MASK_NEW": []}, (4, 4))
    with pytest.raises(BadImage, match="triples"):
        span_mask({"S_MASK_CR": [spans((0, 0, 1))[:4]]}, (4, 4))
