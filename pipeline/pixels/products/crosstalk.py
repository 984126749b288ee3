"""What amplifiers hear of each other, from frames with bright sources."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.pixels.errors import BadImage

REJECT = 4.0
"""Standard deviations from which a pixel of the victim shows something of its own."""
ROUNDS = 5
"""Rounds of rejection; each finds fewer."""
OWN = 5.0
"""Standard deviations from which light in a victim may be its own."""
STRONGEST = 2e-3
"""The most that anybody hears of another: what is more is the victim's own light."""
RIM = 12
"""Width (pixels) of the wings around a victim's own light."""
LEAST_PIXELS = 50
"""Fewest bright pixels that a coefficient may rest on."""


@dataclass(frozen=True)
class Crosstalk:
    """Coefficients: victim `i` reads `coefficient[i, j]` times what source `j` holds.

    Parameters
    ----------
    coefficient, error
        Shape (n, n); NaN where no source was bright enough, 0 on the diagonal.
    n_pixels
        How many pixels each is of.
    """

    coefficient: NDArray[np.float64]
    error: NDArray[np.float64]
    n_pixels: NDArray[np.int64]


def measure_crosstalk(
    frames: Sequence[NDArray[np.float32]], threshold: float, saturation: NDArray[np.float64]
) -> Crosstalk:
    """Fit what each amplifier shows where others are bright.

    Least squares of the victim's counts by those of all others at once, over all frames: a victim hears the fainter
    sources with the bright one. Pixels are left out where the victim has light of its own, where any source is
    saturated, and where the fit does not hold.

    Parameters
    ----------
    frames
        Of each frame the amplifiers in the order in which they are read, bias subtracted, shape (n, ny, nx) (adu).
    threshold
        Counts above sky from which a pixel is bright (adu).
    saturation
        Counts from which a source's own value means nothing, by amplifier (adu).

    Raises
    ------
    BadImage
        Raised if there is no frame, or they differ in their amplifiers.
    """
    shapes = {frame.shape[0] for frame in frames}
    if len(shapes) != 1:
        raise BadImage(f"crosstalk needs frames of equal amplifiers, not of {sorted(shapes)}", "Take one camera's.")
    n = shapes.pop()
    seen = [_Seen.of(frame, threshold, np.asarray(saturation, float)) for frame in frames]
    coefficient, error = np.full((n, n), np.nan), np.full((n, n), np.nan)
    n_pixels = np.zeros((n, n), np.int64)
    for victim in range(n):
        others = np.delete(np.arange(n), victim)
        sources = np.concatenate([one.light[others][:, one.tells[victim]] for one in seen], axis=1)
        heard = np.concatenate([one.light[victim][one.tells[victim]] for one in seen])
        coefficient[victim, victim] = error[victim, victim] = 0
        n_pixels[victim, others] = (sources > threshold).sum(axis=1)
        known = n_pixels[victim, others] >= LEAST_PIXELS
        if known.any():
            coefficient[victim, others[known]], error[victim, others[known]] = _slopes(sources[known], heard)
    return Crosstalk(coefficient, error, n_pixels)


@dataclass(frozen=True)
class _Seen:
    """A frame without its sky, shape (n, ny, nx), and the pixels that tell something about each victim."""

    light: NDArray[np.float64]
    tells: NDArray[np.bool_]

    @classmethod
    def of(cls, frame: NDArray[np.float32], threshold: float, saturation: NDArray[np.float64]) -> "_Seen":
        own = np.asarray(frame - np.median(frame, axis=(1, 2), keepdims=True) > threshold)
        light = frame.astype(float)
        for _ in range(2):  # the wings of what the first sky shows would lift the second
            dark = np.asarray(~own.any(axis=0))
            light = frame - np.array([_sky(one, dark) for one in frame])
            own = _own_light(light)
        bright = (light > threshold).any(axis=0) & ~(frame >= saturation.reshape(-1, 1, 1)).any(axis=0)
        return cls(light, bright & ~own)


def _own_light(light: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where an amplifier shows more than it can hear of the others, and the wings of that."""
    noise = 1.4826 * np.median(np.abs(light), axis=(1, 2), keepdims=True)
    positive = light.clip(min=0)
    excess = light > OWN * noise + STRONGEST * (positive.sum(axis=0) - positive)
    return np.array([ndimage.binary_dilation(ndimage.binary_opening(one), iterations=RIM) for one in excess])


def _sky(image: NDArray[np.float32], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit a parabola to the sky: blocks would carry their own noise into all the pixels of a source."""
    ny, nx = image.shape
    y, x = np.meshgrid(np.linspace(-1, 1, ny), np.linspace(-1, 1, nx), indexing="ij")
    terms = np.array([np.ones_like(x), x, y, x * x, x * y, y * y])
    fitted = usable.copy()
    sky = np.full(image.shape, np.median(image), float)
    for _ in range(ROUNDS):
        sky = np.tensordot(np.linalg.lstsq(terms[:, fitted].T, image[fitted].astype(float), rcond=None)[0], terms, 1)
        residual = image - sky
        fitted = usable & (np.abs(residual) <= REJECT * 1.4826 * np.median(np.abs(residual[usable])))
    return sky


def _slopes(
    sources: NDArray[np.float64], heard: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a victim by its sources and a constant; give slopes and their standard errors."""
    matrix = np.vstack([sources, np.ones_like(heard)])
    used = np.ones(len(heard), bool)
    slopes = covariance = np.zeros(0)
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(matrix[:, used] @ matrix[:, used].T)
        slopes = covariance @ (matrix[:, used] @ heard[used])
        residual = heard - slopes @ matrix
        scatter = 1.4826 * float(np.median(np.abs(residual[used])))
        covariance *= scatter**2
        fresh = np.abs(residual) <= REJECT * max(scatter, 1e-12)
        if (fresh == used).all():
            break
        used = fresh
    return slopes[:-1], np.sqrt(np.diag(covariance)[:-1])
