"""Astrometry of one image: match standards, fit, or keep the header."""

from dataclasses import dataclass, replace

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.matching import HEADER, Match, Pointing, Points, is_significant, nearest_pairs, search_pointing
from pipeline.pixels.wcs_fit import Correction, Plane, corrected_wcs, fit_correction, order_for

ROUNDS = 3
ERROR_FLOOR = 0.01
"""Error (pixels) of the brightest stars: neither PSF model nor atmosphere allow a better one."""
LEAST_FRACTION = 0.2
"""Least part of the shorter list that must match."""
NO_MATCH = Match(np.array([], dtype=np.intp), np.array([], dtype=np.intp))


@dataclass(frozen=True)
class Astrometry:
    """World coordinates and the standards that test them.

    Parameters
    ----------
    wcs
        The fitted WCS, or the header's.
    fitted
        True where the WCS was fitted.
    source, star
        Indices of the matched sources and reference stars, shape (n,).
    used
        True for the matches that the fit used; all False where the header's WCS was kept.
    residual
        Source minus star, east and north (arcsec), by `wcs`, shape (n, 2).
    """

    wcs: WCS
    fitted: bool
    source: NDArray[np.intp]
    star: NDArray[np.intp]
    used: NDArray[np.bool_]
    residual: Points


@dataclass(frozen=True)
class _Lists:
    """Sources and the stars near the image, in the tangent plane of the header."""

    plane: Plane
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    error: NDArray[np.float64]
    sources: Points
    stars: Points

    def footprint(self, pointing: Pointing) -> Points:
        """Place the four corners of the image, in order around it."""
        ny, nx = self.plane.shape
        corners = self.plane.of_pixels(np.array([0.0, nx - 1, nx - 1, 0.0]), np.array([0.0, 0.0, ny - 1, ny - 1]))
        return pointing.apply(corners)

    def correction(self, u: NDArray[np.float64], v: NDArray[np.float64], base: Points, match: Match) -> Correction:
        """Fit what moves the matched sources, scaled positions u, v, from `base` to their stars."""
        source, star = match.source, match.star
        offset, error = self.stars[star] - base[source], np.hypot(self.error[source], ERROR_FLOOR)
        return fit_correction(u[source], v[source], offset, error, order_for(len(star)))

    def match(self, pointing: Pointing, radius: float) -> Match:
        """Match under a pointing; no pairs where they are too few to be real."""
        pairs = nearest_pairs(pointing.apply(self.sources), self.stars, radius)
        corners = self.footprint(pointing)
        low, high = corners.min(axis=0) - radius, corners.max(axis=0) + radius
        seen = int(np.sum(np.all((self.stars >= low) & (self.stars <= high), axis=1)))
        diagonals = corners[2] - corners[0], corners[3] - corners[1]
        area = abs(diagonals[0][0] * diagonals[1][1] - diagonals[0][1] * diagonals[1][0]) / 2
        matched, count = len(pairs.star), len(self.sources)
        enough = matched >= LEAST_FRACTION * min(count, seen)
        return pairs if enough and is_significant(matched, count, seen, area, radius, pointing.trials) else NO_MATCH


def _find_pointing(lists: _Lists, config: CalibrateConfig) -> tuple[Pointing, Match]:
    """Compare the header's pointing with the best of a search; the one with more pairs wins."""
    by_header = lists.match(HEADER, config.match_radius)
    if min(len(lists.sources), len(lists.stars)) < config.min_standards:
        return HEADER, by_header
    radius = config.match_radius
    found = search_pointing(lists.sources, lists.stars, config.search_radius, config.search_rotation, radius)
    # The vote places the shift within a cell only: match generously, the fit tightens.
    by_search = lists.match(found, 2 * radius)
    return (found, by_search) if len(by_search.star) > len(by_header.star) else (HEADER, by_header)


def _fit(lists: _Lists, pointing: Pointing, match: Match, radius: float) -> tuple[Match, Correction]:
    """Alternate between the fit and a match by its result."""
    u, v = lists.plane.scaled(lists.x, lists.y)
    base = pointing.apply(lists.sources)
    correction = lists.correction(u, v, base, match)
    for _ in range(ROUNDS):
        match = nearest_pairs(base + correction.at(u, v), lists.stars, radius)
        correction = lists.correction(u, v, base, match)
    return match, correction


def solve_astrometry(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    ra: NDArray[np.float64],
    dec: NDArray[np.float64],
    plane: Plane,
    config: CalibrateConfig,
    error: NDArray[np.float64] | None = None,
) -> Astrometry:
    """Match sources to reference stars and correct the WCS if there are enough.

    With fewer than `config.min_standards` matches the header's WCS is kept, and the matches only tell how good it
    is. Matches that unrelated lists could give as well are not accepted.

    Parameters
    ----------
    x, y
        Positions of clean sources (pixels), brightest first.
    ra, dec
        Reference stars at the epoch of the image (degrees).
    plane
        Header WCS and tangent plane of the image.
    config
        Radii and least numbers.
    error
        Error of the sources' positions (pixels), which weighs them in the fit; None: all the same.
    """
    stars = plane.of_sky(ra, dec)
    error = np.zeros(len(x)) if error is None else error
    empty = _Lists(plane, x, y, error, plane.of_pixels(x, y), stars[:0])
    corners = empty.footprint(HEADER)
    margin = config.search_radius + config.match_radius
    # Stars beyond 90 degrees are NaN, which is never near.
    near = (stars > corners.min(axis=0) - margin) & (stars < corners.max(axis=0) + margin)
    rows = np.flatnonzero(np.all(near, axis=1))
    lists = replace(empty, stars=stars[rows])
    pointing, match = _find_pointing(lists, config)
    if len(match.star) < config.min_standards:
        residual = lists.sources[match.source] - lists.stars[match.star]
        return Astrometry(plane.wcs, False, match.source, rows[match.star], np.zeros(len(residual), np.bool_), residual)
    match, correction = _fit(lists, pointing, match, config.match_radius)
    wcs = corrected_wcs(plane, pointing, correction)
    source, star = match.source, match.star
    placed = plane.of_sky(*wcs.all_pix2world(x[source], y[source], 0))
    return Astrometry(wcs, True, source, rows[star], correction.kept, placed - lists.stars[star])
