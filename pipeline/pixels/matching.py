"""Match of detected sources to reference stars in the tangent plane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import bdtrc

BRIGHTEST = 200
"""Sources that take part in the search for the pointing."""
ROTATION_STEP = 0.1
"""Step of the searched rotations (degrees)."""
FALSE_MATCH = 1e-4
"""Largest chance that an accepted match is one of unrelated lists, whatever was searched."""

Points = NDArray[np.float64]
"""East and north offsets (arcsec), shape (n, 2)."""


@dataclass(frozen=True)
class Pointing:
    """Correction of the header's pointing: rotate about the origin, then shift.

    Parameters
    ----------
    rotation
        Angle (degrees), from east toward north.
    shift
        East and north (arcsec).
    trials
        Pointings that were compared to find this one.
    """

    rotation: float
    shift: tuple[float, float]
    trials: float

    def apply(self, points: Points) -> Points:
        """Correct positions."""
        moved: Points = rotate(points, self.rotation) + np.array(self.shift)
        return moved


HEADER = Pointing(0.0, (0.0, 0.0), 1.0)
"""The pointing of the header itself."""


@dataclass(frozen=True)
class Match:
    """Pairs of sources and stars: indices into the two lists, in the order of the stars."""

    source: NDArray[np.intp]
    star: NDArray[np.intp]


def rotate(points: Points, degrees: float) -> Points:
    """Rotate about the origin."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: Points = points @ turn
    return turned


def nearest_pairs(sources: Points, stars: Points, radius: float) -> Match:
    """Pair every star with the nearest source within `radius` (arcsec) that has no nearer star."""
    if len(sources) == 0 or len(stars) == 0:
        return Match(np.array([], dtype=np.intp), np.array([], dtype=np.intp))
    distance, neighbor = cKDTree(sources).query(stars, distance_upper_bound=radius)
    source, star = np.asarray(neighbor, dtype=np.intp), np.asarray(cKDTree(stars).query(sources)[1], dtype=np.intp)
    near = np.flatnonzero(np.isfinite(distance))
    mutual = near[star[source[near]] == near]
    return Match(source[mutual], mutual)


def search_pointing(sources: Points, stars: Points, radius: float, max_rotation: float, cell: float) -> Pointing:
    """Find the pointing that most pairs agree on, by a vote of all offsets at each rotation.

    Votes are counted in blocks of 2 x 2 cells.

    Parameters
    ----------
    sources
        Positions by the header, brightest first, at least one.
    stars
        Positions of the stars, at least one.
    radius
        Largest shift (arcsec).
    max_rotation
        Largest rotation (degrees).
    cell
        Side of a cell of the histogram of offsets (arcsec): no less than the distortion that the header leaves.
    """
    bright = sources[:BRIGHTEST]
    bins = 2 * int(np.ceil(radius / cell))
    steps = round(max_rotation / ROTATION_STEP)
    edge = bins * cell / 2
    best, best_votes = HEADER, -1.0
    # Small rotations first: of equal votes the one nearest to the header wins.
    for rotation in sorted(ROTATION_STEP * np.arange(-steps, steps + 1), key=abs):
        offset = stars[:, None, :] - rotate(bright, rotation)[None, :, :]
        votes, _, _ = np.histogram2d(
            offset[..., 0].ravel(), offset[..., 1].ravel(), bins=bins, range=[[-edge, edge], [-edge, edge]]
        )
        blocks = votes[:-1, :-1] + votes[1:, :-1] + votes[:-1, 1:] + votes[1:, 1:]
        peak = np.unravel_index(int(np.argmax(blocks)), blocks.shape)
        if blocks[peak] > best_votes:
            shift = ((peak[0] + 1) * cell - edge, (peak[1] + 1) * cell - edge)
            best = Pointing(float(rotation), (float(shift[0]), float(shift[1])), bins**2 * (2.0 * steps + 1))
            best_votes = float(blocks[peak])
    return best


def is_significant(matched: int, sources: int, stars: int, area: float, radius: float, trials: float) -> bool:
    """Tell whether unrelated lists would rarely give so many pairs.

    Parameters
    ----------
    matched
        Pairs found.
    sources, stars
        Entries of the two lists in the area they share.
    area
        That area (arcsec squared).
    radius
        Radius of the match (arcsec).
    trials
        Pointings that were compared.
    """
    chance = min(1.0, sources * np.pi * radius**2 / area)
    return matched > 0 and bool(bdtrc(matched - 1, stars, chance) * trials < FALSE_MATCH)
