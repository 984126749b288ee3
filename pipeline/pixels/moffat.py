"""Moffat profile: the PSF of few stars, and the start for many."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from pipeline.pixels.psf import PsfModel, normalized, stamp_circle
from pipeline.pixels.shift import KERNEL_REACH

RING_DEVIATION = 0.5
"""Expected deviation of a ring of the PSF from its best Moffat, as a part of its mean."""
RING_FLOOR = 5e-4
"""Added to that, as a part of the peak: far out a Moffat may be wrong altogether."""


def moffat_grid(p: NDArray[np.float64], half_size: int) -> NDArray[np.float64]:
    """Sample a Moffat (1969) profile on the model grid, sum 1 within `half_size`.

    Parameters
    ----------
    p
        ln(core radius in pixels), ellipticity along x and along the diagonal, ln(beta - 1), center x, center y.
    half_size
        Half side of the stamps (pixels).
    """
    nodes = 2 * (half_size + KERNEL_REACH) + 1
    offset = np.arange(nodes) - nodes // 2
    u, v = offset[None, :] - p[4], offset[:, None] - p[5]
    # The shear matrix has unit determinant, so ellipticity does not change the area.
    stretch = np.sqrt(1 + p[1] ** 2 + p[2] ** 2)
    r2 = (stretch - p[1]) * u**2 + (stretch + p[1]) * v**2 - 2 * p[2] * u * v
    profile = (1 + r2 * np.exp(-2 * p[0])) ** -(1 + np.exp(p[3]))
    profile /= profile[stamp_circle(half_size, nodes)].sum()
    return np.asarray(profile)


def moffat_psf(fwhm: float, shape: tuple[int, int], half_size: int, beta: float = 3.0) -> PsfModel:
    """Make the round Moffat PSF of a given FWHM (pixels), made of no star."""
    core = fwhm / (2 * np.sqrt(2 ** (1 / beta) - 1))
    grid = moffat_grid(np.array([np.log(core), 0.0, 0.0, np.log(beta - 1), 0.0, 0.0]), half_size)
    return PsfModel(grid[None], 0, shape, half_size, 0)


def fit_moffat(stack: NDArray[np.float64], weight: NDArray[np.float64], start: PsfModel, fwhm: float) -> PsfModel:
    """Fit a Moffat profile to the stack of all stars, shape (m, m), by weighted least squares."""
    root = np.sqrt(weight)

    def residual(p: NDArray[np.float64]) -> NDArray[np.float64]:
        model = moffat_grid(p, start.half_size) * root
        difference: NDArray[np.float64] = (
            model * (model * stack * root).sum() / (model**2).sum() - stack * root
        ).ravel()
        return difference

    first = np.array([np.log(fwhm / 1.02), 0.0, 0.0, np.log(2.0), 0.0, 0.0])
    low = np.array([np.log(0.3), -1.5, -1.5, np.log(0.3), -1.5, -1.5])
    high = np.array([np.log(3.0 * start.half_size), 1.5, 1.5, np.log(50.0), 1.5, 1.5])
    best = least_squares(residual, np.clip(first, low, high), bounds=(low, high), x_scale="jac", max_nfev=100)
    # The stack's center is a mean of centroids: the model's own center is zero by definition.
    centered = np.concatenate([best.x[:4], [0.0, 0.0]])
    return replace(start, coefficients=moffat_grid(centered, start.half_size)[None])


def correct_rings(psf: PsfModel, stack: NDArray[np.float64], weight: NDArray[np.float64]) -> PsfModel:
    """Lift the Moffat in rings of 1 pixel to the stack, as far as the noise allows.

    Real wings are not those of a Moffat. A pixel out there is all noise, but a ring of a hundred is not.
    """
    model, nodes = psf.coefficients[0], weight.shape[-1]
    offset = np.arange(nodes) - nodes // 2
    ring = np.rint(np.hypot(offset[:, None], offset[None, :])).astype(np.intp).ravel()
    mean = np.bincount(ring, model.ravel()) / np.bincount(ring)
    expected = RING_DEVIATION * mean + RING_FLOOR * model.max()
    excess = np.bincount(ring, (weight * (stack - model)).ravel())
    lift = excess / (np.bincount(ring, weight.ravel()) + 1.0 / expected**2)
    lifted = np.maximum(model.ravel() + lift[ring], 0.0).reshape(1, nodes, nodes)
    return normalized(replace(psf, coefficients=lifted))
