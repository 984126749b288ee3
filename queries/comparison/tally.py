"""The tally of matched rows: filled chunk by chunk, in memory that does not grow with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queries.comparison.columns import AB
from queries.comparison.loaded import Rows
from queries.comparison.matching import Positions, match
from queries.comparison.members import Pair
from queries.comparison.quantiles import Quantiles

MOVED = 0.1  # of the radius; a match that is farther apart has moved
SHOWN = 1000  # lost and gained rows that are kept to be shown
WORST = 5  # datasets that are named
FAINTEST = 40  # magnitude of the last bin; bins are 1 mag wide, the first begins at 0
SIGMA = 0.7413  # of a normal distribution, per distance between its quartiles
SCALE = 1e-4  # below which a quantile need not be exact [mag, arcsec]
PARTS = (0.05, 0.25, 0.5, 0.75, 0.95)
MIXER = np.uint64(0x9E3779B97F4A7C15)  # makes an even choice of what is sorted (D. Knuth, TAOCP 3, 6.4)


@dataclass(frozen=True)
class Bin:
    """Rows of one magnitude: those of a, those of b, and what became of them.

    `residual` is the median of b - a [mag] of the matches whose flux is positive on both sides, `sigma` its robust
    scatter, `low` and `high` where 5 and 95 % of it lie; the magnitude is that of a, of gained rows that of b.
    """

    magnitude: float  # middle of the bin
    n_matched: int
    n_lost: int
    n_gained: int
    residual: float
    sigma: float
    low: float
    high: float


@dataclass(frozen=True)
class Sample:
    """Some of many rows, chosen by their position alone; magnitude [mag] is NaN where there is no flux."""

    ra: list[float]
    dec: list[float]
    magnitude: list[float]
    dataset_id: list[int]


@dataclass(frozen=True)
class CatalogRows:
    """How the rows of a catalog compare, of datasets that changed and are loaded on both sides."""

    catalog: str
    n_pairs: int
    n_not_loaded: int  # changed pairs of which a side, or both, have no rows in the catalog
    n_a: int
    n_b: int
    n_matched: int
    n_lost: int
    n_gained: int
    n_moved: int
    separation: float  # median [arcsec]
    separation_high: float  # 95 %
    bins: list[Bin]
    lost: Sample
    gained: Sample
    worst: list[tuple[int, int, int, int]]  # datasets of a and b, rows lost, rows gained


class Tally:
    """Counts of one catalog.

    Parameters
    ----------
    radius
        Within which two rows are the same [arcsec].
    """

    def __init__(self, catalog: str, radius: float, n_not_loaded: int) -> None:
        self._catalog, self._radius, self._n_not_loaded = catalog, radius, n_not_loaded
        self._n_pairs = self._n_moved = 0
        self._separation = Quantiles(SCALE)
        self._residuals: dict[int, Quantiles] = {}
        self._counts = {
            side: np.zeros(FAINTEST + 1, np.int64) for side in ("matched", "lost", "gained")
        }  # by magnitude
        self._n = dict.fromkeys(("a", "b", "matched"), 0)
        self._lost, self._gained = _Sampler(), _Sampler()
        self._worst: list[tuple[int, int, int, int]] = []

    def add(self, pairs: Sequence[Pair], a: Rows, b: Rows) -> None:
        """Match the rows of some pairs of datasets, and count them."""
        i, j, separation = match(a.points, b.points, self._radius)
        lost = np.delete(np.arange(len(a)), i)
        gained = np.delete(np.arange(len(b)), j)
        self._n_pairs += len(pairs)
        for name, n in (("a", len(a)), ("b", len(b)), ("matched", len(i))):
            self._n[name] += n
        self._n_moved += int(np.count_nonzero(separation > MOVED * self._radius))
        self._separation.add(separation)
        self._add_fluxes(a.flux, b.flux, (i, j), lost, gained)
        self._lost.add(a, lost, [pair.a for pair in pairs])
        self._gained.add(b, gained, [pair.b for pair in pairs])
        n_lost = np.bincount(a.points.group[lost], minlength=len(pairs)).tolist()
        n_gained = np.bincount(b.points.group[gained], minlength=len(pairs)).tolist()
        self._worst += [(*pair, *n) for pair, *n in zip(pairs, n_lost, n_gained, strict=True) if any(n)]
        self._worst = sorted(self._worst, key=lambda row: (-row[2] - row[3], row[1]))[:WORST]

    def _add_fluxes(
        self, a: Positions, b: Positions, matched: tuple[NDArray[np.int64], NDArray[np.int64]],
        lost: NDArray[np.int64], gained: NDArray[np.int64],
    ) -> None:  # fmt: skip
        """Count rows and residuals by magnitude."""
        before, after = magnitude(a[matched[0]]), magnitude(b[matched[1]])
        for name, magnitudes in (("matched", before), ("lost", magnitude(a[lost])), ("gained", magnitude(b[gained]))):
            known = _bins(magnitudes[np.isfinite(magnitudes)])
            self._counts[name] += np.bincount(known, minlength=FAINTEST + 1)
        both = np.isfinite(before) & np.isfinite(after)
        bins, residuals = _bins(before[both]), (after - before)[both]
        for number in np.unique(bins).tolist():
            self._residuals.setdefault(number, Quantiles(SCALE)).add(residuals[bins == number])

    def result(self) -> CatalogRows:
        """Give what was counted."""
        n_a, n_b, n_matched = self._n.values()
        separation, separation_high = self._separation.at([0.5, 0.95])
        return CatalogRows(
            self._catalog, self._n_pairs, self._n_not_loaded, n_a, n_b, n_matched, n_a - n_matched, n_b - n_matched,
            self._n_moved, separation, separation_high, [self._bin(number) for number in self._filled()],
            self._lost.sample(), self._gained.sample(), self._worst,
        )  # fmt: skip

    def _filled(self) -> list[int]:
        """Give the bins that hold anything."""
        return [int(number) for number in np.flatnonzero(sum(self._counts.values()))]

    def _bin(self, number: int) -> Bin:
        low, first, median, third, high = self._residuals.get(number, Quantiles(SCALE)).at(PARTS)
        matched, lost, gained = (int(self._counts[name][number]) for name in ("matched", "lost", "gained"))
        return Bin(number + 0.5, matched, lost, gained, median, SIGMA * (third - first), low, high)


class _Sampler:
    """Keeps some rows of many: those that a hash of their position puts first, whatever chunk they came in."""

    def __init__(self) -> None:
        self._rows = np.zeros((0, 5))

    def add(self, rows: Rows, at: NDArray[np.int64], datasets: Sequence[int]) -> None:
        """Look at some rows of one side.

        Parameters
        ----------
        datasets
            Dataset of each group.
        """
        if not len(at):
            return
        ra, dec = rows.points.ra[at], rows.points.dec[at]
        mixed = (ra.view(np.uint64) ^ dec.view(np.uint64)) * MIXER >> np.uint64(11)
        keys = np.asarray(datasets, dtype=np.float64)[rows.points.group[at]]  # exact below 2^53
        more = np.stack([mixed.astype(np.float64), ra, dec, magnitude(rows.flux[at]), keys], axis=1)
        every = np.concatenate([self._rows, more])
        self._rows = every[np.lexsort((every[:, 4], every[:, 0]))[:SHOWN]]

    def sample(self) -> Sample:
        """Give what was kept."""
        _, ra, dec, magnitudes, keys = self._rows.T.tolist()
        return Sample(ra, dec, magnitudes, [int(key) for key in keys])


def magnitude(flux: Positions) -> Positions:
    """Give AB magnitudes of fluxes [nJy]; NaN where a flux is not a positive number."""
    good = np.where((flux > 0) & np.isfinite(flux), flux, np.nan)
    return AB - 2.5 * np.log10(good)


def _bins(magnitudes: Positions) -> NDArray[np.int64]:
    """Give the bins of finite magnitudes."""
    return np.clip(np.floor(magnitudes), 0, FAINTEST).astype(np.int64)
