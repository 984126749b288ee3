"""Matches between two lists of positions: one to one, the nearest first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

NEIGHBOURS = 16  # within the radius that are looked at in one round
APART = 8.0  # of groups along a fourth axis: farther than any two points of the unit sphere

Positions = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Positions in groups: right ascension and declination [deg], and the group of each, shape (n,)."""

    ra: Positions
    dec: Positions
    group: NDArray[np.int64]


def match(a: Points, b: Points, radius: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Positions]:
    """Match positions of equal groups within a radius [arcsec].

    Of all pairs within the radius the closest is a match, then the closest of those left, and so on; of pairs at equal
    distance that of the earlier place in `a` comes first, then that in `b`. So the result depends on nothing but the
    input. Positions that are not finite match nothing. Where more than 16 positions of `b` lie within the radius of one
    of `a`, those farther away are looked at only when the nearer ones are taken.

    Returns
    -------
    Indices into `a` and `b`, ascending in `a`, and the separations [arcsec], each of shape (m,).
    """
    chord = 2 * np.sin(np.radians(radius / 3600) / 2)
    vectors = _vectors(a), _vectors(b)
    left = [np.flatnonzero(np.isfinite(some).all(axis=1)) for some in vectors]
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], Positions]] = []
    while len(left[0]) and len(left[1]):
        i, j, distance = _neighbours(vectors[0][left[0]], vectors[1][left[1]], chord)
        kept = _closest(i, j, distance)
        found.append((left[0][i[kept]], left[1][j[kept]], distance[kept]))
        # Whoever has fewer neighbours than were asked for has seen all of them.
        crowded = np.flatnonzero(np.bincount(i, minlength=len(left[0])) == NEIGHBOURS)
        left = [left[0][np.setdiff1d(crowded, i[kept])], np.delete(left[1], j[kept])]
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    i, j, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(i)
    return i[order], j[order], 3600 * np.degrees(2 * np.arcsin(distance[order] / 2))


def _vectors(points: Points) -> Positions:
    """Give unit vectors with the group as a fourth axis, shape (n, 4)."""
    known = np.isfinite(points.ra) & np.isfinite(points.dec)
    ra, dec = (np.radians(np.where(known, angle, np.nan)) for angle in (points.ra, points.dec))
    flat = np.cos(dec)
    return np.stack([flat * np.cos(ra), flat * np.sin(ra), np.sin(dec), APART * points.group], axis=1)


def _neighbours(a: Positions, b: Positions, chord: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Positions]:
    """Give the pairs within a distance, at most 16 for each of `a`."""
    k = min(NEIGHBOURS, len(b))
    found = KDTree(b, balanced_tree=False).query(a, k=list(range(1, k + 1)), distance_upper_bound=chord * (1 + 1e-12))
    distance, at = np.asarray(found[0]), np.asarray(found[1])
    i, place = np.nonzero(np.isfinite(distance))
    return i, at[i, place], distance[i, place]


def _closest(i: NDArray[np.int64], j: NDArray[np.int64], distance: Positions) -> NDArray[np.int64]:
    """Choose pairs that share no end, the closest first; give their indices."""
    order = np.lexsort((j, i, distance))
    chosen: list[NDArray[np.int64]] = []
    free_a, free_b = np.ones(i.max(initial=0) + 1, bool), np.ones(j.max(initial=0) + 1, bool)
    while len(order):
        # A pair that is the first of both its ends cannot be beaten.
        first_a, first_b = np.zeros(len(order), bool), np.zeros(len(order), bool)
        first_a[np.unique(i[order], return_index=True)[1]] = True
        first_b[np.unique(j[order], return_index=True)[1]] = True
        best = order[first_a & first_b]
        chosen.append(best)
        free_a[i[best]], free_b[j[best]] = False, False
        order = order[free_a[i[order]] & free_b[j[order]]]
    return np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
