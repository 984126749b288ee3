"""Projections of the sky: known values, areas, edges, and agreement with astropy."""

import numpy as np
import pytest
from astropy.wcs import WCS
from numpy.typing import NDArray

from queries.web.projection import Frame, gnomonic, graticule, mollweide, outline

FRAME = Frame(800, 400)


def area(polygon: NDArray[np.float64]) -> float:
    """Give the area of a polygon, shape (n, 2)."""
    x, y = polygon.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def square(ra: float, dec: float, side: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the outline of a field between two meridians and two parallels."""
    east, north = side / 2 / np.cos(np.radians(dec)), side / 2
    step = np.linspace(-1, 1, 20)
    one = np.ones(20)
    ra_out = ra + east * np.concatenate([step, one, -step, -one])
    return ra_out, dec + north * np.concatenate([-one, step, one, -step])


@pytest.mark.parametrize(
    ("ra", "dec", "x", "y"),
    [
        (180, 0, 400, 200),
        (180, 90, 400, 0),
        (33, -90, 400, 400),
        (0, 0, 800, 200),
        (90, 0, 600, 200),
        (270, 0, 200, 200),
    ],
)
def test_the_map_has_right_ascension_to_the_left_and_north_up(ra: float, dec: float, x: float, y: float) -> None:
    np.testing.assert_allclose(mollweide(ra, dec, FRAME), (x, y), atol=1e-6)


def test_mollweide_fulfils_its_equation() -> None:
    dec = np.linspace(-89, 89, 60)
    _, y = mollweide(np.full(60, 180.0), dec, FRAME)
    theta = np.arcsin(1 - 2 * y / FRAME.height)
    np.testing.assert_allclose(2 * theta + np.sin(2 * theta), np.pi * np.sin(np.radians(dec)), atol=1e-9)


@pytest.mark.parametrize(("ra", "dec"), [(180, 0), (100, 40), (250, -65), (200, 80)])
def test_equal_fields_have_equal_areas(ra: float, dec: float) -> None:
    (polygon,) = outline(*square(ra, dec, 2.0), FRAME)
    whole = np.pi * 400 * 200
    assert area(polygon) / whole == pytest.approx(4.0 / 41252.96, rel=2e-3)


def test_a_field_across_the_edge_is_drawn_at_both_ends() -> None:
    ra, dec = square(0.0, 10.0, 2.0)
    left, right = sorted(outline(ra % 360.0, dec, FRAME), key=lambda polygon: polygon[:, 0].mean())
    assert left[:, 0].max() < 20
    assert right[:, 0].min() > 780
    whole = np.pi * 400 * 200
    assert (area(left) + area(right)) / whole == pytest.approx(4.0 / 41252.96, rel=0.02)


def test_the_graticule_reaches_all_edges_and_stays_inside() -> None:
    lines = list(graticule(FRAME))
    points = np.concatenate(lines)
    np.testing.assert_allclose(points.min(axis=0), [0, 0], atol=1e-3)
    np.testing.assert_allclose(points.max(axis=0), [800, 400], atol=1e-3)
    assert len(lines) == 13 + 5


@pytest.mark.parametrize("center", [(186.7, 25.5), (0.05, -0.9), (310.0, 88.0)])
def test_gnomonic_agrees_with_astropy(center: tuple[float, float]) -> None:
    random = np.random.default_rng(3)
    east, north = random.uniform(-1, 1, (2, 50))
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.cdelt, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], center, [1, 1], [0, 0]
    ra, dec = wcs.all_pix2world(east, north, 1)  # counted from 1, as CRPIX is
    np.testing.assert_allclose(gnomonic(ra, dec, center), (east, north), atol=1e-9)


def test_the_far_side_of_the_sky_has_no_place() -> None:
    assert np.isnan(gnomonic(190.0, 0.0, (10.0, 0.0))).all()
