"""Adaptive second moments of the sources of an image and of its PSF."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline

from pipeline.pixels.adaptive_weight import Weights, adapt, moment_errors
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.shape import PSF_REACH
from pipeline.pixels.stamps import stamps_at

HALF_SIZES = (10, 20, 40)
"""Half sides (pixels) of the stamps that are tried, until the source fits."""
MAX_LOST = 0.1
"""Largest part of the stamp's inner circle that neither the pixels nor their mirror images can tell."""
CORE = 5.0
"""Radius (pixels) of that circle."""
LATTICE = 9
"""Positions along each side of the image where the moments of a varying PSF are measured; a spline joins them."""
BATCH = 512


@dataclass(frozen=True)
class Moments:
    """Second moments of n sources (pixels squared), Gaussian-weighted by themselves; NaN where `failed`.

    Parameters
    ----------
    values
        xx, yy and xy, x along the columns, shape (n, 3).
    errors
        Their standard errors from the noise of the pixels, shape (n, 3).
    failed
        True where no Gaussian follows the source: too faint, too large, not on usable pixels, or drawn off.
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    failed: NDArray[np.bool_]

    @property
    def trace(self) -> NDArray[np.float64]:
        """Size squared xx + yy (pixels squared)."""
        total: NDArray[np.float64] = self.values[:, 0] + self.values[:, 1]
        return total


@dataclass(frozen=True)
class _Scene:
    """What the stamps are cut from."""

    image: NDArray[np.float32]
    variance: NDArray[np.float32]
    usable: NDArray[np.bool_]
    footprints: NDArray[np.int32]

    def cut(
        self, x: NDArray[np.float64], y: NDArray[np.float64], own: NDArray[np.int32], half_size: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Cut stamps and their variances, shape (n, s * s), and tell which have enough pixels.

        A pixel of another source, a bad one or one off the image takes the value of its mirror image through the
        center of the stamp: sources are symmetric more often than not.
        """
        stamps = stamps_at(x, y, half_size, (self.image.shape[0], self.image.shape[1]))
        owner = stamps.cut(self.footprints)
        good = stamps.inside & stamps.cut(self.usable) & ((owner == 0) | (owner == own[:, None, None]))
        mirrored = good[:, ::-1, ::-1]
        planes = []
        for plane in (self.image, self.variance):
            values = stamps.cut(plane).astype(np.float64)
            values = np.where(good, values, np.where(mirrored, values[:, ::-1, ::-1], 0.0))
            planes.append(values.reshape(len(x), -1))
        offset = np.arange(-half_size, half_size + 1)
        core = np.hypot(offset[:, None], offset[None, :]) <= CORE
        told = np.mean((good | mirrored)[:, core], axis=1) >= 1 - MAX_LOST
        return planes[0], planes[1], told


def measure_moments(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    footprints: NDArray[np.int32],
    first: NDArray[np.float64],
) -> Moments:
    """Measure adaptive moments of all sources of an image.

    Parameters
    ----------
    image
        Pixels without sky, shape (ny, nx).
    variance
        Variance of the pixels, positive.
    usable
        Pixels that may be used.
    x, y
        Centers (pixels), finite, shape (n,). The weights find their own, close by.
    footprints
        Running number (from 1) of the source that each pixel belongs to, 0 for none; the sources are numbered in the
        order of their positions.
    first
        First guess of xx, yy, xy (pixels squared), shape (n, 3): that of the PSF serves all sources.
    """
    scene = _Scene(image, variance, usable, footprints)
    values, errors = np.full((2, len(x), 3), np.nan)
    todo = np.arange(len(x))
    for half_size in HALF_SIZES:
        larger = []
        for start in range(0, len(todo), BATCH):
            rows = todo[start : start + BATCH]
            own = (rows + 1).astype(np.int32)
            pixels, noise, told = scene.cut(x[rows], y[rows], own, half_size)
            offset = np.stack([x[rows] - np.rint(x[rows]), y[rows] - np.rint(y[rows])], axis=1)
            weights = Weights(offset, first[rows].copy())
            outcome = adapt(pixels, weights)
            good = told & ~outcome.failed & ~outcome.too_large
            values[rows[good]] = weights.moments[good]
            errors[rows[good]] = moment_errors(pixels[good], noise[good], weights[good])
            larger.append(rows[told & outcome.too_large])
        todo = np.concatenate(larger) if larger else todo
    return Moments(values, errors, np.isnan(values[:, 0]))


def psf_moments(psf: PsfModel, x: NDArray[np.float64], y: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Measure adaptive moments of the PSF at positions.

    Parameters
    ----------
    psf
        PSF model.
    x, y
        Positions (pixels), shape (n,).
    sigma
        First guess of its width (pixels).

    Returns
    -------
    NDArray
        xx, yy and xy (pixels squared), shape (n, 3); NaN where the model has no shape.
    """
    if psf.order == 0:
        return np.tile(_psf_moments(psf, x[:1], y[:1], sigma), (len(x), 1)) if len(x) else np.zeros((0, 3))
    nodes = [np.linspace(0.0, side - 1, LATTICE) for side in psf.shape]
    rows, columns = (lattice.ravel() for lattice in np.meshgrid(*nodes, indexing="ij"))
    known = _psf_moments(psf, columns, rows, sigma).reshape(LATTICE, LATTICE, 3)
    if len(x) <= LATTICE**2 or np.any(np.isnan(known)):
        return _psf_moments(psf, x, y, sigma)
    splines = (RectBivariateSpline(nodes[0], nodes[1], known[..., k]) for k in range(3))
    return np.stack([spline(y, x, grid=False) for spline in splines], axis=1)


def _psf_moments(psf: PsfModel, x: NDArray[np.float64], y: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Measure the moments of the PSF at each position."""
    border = (psf.coefficients.shape[-1] - 2 * psf.half_size - 1) // 2
    values = np.full((len(x), 3), np.nan)
    for start in range(0, len(values), BATCH):
        rows = slice(start, start + BATCH)
        pixels = psf.grids(x[rows], y[rows])[:, border:-border, border:-border]
        weights = Weights(np.zeros((len(pixels), 2)), np.tile([sigma**2, sigma**2, 0.0], (len(pixels), 1)))
        outcome = adapt(pixels.reshape(len(pixels), -1), weights, PSF_REACH)
        failed = outcome.failed | outcome.too_large
        values[rows] = np.where(failed[:, None], np.nan, weights.moments)
    return values


def shape_columns(source: Moments, psf: NDArray[np.float64]) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
    """Name the moments of the sources and of the PSF at each, shape (n, 3), as the LSST tables do (pixels squared)."""
    columns: dict[str, NDArray[np.float64] | NDArray[np.bool_]] = {}
    for k, name in enumerate(("ixx", "iyy", "ixy")):
        columns[name], columns[f"{name}Err"] = source.values[:, k], source.errors[:, k]
        columns[f"{name}PSF"] = psf[:, k]
    columns["shape_flag"] = source.failed
    return columns
