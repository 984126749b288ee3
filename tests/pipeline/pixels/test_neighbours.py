"""Neighbors: distances, their light in an aperture, borders."""

import numpy as np
import pytest

from pipeline.pixels.aperture import RADII
from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.neighbours import aperture_share, border_columns, neighbor_columns
from pipeline.pixels.stamps import stamps_at

SIDE = 200
PSF = moffat_psf(4.0, (SIDE, SIDE), 12)


def light_within(x: float, y: float, radius: float) -> float:
    """Sum the PSF of a source at x, y over the circle around the middle, pixel by pixel."""
    image = np.zeros((SIDE, SIDE))
    stamps_at(np.array([x]), np.array([y]), 12, image.shape).add_to(image, PSF.images(np.array([x]), np.array([y])))
    rows, columns = np.indices(image.shape) - SIDE // 2
    return float(image[np.hypot(rows, columns) <= radius].sum())


@pytest.mark.parametrize("distance", [0.0, 6.0, 12.0, 15.0, 20.0])
def test_the_share_is_the_light_that_falls_into_the_circle(distance: float) -> None:
    share = aperture_share(PSF, 12.0)
    middle = share.shape[0] // 2
    expected = light_within(SIDE // 2 + distance, SIDE // 2, 12.0)
    assert share[middle, middle + round(distance)] == pytest.approx(expected, abs=0.04)  # whole pixels at its rim


def test_neighbors_are_found_and_weighed() -> None:
    x, y = np.array([50.0, 60.0, 150.0]), np.array([50.0, 50.0, 150.0])
    columns = neighbor_columns(x, y, np.array([100.0, 300.0, 100.0]), PSF)
    np.testing.assert_allclose(columns["neighborDistance"], [10.0, 10.0, np.hypot(90, 100)])
    np.testing.assert_allclose(columns["neighborFluxRatio"], [3.0, 1 / 3, 3.0])
    part = light_within(SIDE // 2 + 10, SIDE // 2, 12.0)
    fraction = columns["ap12Flux_neighborFraction"]
    assert fraction[0] == pytest.approx(300 * part / (300 * part + 100), abs=0.02)
    assert fraction[2] == 0.0
    assert 12 in RADII


def test_no_flux_and_no_neighbor_are_nan() -> None:
    columns = neighbor_columns(np.array([50.0, 55.0]), np.array([50.0, 50.0]), np.array([-3.0, np.nan]), PSF)
    assert np.isnan(columns["neighborFluxRatio"]).all()
    assert np.isnan(columns["ap12Flux_neighborFraction"]).all()
    alone = neighbor_columns(np.array([50.0]), np.array([50.0]), np.array([10.0]), PSF)
    assert np.isnan(alone["neighborDistance"][0])
    assert alone["ap12Flux_neighborFraction"][0] == 0.0
    assert len(neighbor_columns(np.empty(0), np.empty(0), np.empty(0), PSF)["neighborDistance"]) == 0


def test_two_sources_at_one_place_are_each_other_s_neighbor() -> None:
    columns = neighbor_columns(np.full(2, 50.0), np.full(2, 50.0), np.array([1.0, 4.0]), PSF)
    assert columns["neighborDistance"].tolist() == [0.0, 0.0]
    assert columns["neighborFluxRatio"].tolist() == [4.0, 0.25]


def test_borders_are_told_from_the_outer_edge() -> None:
    columns = border_columns(np.array([0.0, 99.0, 40.0, -0.6]), np.array([30.0, 30.0, 48.0, 30.0]), (50, 100))
    np.testing.assert_allclose(columns["borderDistance"], [0.5, 0.5, 1.5, -0.1])
    assert columns["pixelFlags_offimage"].tolist() == [False, False, False, True]
