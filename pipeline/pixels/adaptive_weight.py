"""Elliptical Gaussian weights that take the shapes of many sources at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.polynomial import monomials, polynomial_terms
from pipeline.pixels.psf_photometry import MAX_DRIFT

MAX_CENTER_STEP = 1.0
"""Largest move (pixels) of a center in one round."""
REACH = 2.8
"""Least half side of a stamp in widths of the weight: four widths of the weighted source."""
MIN_DETERMINANT = 1e-4
"""Least determinant of the moments (pixels^4): a radius of a tenth of a pixel is none."""
FAST_ROUNDS = 12
STEADY_ROUNDS = 60
TOLERANCE = 3e-5
"""Change of the moments, as a part of their trace, that ends the rounds."""

Step = Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass
class Weights:
    """Elliptical Gaussians of n sources.

    Parameters
    ----------
    center
        Centers x, y (pixels) from the middles of the stamps, shape (n, 2).
    moments
        Moments xx, yy, xy (pixels squared), shape (n, 3).
    """

    center: NDArray[np.float64]
    moments: NDArray[np.float64]

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Weights":
        """Select some of them."""
        return Weights(self.center[rows], self.moments[rows])

    def drawn(
        self, rows: NDArray[np.intp], basis: NDArray[np.floating], out: NDArray[np.floating] | None = None
    ) -> NDArray[np.floating]:
        """Draw some of them, 1 at the center, on pixels whose monomials are the basis, shape (len(rows), pixels)."""
        a, b, c = _inverse(self.moments[rows]).T
        x, y = self.center[rows].T
        constant = a * x * x + b * y * y + 2 * c * x * y
        exponent = np.stack([constant, -2 * (a * x + c * y), -2 * (b * y + c * x), a, 2 * c, b], axis=1)
        drawn = np.matmul((-0.5 * exponent).astype(basis.dtype), basis.T, out=out)
        # Processors are slow with numbers that are nearly zero.
        np.exp(np.maximum(drawn, -50.0, out=drawn), out=drawn)
        return drawn


@dataclass(frozen=True)
class Outcome:
    """What became of n weights: where both are false, the weight has the shape of its source.

    Parameters
    ----------
    failed
        True where the source is too faint, or the weight ran away from it.
    too_large
        True where the source may be well but does not fit into the stamp.
    """

    failed: NDArray[np.bool_]
    too_large: NDArray[np.bool_]


def _inverse(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert symmetric 2 x 2 matrices given and returned as (xx, yy, xy), shape (n, 3)."""
    xx, yy, xy = moments.T
    inverse: NDArray[np.float64] = np.stack([yy, xx, -xy], axis=1) / (xx * yy - xy**2)[:, None]
    return inverse


