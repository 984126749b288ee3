"""A large simulated frame with a distortion that its header does not know."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from astropy.wcs import WCS, Sip
from numpy.typing import NDArray

from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.standards import Standards
from pipeline.pixels.wcs_fit import Plane

SIDE = 2000
STARS = 200
SCALE = 0.25
CONFIG = CalibrateConfig()
Build = Callable[..., NDArray[Any]]


def true_wcs() -> WCS:
    """A rotated TAN with a distortion of up to 8 pixels in the corners."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN-SIP", "DEC--TAN-SIP"]
    wcs.wcs.crval, wcs.wcs.crpix = [30.0, 41.0], [990.0, 1030.0]
    angle = np.deg2rad(110.0)
    wcs.wcs.cd = SCALE / 3600 * np.array([[-np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    a, b = np.zeros((4, 4)), np.zeros((4, 4))
    a[2, 0], a[1, 1], a[3, 0], a[1, 2] = 1e-6, -2e-6, 3e-9, 2e-9
    b[0, 2], b[0, 3], b[2, 1] = -1e-6, 3e-9, 2e-9
    wcs.sip = Sip(a, b, None, None, wcs.wcs.crpix)
    wcs.wcs.set()
    return wcs


def plain_wcs(shift: float, rotation: float) -> WCS:
    """What the header says: no distortion, a shift (arcsec) on both axes and a rotation (degrees)."""
    wcs, angle = true_wcs(), np.deg2rad(rotation)
    wcs.sip = None
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.cd = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ wcs.wcs.cd
    wcs.wcs.crval = wcs.wcs.crval + np.array([shift / np.cos(np.deg2rad(41.0)), -shift]) / 3600
    wcs.wcs.set()
    return wcs


@dataclass(frozen=True)
class Field:
    """The frame as calibrated, and where its stars are (degrees)."""

    result: Calibrated
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]


@pytest.fixture(scope="module")
def field(make_sky: Callable[..., Any], make_reference: Build) -> Field:
    fluxes = 10 ** np.random.default_rng(5).uniform(3.7, 5.7, STARS)
    sky = make_sky(5, fluxes, side=SIDE)
    ra, dec = true_wcs().all_pix2world(sky.x, sky.y, 0)
    stars = make_reference(ra, dec, 27 - 2.5 * np.log10(sky.flux))
    exposure = replace(sky.exposure, wcs=plain_wcs(15.0, 0.3))
    return Field(calibrate(exposure, stars, CONFIG), ra, dec)


def test_the_fit_finds_all_stars_through_a_header_15_arcsec_and_03_degrees_off(field: Field) -> None:
    summary = field.result.summary
    assert int(summary["nAstrometryStar"]) >= 0.98 * STARS
    assert not summary["astrometry_flag_fewStandards"]


def test_positions_are_as_good_as_their_photons(field: Field) -> None:
    sources = field.result.sources
    used = sources["calib_astrometry_used"]
    ra, dec, cos_dec = sources["ra"][used], sources["dec"][used], np.cos(np.deg2rad(41.0))
    east, north = ((field.ra - ra[:, None]) * cos_dec * 3600, (field.dec - dec[:, None]) * 3600)
    own = np.argmin(np.hypot(east, north), axis=1), np.arange(np.sum(used))
    east, north = east.T[own], north.T[own]
    errors = sources["raErr"][used] * 3600, sources["decErr"][used] * 3600
    for offset, error in zip((east, north), errors, strict=True):
        pulls = offset / error
        # The fit of 10 terms takes a part of the noise with it.
        assert 0.85 < 1.4826 * np.median(np.abs(pulls)) < 1.15
        assert np.sqrt(np.mean(offset**2)) < 0.020


def test_the_distortion_is_recovered_everywhere(field: Field) -> None:
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(50, SIDE - 50, 20), np.linspace(50, SIDE - 50, 20)))
    ra, dec = field.result.wcs.all_pix2world(x, y, 0)
    true_ra, true_dec = true_wcs().all_pix2world(x, y, 0)
    away = np.hypot((ra - true_ra) * np.cos(np.deg2rad(41.0)), dec - true_dec) * 3600
    assert np.sqrt(np.mean(away**2)) < 0.005
    assert np.max(away) < 0.020
    # The header itself was some arcseconds off, even without its shift and rotation.
    plain = plain_wcs(0.0, 0.0).all_pix2world(x, y, 0)
    assert np.max(np.hypot((plain[0] - true_ra) * np.cos(np.deg2rad(41.0)), plain[1] - true_dec)) * 3600 > 1.0


def test_none_of_20_unrelated_catalogs_matches(field: Field, make_reference: Build) -> None:
    sources = field.result.sources
    plane = Plane.of(plain_wcs(15.0, 0.3), (SIDE, SIDE))
    for seed in range(20):
        rng = np.random.default_rng(seed)
        ra, dec = true_wcs().all_pix2world(*rng.uniform(-100, SIDE + 100, (2, STARS)), 0)
        standards = Standards.of(make_reference(ra, dec, rng.uniform(14, 19, STARS)), 60000.0, "r", CONFIG)
        clean = np.ones(len(sources["x"]), dtype=np.bool_)
        solution = standards.solve(sources["x"], sources["y"], sources["psfFlux"], clean, plane, CONFIG)
        assert len(solution.star) == 0, seed
        assert not solution.fitted
