"""Forced photometry: PSF fluxes at given positions, neighbors together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pipeline.pixels.psf import PsfModel
from pipeline.pixels.psf_photometry import MIN_COVERAGE
from pipeline.pixels.stamps import Stamps, stamps_at

SAME_POSITION = 0.1
"""Positions closer than this (pixels) are one: their fluxes could not be told apart."""
PAIRS = 1024
"""Pairs of overlapping stamps that are compared at once."""


@dataclass(frozen=True)
class ForcedFluxes:
    """Fluxes of n given positions; NaN where `no_good_pixels`.

    Parameters
    ----------
    flux, flux_error
        PSF flux and its error from the variance plane, neighbors' errors included (pixel unit).
    sky
        Constant left around the position (pixel unit).
    chi2
        Chi squared of the stamp, all neighbors subtracted, per degree of freedom.
    clipped
        True where the stamp runs off the image: the fit used what is left of it.
    no_good_pixels
        True where too little of the PSF falls on usable pixels.
    n_blended
        Positions that were fitted together with this one, itself not counted.
    """

    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    sky: NDArray[np.float64]
    chi2: NDArray[np.float64]
    clipped: NDArray[np.bool_]
    no_good_pixels: NDArray[np.bool_]
    n_blended: NDArray[np.int32]


@dataclass(frozen=True)
class _Estimators:
    """What turns the pixels of each stamp, shape (n, s, s), into a flux and a sky when nothing else is there."""

    stamps: Stamps
    drawn: NDArray[np.float64]
    good: NDArray[np.bool_]
    flux: NDArray[np.float64]
    sky: NDArray[np.float64]

    @classmethod
    def at(
        cls, x: NDArray[np.float64], y: NDArray[np.float64], psf: PsfModel, usable: NDArray[np.bool_]
    ) -> "_Estimators":
        """Solve the unweighted normal equations of flux and constant; all zero where too few pixels are good."""
        stamps = stamps_at(x, y, psf.half_size, usable.shape)
        drawn = psf.images(x, y)
        good = stamps.inside & stamps.cut(usable)
        covered = np.sum(drawn * good, axis=(1, 2)) > MIN_COVERAGE
        profile = drawn * good
        level = np.where(good, 1.0, 0.0)
        pp, pl, ll = (np.sum(a * b, axis=(1, 2)) for a, b in ((profile, profile), (profile, level), (level, level)))
        determinant = pp * ll - pl**2
        scale = np.divide(1.0, determinant, out=np.zeros_like(determinant), where=covered & (determinant > 0))
        flux = (ll[:, None, None] * profile - pl[:, None, None] * level) * scale[:, None, None]
        sky = (pp[:, None, None] * level - pl[:, None, None] * profile) * scale[:, None, None]
        return cls(stamps, drawn, good & (scale > 0)[:, None, None], flux, sky)

    @property
    def valid(self) -> NDArray[np.bool_]:
        """True where there is something to fit."""
        return np.asarray(np.any(self.good, axis=(1, 2)))

    def alone(self, image: NDArray[np.float32]) -> NDArray[np.float64]:
        """Measure the flux of every stamp as if nothing else were in it."""
        total: NDArray[np.float64] = np.sum(self.flux * np.where(self.good, self.stamps.cut(image), 0.0), axis=(1, 2))
        return total

    def onto(self, values: NDArray[np.float64], one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float64]:
        """Move stamps of `other`, taken from `values`, onto the pixels of the stamps of `one`; 0 outside."""
        side = values.shape[-1]
        padded = np.pad(values[other], ((0, 0), (0, 1), (0, 1)))
        rows = self.stamps.rows[one] - self.stamps.rows[other, :1]
        columns = self.stamps.columns[one] - self.stamps.columns[other, :1]
        rows, columns = (np.where((i >= 0) & (i < side), i, side) for i in (rows, columns))
        pair = np.arange(len(one))[:, None, None]
        moved: NDArray[np.float64] = padded[pair, rows[:, :, None], columns[:, None, :]]
        return moved


def force_fluxes(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    psf: PsfModel,
) -> ForcedFluxes:
    """Fit a flux and a constant sky at every position, the positions held.

    The same estimator as `fit_sources` with fixed centroids, but solved at once: each stamp's flux is a fixed sum
    over its pixels, without the light of the others, so fluxes of overlapping stamps are the solution of a linear
    system, however negative they are. The noise of the pixels, those that two stamps share included, goes through
    the same system. A source that is not in the list is not subtracted.

    Parameters
    ----------
    image
        Pixels without sky, shape (ny, nx).
    variance
        Variance of the pixels, positive; independent of each other. See `noise_scale` where they are not.
    usable
        Pixels that may be used.
    x, y
        Finite positions (pixels), shape (n,). They may lie somewhat off the image.
    psf
        PSF model.
    """
    first, inverse = _unique(x, y)
    fits = _Estimators.at(x[first], y[first], psf, usable)
    noise = np.where(fits.good, fits.stamps.cut(variance), 0.0)
    flux, error, blended = _solve(fits, fits.alone(image), noise)
    flux, error = (np.where(fits.valid, values, np.nan) for values in (flux, error))
    sky, chi2 = _assess(fits, image, noise, flux)
    return ForcedFluxes(
        flux[inverse],
        error[inverse],
        sky[inverse],
        chi2[inverse],
        fits.stamps.clipped[inverse],
        ~fits.valid[inverse],
        blended[inverse],
    )


def lone_pulls(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    psf: PsfModel,
) -> NDArray[np.float64]:
    """Divide fluxes, each fitted as if nothing else were there, by their errors; only where there is something to fit.

    The parameters are those of `force_fluxes`.
    """
    fits = _Estimators.at(x, y, psf, usable)
    noise = np.where(fits.good, fits.stamps.cut(variance), 0.0)
    error = np.sqrt(np.sum(fits.flux**2 * noise, axis=(1, 2)))
    pulls: NDArray[np.float64] = fits.alone(image)[fits.valid] / error[fits.valid]
    return pulls


def _unique(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Join positions that cannot be told apart: rows of the first of each group, and the group of every row."""
    pairs = cKDTree(np.stack([x, y], axis=1)).query_pairs(SAME_POSITION, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(x), len(x)))
    _, group = connected_components(links, directed=False)
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return first, inverse


