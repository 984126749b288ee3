"""Footprints: ranges of HEALPix pixels that cover what they stand for, and not much more."""

from typing import Any

import hpgeom
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from schema.sky import ORDER, box_ranges, cell_ranges, cone_ranges, healpix29, multirange, polygon_ranges

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=60)
RA = st.floats(0, 360, exclude_max=True)
DEC = st.floats(-90, 90)
SKY = 12 * 4**ORDER
SQUARE_DEGREES = 41252.96


def parsed(text: str) -> NDArray[np.int64]:
    """Read a multirange literal."""
    pairs = [part.split(",") for part in text.strip("{}[)").split("),[")]
    return np.array(pairs, dtype=np.int64)


def inside(ranges: NDArray[np.int64], pixels: NDArray[np.int64]) -> NDArray[np.bool_]:
    place = np.searchsorted(ranges[:, 0], pixels, side="right") - 1
    return np.asarray((place >= 0) & (pixels < ranges[np.maximum(place, 0), 1]))


def area(ranges: NDArray[np.int64]) -> float:
    """Give the area of ranges [deg2]."""
    return float(np.sum(ranges[:, 1] - ranges[:, 0]) / SKY * SQUARE_DEGREES)


def box(ra: float, dec: float, side: float) -> NDArray[np.float64]:
    """Give the corners of a square of so many degrees, also across ra = 0."""
    half = side / 2
    width = half / np.cos(np.radians(dec))
    return np.array(
        [[ra - width, dec - half], [ra + width, dec - half], [ra + width, dec + half], [ra - width, dec + half]]
    )


@pytest.mark.parametrize(("ra", "dec"), [(0.0, 0.0), (359.99999, 0.0), (180.0, 90.0), (12.5, -90.0), (266.4, -29.0)])
def test_pixels_of_order_29_are_hpgeoms(ra: float, dec: float) -> None:
    (pixel,) = healpix29(np.array([ra]), np.array([dec]))
    back = hpgeom.pixel_to_angle(2**ORDER, pixel)
    assert np.abs(back[1] - dec) * 3600e3 < 1
    assert 0 <= pixel < SKY


def test_what_has_no_position_has_no_pixel() -> None:
    pixels = healpix29(np.array([np.nan, 10.0, np.inf, 10.0]), np.array([1.0, np.nan, 1.0, 1.0]))
    assert pixels.dtype == np.int64
    assert (pixels[:3] == -1).all()
    assert pixels[3] >= 0
    assert healpix29(np.empty(0), np.empty(0)).shape == (0,)


@REPEATABLE
@given(RA, st.floats(-60, 60), st.sampled_from([0.01, 0.15, 0.3, 2.2]))
def test_the_footprint_of_an_image_covers_it_and_less_than_twice_its_area(ra: float, dec: float, side: float) -> None:
    corners = box(ra, dec, side)
    ranges = parsed(polygon_ranges(corners))
    grid = np.linspace(0.001, 0.999, 9)
    x, y = np.meshgrid(grid, grid)
    # A great circle sags below a parallel, so the grid keeps to the middle of high and wide boxes.
    shrink = 0.999 - 0.3 * min(1.0, side * abs(np.tan(np.radians(dec))) / 10)
    at_ra = ra + (x - 0.5) * shrink * (corners[1, 0] - corners[0, 0])
    at_dec = dec + (y - 0.5) * shrink * side
    assert inside(ranges, healpix29(at_ra.ravel() % 360, at_dec.ravel())).all()
    assert area(ranges) < 2 * side**2
    assert len(ranges) < 3000


def test_a_footprint_across_ra_zero_stays_small() -> None:
    ranges = parsed(polygon_ranges(box(0.0, 0.0, 0.3)))
    assert area(ranges) == pytest.approx(0.09, rel=0.2)
    assert inside(ranges, healpix29(np.array([0.1, 359.9]), np.array([0.1, -0.1]))).all()
    assert not inside(ranges, healpix29(np.array([180.0, 0.2, 359.8]), np.array([0.0, 0.0, 0.0]))).any()


