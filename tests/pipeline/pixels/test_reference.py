"""Reference stars: proper motion, variability, colour terms, standards."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.reference import band_magnitudes, colours, point_sources, positions_at, steady, variables
from pipeline.pixels.standards import Standards
from pipeline.pixels.tangent import deproject, project
from tests.support.colours import colour_terms

Build = Callable[..., NDArray[Any]]


def test_stars_move_along_the_parallel_and_the_meridian(make_reference: Build) -> None:
    stars = make_reference(np.array([10.0, 359.9999999, 30.0]), np.array([60.0, 0.0, 5.0]), np.full(3, 15.0))
    stars["pmRa"], stars["pmDec"] = [1000.0, 2000.0, np.nan], [-500.0, 0.0, np.nan]
    ra, dec = positions_at(stars, 60000.0 + 365.25)
    assert ra[0] == pytest.approx(10.0 + 1.0 / 3600 / np.cos(np.deg2rad(60.0)), abs=1e-12)
    assert dec[0] == pytest.approx(60.0 - 0.5 / 3600, abs=1e-12)
    assert ra[1] == pytest.approx(2.0 / 3600 - 1e-7, abs=1e-9)
    assert (ra[2], dec[2]) == (30.0, 5.0)


def test_the_quasar_of_the_decam_field_is_variable_its_neighbors_are_not(gaia: NDArray[Any]) -> None:
    near = np.hypot((gaia["ra"] - 186.7359) * np.cos(np.deg2rad(25.46)), gaia["dec"] - 25.461) < 15 / 3600
    three = gaia[near][np.argsort(gaia["gMag"][near])]
    assert len(three) == 3
    by_field = variables(gaia)[near][np.argsort(gaia["gMag"][near])]
    assert by_field.tolist() == [False, True, False]
    # The same answer when the three are all there is.
    assert variables(three).tolist() == [False, True, False]


def test_most_bright_single_stars_of_the_field_are_constant(gaia: NDArray[Any]) -> None:
    single = point_sources(gaia) & (gaia["gMag"] > 15) & (gaia["gMag"] < 20)
    assert np.sum(single) > 70
    assert np.mean(variables(gaia)[single]) < 0.1


def test_stars_without_magnitude_or_error_count_as_variable(make_reference: Build) -> None:
    stars = make_reference(np.zeros(4), np.zeros(4), np.array([16.0, 16.0, np.nan, 16.0]))
    stars["gMagErr"][1] = np.nan
    assert variables(stars).tolist() == [False, True, True, False]


def test_galaxies_and_doubles_are_not_points(make_reference: Build) -> None:
    stars = make_reference(np.zeros(5), np.zeros(5), np.array([18.0, 18.0, 21.0, 18.0, 18.0]))
    stars["astrometricExcessNoise"] = [0.5, 5.0, 5.0, np.nan, 0.5]
    stars["duplicatedSource"][4] = True
    assert point_sources(stars).tolist() == [True, False, True, True, False]
    stars["isResolved"][0] = True
    assert point_sources(stars).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize(("band", "expected"), [("g", 0.38), ("r", -0.06), ("z", -0.17)])
def test_colour_terms_give_a_sun_its_colours(make_reference: Build, band: str, expected: float) -> None:
    # DES and Gaia magnitudes of the Sun (Willmer 2018, ApJS 236, 47; Casagrande & VandenBerg 2018, MNRAS 479, L102).
    stars = make_reference(np.zeros(1), np.zeros(1), np.array([15.0]))
    stars["bpMag"], stars["rpMag"] = 15.33, 14.51
    colour = colours(stars, ("bpMag", "rpMag"))
    for camera in ("DECam", "90Prime", "Mosaic3"):
        magnitude = band_magnitudes(stars, "gMag", colour, colour_terms(camera)[band])[0]
        assert magnitude - 15.0 == pytest.approx(expected, abs=0.06), camera


def test_stars_of_other_catalogs_are_steady_with_a_small_error(make_reference: Build) -> None:
    stars = make_reference(np.zeros(3), np.zeros(3), np.full(3, np.nan))
    stars["vtMag"], stars["vtMagErr"] = 10.0, [0.02, 0.3, np.nan]
    assert steady(stars, "vtMag").tolist() == [True, False, False]
    assert not np.any(steady(stars, "gMag"))


def test_other_magnitudes_and_colours_than_those_of_gaia_serve(make_reference: Build) -> None:
    stars = make_reference(np.array([10.0, 20.0]), np.zeros(2), np.full(2, np.nan))
    stars["vtMag"], stars["btMag"], stars["vtMagErr"] = 11.2, [11.9, np.nan], 0.02
    config = CalibrateConfig(
        colour_terms={"RGGB": (0.1, 1.0)}, reference_magnitude="vtMag", reference_colour=("btMag", "vtMag")
    )
    standards = Standards.of(stars, 60000.0, "RGGB", config)
    assert standards.magnitude == pytest.approx([12.0, np.nan], abs=1e-5, nan_ok=True)
    # Positions are worth having even where no magnitude is.
    assert len(Standards.of(stars, 60000.0, "r", CalibrateConfig()).ra) == 2


def test_an_unknown_epoch_leaves_the_stars_where_they_are(make_reference: Build) -> None:
    stars = make_reference(np.array([10.0]), np.array([60.0]), np.full(1, 15.0))
    stars["pmRa"] = 1000.0
    assert positions_at(stars, np.nan) == (np.array([10.0]), np.array([60.0]))


def test_a_standard_needs_a_colour_in_range(make_reference: Build) -> None:
    stars = make_reference(np.zeros(4), np.zeros(4), np.full(4, 16.0))
    stars["bpMag"][1], stars["bpMag"][2] = 25.0, np.nan
    config = CalibrateConfig(colour_terms={"r": (0.1, 0.5)})
    magnitude = Standards.of(stars, 60000.0, "r", config).magnitude
    assert magnitude[[0, 3]] == pytest.approx([16.5, 16.5], abs=1e-5)
    assert np.isnan(magnitude[[1, 2]]).all()
    assert np.isnan(Standards.of(stars, 60000.0, "i", config).magnitude).all()
    assert len(Standards.of(None, 60000.0, "r", config).ra) == 0


def test_projection_inverts_and_ends_at_90_degrees() -> None:
    rng = np.random.default_rng(0)
    center = (359.95, -88.0)
    east, north = rng.uniform(-2000, 2000, (2, 50))
    np.testing.assert_allclose(project(*deproject(east, north, center), center), [east, north], atol=1e-6)
    assert np.isnan(project(np.array([0.0]), np.array([80.0]), center)).all()