def _solve(
    fits: _Estimators, alone: NDArray[np.float64], noise: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """Take the light of neighbors out of each other's fluxes; fluxes, errors and numbers of companions."""
    one, other, leak, shared = _overlaps(fits, noise)
    variance = np.sum(fits.flux**2 * noise, axis=(1, 2))
    flux, error = alone.copy(), np.sqrt(variance)
    links = coo_array((np.ones(len(one)), (one, other)), shape=(len(alone), len(alone)))
    _, group = connected_components(links, directed=False)
    size = np.bincount(group)[group]
    by_group = np.argsort(group, kind="stable")
    by_group = by_group[size[by_group] > 1]
    pairs_by_group = np.argsort(group[one], kind="stable")
    starts = np.flatnonzero(np.diff(group[by_group], prepend=-1))
    for members in np.split(by_group, starts[1:]) if len(by_group) else []:
        low, high = np.searchsorted(group[one], group[members[0]] + np.array([0, 1]), sorter=pairs_by_group)
        pairs = pairs_by_group[low:high]
        place = np.searchsorted(members, one[pairs]), np.searchsorted(members, other[pairs])
        mixing, covariance = np.eye(len(members)), np.diag(variance[members])
        mixing[place], covariance[place] = leak[pairs], shared[pairs]
        unmixing = np.linalg.inv(mixing)
        flux[members] = unmixing @ alone[members]
        error[members] = np.sqrt(np.einsum("ij,jk,ik->i", unmixing, covariance, unmixing, optimize=True))
    return flux, error, (size - 1).astype(np.int32)


def _overlaps(
    fits: _Estimators, noise: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Compare stamps that overlap, in both orders: rows, part of the other's flux counted, shared variance."""
    valid = np.flatnonzero(fits.valid)
    corner = np.stack([fits.stamps.rows[valid, 0], fits.stamps.columns[valid, 0]], axis=1).astype(np.float64)
    reach = fits.drawn.shape[-1] - 0.5
    near = cKDTree(corner).query_pairs(reach, p=np.inf, output_type="ndarray") if len(valid) else np.empty((0, 2), int)
    one, other = valid[np.concatenate([near, near[:, ::-1]])].T
    leak, shared = np.zeros(len(one)), np.zeros(len(one))
    weighted = fits.flux * noise
    for start in range(0, len(one), PAIRS):
        batch = slice(start, start + PAIRS)
        i, j = one[batch], other[batch]
        leak[batch] = np.sum(fits.flux[i] * fits.onto(fits.drawn, i, j), axis=(1, 2))
        shared[batch] = np.sum(weighted[i] * fits.onto(fits.flux, i, j), axis=(1, 2))
    return one, other, leak, shared


def _assess(
    fits: _Estimators, image: NDArray[np.float32], noise: NDArray[np.float64], flux: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the sky around each position and how well all models together describe its stamp."""
    models = np.zeros(image.shape)
    fits.stamps.add_to(models, fits.drawn * np.nan_to_num(flux)[:, None, None])
    residual = np.where(fits.good, fits.stamps.cut(image - models), 0.0)
    sky = np.sum(fits.sky * residual, axis=(1, 2))
    deviation = np.where(fits.good, (residual - sky[:, None, None]) ** 2, 0.0)
    chi2 = np.sum(np.divide(deviation, noise, out=np.zeros_like(deviation), where=noise > 0), axis=(1, 2))
    freedom = np.maximum(np.sum(fits.good, axis=(1, 2)) - 2, 1)
    return np.where(fits.valid, sky, np.nan), np.where(fits.valid, chi2 / freedom, np.nan)