@pytest.mark.parametrize("order", [0, 1, 5, 8, 29])
def test_a_cell_is_one_range(order: int) -> None:
    for pixel in (0, 7, 12 * 4**order - 1):
        low, high = parsed(cell_ranges(4 * 4**order + pixel))[0]
        assert high - low == 4 ** (ORDER - order)
        assert low == pixel * 4 ** (ORDER - order)


def test_cells_of_different_orders_are_told_apart() -> None:
    numbers = [4 * 4**order + pixel for order in range(4) for pixel in range(12 * 4**order)]
    assert len({cell_ranges(number) for number in numbers}) == len(set(numbers)) == len(numbers)


@REPEATABLE
@given(RA, DEC, st.sampled_from([1e-4, 0.01, 0.5, 3.0, 30.0]), st.integers(0, 2**32))
def test_a_cone_is_covered_by_a_few_ranges(ra: float, dec: float, radius: float, seed: int) -> None:
    ranges = cone_ranges(ra, dec, radius)
    dice = np.random.default_rng(seed)
    bearing, distance = dice.uniform(0, 2 * np.pi, 200), np.radians(radius) * np.sqrt(dice.uniform(0, 0.999, 200))
    sin_dec = np.sin(np.radians(dec)) * np.cos(distance) + np.cos(np.radians(dec)) * np.sin(distance) * np.cos(bearing)
    at_dec = np.degrees(np.arcsin(np.clip(sin_dec, -1, 1)))
    turn = np.arctan2(
        np.sin(bearing) * np.sin(distance) * np.cos(np.radians(dec)),
        np.cos(distance) - np.sin(np.radians(dec)) * sin_dec,
    )
    assert inside(ranges, healpix29((ra + np.degrees(turn)) % 360, at_dec)).all()
    assert len(ranges) < 100
    assert ranges.dtype == np.int64


@REPEATABLE
@given(RA, DEC, st.floats(-9, -4).map(lambda exponent: 10.0**exponent))
def test_a_cone_of_milliarcseconds_is_covered_to_its_rim(ra: float, dec: float, radius: float) -> None:
    dec *= 0.9  # to 81 degrees, where so small a cone is flat
    ranges = cone_ranges(ra, dec, radius)
    bearing = np.linspace(0, 2 * np.pi, 200)
    for distance in (0.0, 0.999 * radius):
        at_ra = ra + distance * np.cos(bearing) / np.cos(np.radians(dec))
        assert inside(ranges, healpix29(at_ra % 360, dec + distance * np.sin(bearing))).all()
    assert len(ranges) < 100


@pytest.mark.parametrize("dec", [-90.0, 90.0, 0.0])
def test_a_cone_without_width_covers_its_center(dec: float) -> None:
    assert inside(cone_ranges(0.0, dec, 0.0), healpix29(np.array([0.0]), np.array([dec]))).all()


def test_ranges_are_written_as_postgresql_reads_them() -> None:
    assert multirange(np.array([[0, 4], [8, 12]], dtype=np.int64)) == "{[0,4),[8,12)}"
    assert multirange(np.empty((0, 2), dtype=np.int64)) == "{}"


@pytest.mark.parametrize(
    ("box", "inside", "outside"),
    [
        ((165.0, 195.0, 59.0, 61.0), [(180, 59.02), (180, 60.98), (165.1, 60)], [(180, 58.5), (180, 61.6), (164, 60)]),
        ((359.0, 1.0, -1.0, 1.0), [(0, 0.99), (359.02, -0.98), (0.98, 0)], [(2, 0), (180, 0), (0, 1.2)]),
        ((0.0, 170.0, 88.0, 89.9), [(85, 88.02), (2, 89.5), (168, 89)], [(270, 88.5), (85, 87)]),
    ],
    ids=["dec 60", "around 0", "near the pole"],
)
def test_a_box_holds_what_lies_between_meridians_and_parallels(box: Any, inside: Any, outside: Any) -> None:
    ranges = parsed(box_ranges(*box)).tolist()
    for places, expected in ((inside, True), (outside, False)):
        for pixel in healpix29(*np.array(places, dtype=float).T).tolist():
            assert any(low <= pixel < high for low, high in ranges) is expected
