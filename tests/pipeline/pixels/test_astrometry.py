"""Match to standards and WCS fit against simulated truth."""

from collections.abc import Callable

import numpy as np
import pytest
from astropy.wcs import WCS, Sip
from numpy.typing import NDArray

from pipeline.pixels.astrometry import Astrometry, solve_astrometry
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.matching import HEADER
from pipeline.pixels.wcs_fit import Plane, corrected_wcs, fit_correction

SHAPE = (2048, 2048)
SCALE = 0.25
CONFIG = CalibrateConfig()
Lists = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Positions of sources (pixels) and of stars (degrees)."""


def true_wcs() -> WCS:
    """A rotated TAN with a third-order distortion of some pixels at the corners."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN-SIP", "DEC--TAN-SIP"]
    wcs.wcs.crval, wcs.wcs.crpix = [210.0, -35.0], [1000.0, 1060.0]
    angle = np.deg2rad(20.0)
    turn = np.array([[-np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    wcs.wcs.cd = turn * SCALE / 3600
    a, b = np.zeros((4, 4)), np.zeros((4, 4))
    a[2, 0], a[1, 1], a[3, 0], b[0, 2], b[0, 3], b[2, 1] = 2e-7, -3e-7, 3e-9, 4e-7, 2e-9, -2e-9
    wcs.sip = Sip(a, b, None, None, wcs.wcs.crpix)
    wcs.wcs.set()
    return wcs


def header_wcs(shift: float, rotation: float) -> WCS:
    """The truth with a wrong pointing: shift (arcsec) on both axes and rotation (degrees)."""
    wcs = true_wcs()
    angle = np.deg2rad(rotation)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    wcs.wcs.cd = turn @ wcs.wcs.cd
    wcs.wcs.crval = wcs.wcs.crval + np.array([shift / np.cos(np.deg2rad(35.0)), -shift]) / 3600
    wcs.wcs.set()
    return wcs


def field(seed: int, stars: int, spurious: float = 0.0, noise: float = 0.030) -> Lists:
    """Scatter stars with `noise` (arcsec) per axis on the sky, and a part of spurious sources and stars each."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, SHAPE[1] - 1, stars), rng.uniform(0, SHAPE[0] - 1, stars)
    ra, dec = true_wcs().all_pix2world(x, y, 0)
    ra = ra + rng.normal(0, noise, stars) / 3600 / np.cos(np.deg2rad(dec))
    dec = dec + rng.normal(0, noise, stars) / 3600
    fakes = round(stars * spurious)
    fake = rng.uniform(0, SHAPE[0] - 1, (4, fakes))
    fake_ra, fake_dec = true_wcs().all_pix2world(fake[2], fake[3], 0)
    order = rng.permutation(stars + fakes)
    return (
        np.concatenate([x, fake[0]])[order],
        np.concatenate([y, fake[1]])[order],
        np.concatenate([ra, fake_ra]),
        np.concatenate([dec, fake_dec]),
    )


@pytest.fixture
def make_header() -> Callable[[float, float], WCS]:
    def make(ra: float, dec: float) -> WCS:
        wcs = true_wcs()
        wcs.wcs.crval = [ra, dec]
        wcs.wcs.set()
        return wcs

    return make


def error_on_grid(wcs: WCS) -> NDArray[np.float64]:
    """Distance (arcsec) from the truth per axis on a grid of pixels, shape (n, 2)."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 2047, 25), np.linspace(0, 2047, 25)))
    ra, dec = wcs.all_pix2world(x, y, 0)
    true_ra, true_dec = true_wcs().all_pix2world(x, y, 0)
    return np.stack([(ra - true_ra) * np.cos(np.deg2rad(true_dec)), dec - true_dec], axis=1) * 3600


def solve(header: WCS, data: Lists) -> Astrometry:
    return solve_astrometry(*data, plane=Plane.of(header, SHAPE), config=CONFIG)


@pytest.mark.parametrize(("shift", "rotation", "spurious"), [(0.0, 0.0, 0.0), (0.4, 0.0, 0.4), (15.0, 0.3, 0.4)])
def test_300_stars_of_30_mas_give_a_wcs_better_than_15_mas(shift: float, rotation: float, spurious: float) -> None:
    data = field(1, 300, spurious)
    solution = solve(header_wcs(shift, rotation), data)
    assert solution.fitted
    assert len(solution.star) > 0.9 * 300
    assert np.all(np.sqrt(np.mean(error_on_grid(solution.wcs) ** 2, axis=0)) < 0.015)
    # Two axes of 30 mas each, measured at the stars themselves.
    assert np.sqrt(np.mean(solution.residual[solution.used] ** 2)) == pytest.approx(0.030, rel=0.1)


def test_pairs_are_true_pairs() -> None:
    x, y, ra, dec = field(2, 200, 0.4)
    solution = solve(header_wcs(10.0, -0.2), (x, y, ra, dec))
    true_ra, true_dec = true_wcs().all_pix2world(x[solution.source], y[solution.source], 0)
    apart = np.hypot((true_ra - ra[solution.star]) * np.cos(np.deg2rad(-35.0)), true_dec - dec[solution.star]) * 3600
    assert np.mean(apart < 0.2) > 0.97


@pytest.mark.parametrize(("stars", "limit"), [(7, 0.10), (20, 0.10), (40, 0.08)])
def test_few_stars_correct_the_shift_and_keep_the_distortion(stars: int, limit: float) -> None:
    solution = solve(header_wcs(0.5, 0.0), field(3, stars, noise=0.02))
    assert solution.fitted
    assert np.sqrt(np.mean(error_on_grid(solution.wcs) ** 2)) < limit


@pytest.mark.parametrize("stars", [1, 3, 4])
def test_fewer_than_five_standards_keep_the_header(stars: int) -> None:
    header = header_wcs(0.3, 0.0)
    solution = solve(header, field(4, stars, noise=0.0))
    assert solution.wcs is header
    assert not solution.fitted
    assert not np.any(solution.used)
    assert len(solution.star) == stars
    np.testing.assert_allclose(np.abs(solution.residual), 0.3, atol=0.01)


@pytest.mark.parametrize(("sources", "stars"), [(300, 300), (300, 20), (40, 5), (60, 3)])
def test_a_wrong_field_does_not_match(sources: int, stars: int) -> None:
    accepted = 0
    for seed in range(100):
        x, y, _, _ = field(1000 + seed, sources)
        _, _, ra, dec = field(5000 + seed, stars)
        accepted += len(solve(true_wcs(), (x, y, ra, dec)).star) > 0
    assert accepted <= 1


def test_stars_on_the_other_side_of_the_sky_do_not_match() -> None:
    x, y, ra, dec = field(6, 50)
    solution = solve(true_wcs(), (x, y, (ra + 180.0) % 360.0, -dec))
    assert len(solution.star) == 0
    assert not solution.fitted


def test_empty_lists_keep_the_header() -> None:
    nothing = np.zeros(0)
    x, y, ra, dec = field(7, 10)
    for data in ((nothing, nothing, ra, dec), (x, y, nothing, nothing)):
        assert not solve(true_wcs(), data).fitted


def test_the_stored_wcs_equals_the_corrected_one_and_inverts() -> None:
    header = header_wcs(0.0, 0.0)
    plane = Plane.of(header, SHAPE)
    shift = fit_correction(np.zeros(3), np.zeros(3), np.tile([2.0, -1.0], (3, 1)), np.ones(3), 0)
    wcs = corrected_wcs(plane, HEADER, shift)
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 2047, 25), np.linspace(0, 2047, 25)))
    moved = plane.of_sky(*wcs.all_pix2world(x, y, 0)) - plane.of_pixels(x, y)
    np.testing.assert_allclose(moved, np.tile([2.0, -1.0], (len(x), 1)), atol=1e-5)
    np.testing.assert_allclose(wcs.all_world2pix(*wcs.all_pix2world(x, y, 0), 0), [x, y], atol=1e-3)
    again = WCS(wcs.to_header(relax=True))
    np.testing.assert_allclose(again.all_pix2world(x, y, 0), wcs.all_pix2world(x, y, 0), rtol=0, atol=1e-9)
    # The stored inverse polynomial alone, without iteration.
    linear = wcs.sip_pix2foc(x, y, 0)
    np.testing.assert_allclose(wcs.sip_foc2pix(*linear, 0), [x, y], atol=0.01)


def test_a_wcs_across_zero_right_ascension_is_fitted(make_header: Callable[[float, float], WCS]) -> None:
    wcs = make_header(0.01, 40.0)
    rng = np.random.default_rng(8)
    x, y = rng.uniform(0, 2047, 60), rng.uniform(0, 2047, 60)
    ra, dec = wcs.all_pix2world(x, y, 0)
    assert np.ptp(ra) > 300
    solution = solve_astrometry(x, y, ra, dec, Plane.of(wcs, SHAPE), CONFIG)
    assert solution.fitted
    assert np.max(np.abs(solution.residual)) < 1e-3