def _times(matrix: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply symmetric 2 x 2 matrices (xx, yy, xy) with vectors, shape (n, 2)."""
    xx, yy, xy = matrix.T
    return np.stack([xx * vector[:, 0] + xy * vector[:, 1], xy * vector[:, 0] + yy * vector[:, 1]], axis=1)


def _positive(matrix: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
    """Tell which symmetric matrices (xx, yy, xy) are positive with a determinant of at least `least`."""
    positive: NDArray[np.bool_] = (matrix[:, 0] > 0) & (matrix[:, 0] * matrix[:, 1] - matrix[:, 2] ** 2 > least)
    return positive


def pixel_basis(half_size: int, order: int) -> NDArray[np.float64]:
    """Evaluate the monomials of the pixel offsets of a stamp, shape (pixels, terms)."""
    v, u = np.indices((2 * half_size + 1,) * 2, dtype=np.float64).reshape(2, -1) - half_size
    return polynomial_terms(u, v, order)


def adapt(pixels: NDArray[np.float64], weights: Weights, reach: float = REACH) -> Outcome:
    """Bring each weight to the shape of its source, in place.

    A Gaussian seen through a Gaussian is a Gaussian, whose inverse moments are the sum of both: that gives the next
    weight, exact at once for a Gaussian source. Where noise keeps this from converging, the weighted moments are
    doubled instead, which is slow but steady. Both have the same fixed point (Bernstein & Jarvis 2002, AJ 123, 583;
    Hirata & Seljak 2003, MNRAS 343, 459): the Gaussian that fits the source best by unweighted least squares.

    Parameters
    ----------
    pixels
        Stamps, row by row, shape (n, s * s).
    weights
        First guesses.
    reach
        Least half side of a stamp in widths of the weight.
    """
    first = Weights(weights.center.copy(), weights.moments.copy())
    outcome = _iterate(pixels, weights, np.arange(len(pixels)), FAST_ROUNDS, _deconvolved, reach)
    again = np.flatnonzero(outcome.failed | outcome.too_large)
    weights.center[again], weights.moments[again] = first.center[again], first.moments[again]
    steady = _iterate(pixels, weights, again, STEADY_ROUNDS, _doubled, reach)
    return Outcome(steady.failed, steady.too_large)


def _iterate(
    pixels: NDArray[np.float64], weights: Weights, active: NDArray[np.intp], rounds: int, step: Step, reach: float
) -> Outcome:
    """Improve some of the weights until they stand or are lost."""
    half_size = int(np.sqrt(pixels.shape[1])) // 2
    # Exponentials take most of the time, and single precision is four times faster.
    basis, largest = pixel_basis(half_size, 2).astype(np.float32), (half_size / reach) ** 2
    pixels = pixels.astype(np.float32)
    # Memory that is asked for anew in every round would cost more than the arithmetic.
    weighted, taken = np.empty_like(pixels), np.empty_like(pixels)
    start = weights.center.copy()
    failed, too_large = np.zeros((2, len(pixels)), dtype=np.bool_)
    for _ in range(rounds):
        part = slice(len(active))
        weights.drawn(active, basis, weighted[part])
        np.take(pixels, active, axis=0, out=taken[part], mode="clip")
        mean, seen, visible = _look(np.multiply(weighted[part], taken[part], out=weighted[part]), basis)
        failed[active[~visible]] = True
        active = active[visible]
        old, old_center = weights.moments[active], weights.center[active]
        new, center = step(old, old_center, seen[visible], mean[visible])
        center = old_center + np.clip(center - old_center, -MAX_CENTER_STEP, MAX_CENTER_STEP)
        grown = new[:, :2].max(axis=1) > largest
        gone = (np.hypot(*(center - start[active]).T) > MAX_DRIFT) | ~_positive(new, MIN_DETERMINANT)
        failed[active[gone]], too_large[active[grown & ~gone]] = True, True
        done = np.max(np.abs(new - old), axis=1) < TOLERANCE * new[:, :2].sum(axis=1)
        kept = ~gone & ~grown
        weights.moments[active[kept]], weights.center[active[kept]] = new[kept], center[kept]
        active = active[kept & ~done]
    failed[active] = True
    return Outcome(failed, too_large)


def _look(
    weighted: NDArray[np.floating], basis: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Measure centers and moments of weighted sources, and tell which are there at all."""
    sums = (weighted @ basis).astype(np.float64)
    visible = sums[:, 0] > 0
    sums /= np.where(visible, sums[:, 0], 1.0)[:, None]
    mean = sums[:, 1:3]
    squares = mean[:, 0] ** 2, mean[:, 1] ** 2, mean[:, 0] * mean[:, 1]
    seen = sums[:, [3, 5, 4]] - np.stack(squares, axis=1)
    return mean, seen, visible & _positive(seen, MIN_DETERMINANT / 16)


def _deconvolved(
    old: NDArray[np.float64], old_center: NDArray[np.float64], seen: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take the weight out of what is seen through it; doubled where that leaves nothing positive."""
    through, weight = _inverse(seen), _inverse(old)
    difference = through - weight
    possible = _positive(difference, 0.0)[:, None]
    new = _inverse(np.where(possible, difference, through / 2))
    center = _times(new, _times(through, mean) - _times(weight, old_center))
    return new, np.where(possible, center, 2 * mean - old_center)


def _doubled(
    old: NDArray[np.float64], old_center: NDArray[np.float64], seen: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Double what is seen: half of it is the weight's once both are alike."""
    return 2 * seen, 2 * mean - old_center


def moment_errors(pixels: NDArray[np.float64], variance: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """Propagate the noise of the pixels to the moments, shape (n, 3).

    The weight that has the shape of its source solves a least-squares problem in the six coefficients of its exponent,
    whose derivatives are the weight times the monomials.

    Parameters
    ----------
    pixels, variance
        Stamps and the variance of their pixels, row by row, shape (n, s * s).
    weights
        Weights after `adapt`.
    """
    half_size = int(np.sqrt(pixels.shape[1])) // 2
    quartic = pixel_basis(half_size, 4)
    drawn = weights.drawn(np.arange(len(pixels)), pixel_basis(half_size, 2))
    amplitude = np.sum(drawn * pixels, axis=1) / np.sum(drawn**2, axis=1)
    terms, products = monomials(2), {exponents: k for k, exponents in enumerate(monomials(4))}
    index = np.array([[products[i + k, j + m] for k, m in terms] for i, j in terms])
    scale = np.array([half_size ** -(i + j) for i, j in terms])
    rescaled = scale[:, None] * scale
    slopes = drawn * (2 * drawn - pixels / amplitude[:, None])
    normal = (slopes @ quartic)[:, index] * rescaled
    noise = ((drawn**2 * variance) @ quartic)[:, index] * rescaled
    inverse = np.linalg.inv(normal)
    covariance = (inverse @ noise @ inverse)[:, 3:, 3:] * rescaled[3:, 3:] / amplitude[:, None, None] ** 2
    xx, yy, xy = weights.moments.T
    # The exponent is -(a u^2 + 2 c u v + b v^2) / 2 with (a, b, c) the inverse moments, and dM = -M d(M^-1) M.
    slope = np.stack(
        [
            np.stack([2 * xx**2, 2 * xx * xy, 2 * xy**2], axis=1),
            np.stack([2 * xy**2, 2 * xy * yy, 2 * yy**2], axis=1),
            np.stack([2 * xx * xy, xx * yy + xy**2, 2 * xy * yy], axis=1),
        ],
        axis=1,
    )
    spread = slope @ covariance @ slope.transpose(0, 2, 1)
    return np.asarray(np.sqrt(np.diagonal(spread, axis1=1, axis2=2)))
