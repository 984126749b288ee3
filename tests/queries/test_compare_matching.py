"""Matches of two lists of positions, and quantiles of a stream."""

import numpy as np
import pytest
from numpy.typing import NDArray

from queries.comparison.matching import Points, match
from queries.comparison.quantiles import Quantiles

ARCSEC = 1 / 3600


def points(ra: object, dec: object, group: object = 0) -> Points:
    return Points(*np.broadcast_arrays(np.asarray(ra, float), np.asarray(dec, float), np.asarray(group, np.int64)))


def greedy(a: Points, b: Points, radius: float) -> set[tuple[int, int]]:
    """Match by looking at every pair, in the order of the separation."""
    separation = np.degrees(_angles(a, b)) / ARCSEC
    i, j = np.nonzero((separation <= radius) & (a.group[:, None] == b.group[None, :]))
    found: dict[int, int] = {}
    for k in np.lexsort((j, i, separation[i, j])):
        if i[k] not in found and j[k] not in found.values():
            found[int(i[k])] = int(j[k])
    return set(found.items())


def _angles(a: Points, b: Points) -> NDArray[np.float64]:
    """Give the angle between any two, by haversines: exact for small ones."""
    ra, dec = np.radians(a.ra)[:, None] - np.radians(b.ra), np.radians(a.dec)[:, None] - np.radians(b.dec)
    cosines = np.cos(np.radians(a.dec))[:, None] * np.cos(np.radians(b.dec))
    return np.asarray(2 * np.arcsin(np.sqrt(np.sin(dec / 2) ** 2 + cosines * np.sin(ra / 2) ** 2)))


@pytest.mark.parametrize(("ra", "dec"), [(186.7, 25.4), (0.0, 0.0), (10.0, 90.0), (200.0, -90.0)])
def test_matches_are_those_of_looking_at_every_pair(ra: float, dec: float) -> None:
    random = np.random.default_rng(7)
    sides = []
    for n in (400, 350):
        # A crowded field, so that many compete; around the pole it is given as offsets from there.
        east, north = random.normal(0, 4 * ARCSEC, (2, n))
        group = random.integers(0, 2, n)
        if abs(dec) == 90:
            sides.append(
                points(np.degrees(np.arctan2(east, north)) % 360, dec - np.sign(dec) * np.hypot(east, north), group)
            )
        else:
            sides.append(points((ra + east) % 360, dec + north, group))
    a, b = sides
    i, j, separation = match(a, b, 0.5)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == greedy(a, b, 0.5)
    assert len(i) > 100
    assert separation == pytest.approx(np.degrees(_angles(a, b)[i, j]) / ARCSEC, abs=1e-6)


def test_right_ascension_goes_on_beyond_360_degrees() -> None:
    i, j, separation = match(points([359.99999], [0.0]), points([0.00001], [0.0]), 0.5)
    assert (i.tolist(), j.tolist()) == ([0], [0])
    assert separation == pytest.approx([0.072], abs=1e-6)


def test_the_nearest_wins_and_nobody_matches_twice() -> None:
    # The first of a is near both of b, the second nearer to the first of b.
    i, j, _ = match(points([0.0, 0.15 * ARCSEC], 0.0), points([0.1 * ARCSEC, -0.3 * ARCSEC], 0.0), 0.5)
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_duplicate_positions_match_one_by_one_however_many() -> None:
    i, j, separation = match(points([10.0] * 100, 20.0), points([10.0] * 70, 20.0), 0.5)
    assert (i.tolist(), j.tolist()) == (list(range(70)), list(range(70)))
    assert separation.tolist() == [0.0] * 70


def test_positions_that_are_none_match_nothing() -> None:
    i, j, _ = match(points([np.nan, 1.0, np.inf], [0.0, np.nan, 0.0]), points([np.nan, 1.0], [0.0, 0.0]), 0.5)
    assert len(i) == len(j) == 0


@pytest.mark.parametrize("n", [0, 3])
def test_nothing_matches_nothing(n: int) -> None:
    some, none = points(np.arange(n), 0.0), points([], [])
    assert all(len(part) == 0 for part in (*match(some, none, 0.5), *match(none, some, 0.5)))


def test_groups_never_meet() -> None:
    i, j, _ = match(points([1.0, 1.0], 0.0, [0, 1]), points([1.0, 1.0], 0.0, [1, 2]), 0.5)
    assert (i.tolist(), j.tolist()) == ([1], [0])


def test_the_radius_is_the_greatest_separation() -> None:
    a, b = points([0.0], [0.0]), points([0.0], [0.5 * ARCSEC])
    assert len(match(a, b, 0.5)[0]) == 1
    assert len(match(a, b, 0.499999)[0]) == 0


def test_quantiles_are_those_of_all_numbers_to_a_hundredth() -> None:
    random = np.random.default_rng(3)
    values = random.normal(0.02, 0.05, 10_000)
    stream = Quantiles(1e-4)
    for part in np.array_split(values, 7):
        stream.add(part)
    parts = [0.05, 0.25, 0.5, 0.75, 0.95]
    assert stream.n == len(values)
    assert stream.at(parts) == pytest.approx(np.quantile(values, parts), rel=0.01, abs=2e-4)


def test_quantiles_of_nothing_and_of_zeros() -> None:
    stream = Quantiles(1e-4)
    assert np.isnan(stream.at([0.5])).all()
    stream.add(np.zeros(5))
    assert stream.at([0.0, 0.5, 1.0]) == [0.0, 0.0, 0.0]
    stream.add(np.array([1e30, -1e30]))
    assert stream.at([0.0, 1.0]) == pytest.approx([-3.6e6, 3.6e6], rel=0.1)
