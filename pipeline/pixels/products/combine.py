"""Many frames into one: the clipped mean of each pixel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.combine_kernel import clipped_means, deviations

LEAST_FRAMES = 3
"""With two nobody can tell which one a cosmic ray has hit."""
BLOCK = 64
"""Side (pixels) of the blocks whose noise is taken for the same."""
STEP = 4
"""Every how many rows and columns the noise of a block is looked at."""


@dataclass(frozen=True)
class Combined:
    """The clipped mean of many frames.

    Parameters
    ----------
    mean
        Shape (ny, nx), in the unit of the frames; NaN where no frame had a value.
    variance
        Variance of the mean, unit squared; NaN where the mean is.
    n_used
        How many frames each pixel is the mean of.
    """

    mean: NDArray[np.float32]
    variance: NDArray[np.float32]
    n_used: NDArray[np.int16]


def combine(frames: NDArray[np.float32], n_sigma: float = 3.0) -> Combined:
    """Average frames pixel by pixel, without what stands out in one of them.

    A pixel is clipped about its median by `n_sigma` of its own noise or that of its neighbourhood, whichever is larger.
    Its own noise, from the median absolute deviation, is poor with a handful of frames: alone it would clip values that
    are well, and the mean would be noisier than it says. A standard deviation instead would hide what it should find.

    Parameters
    ----------
    frames
        Shape (n, ny, nx); NaN where a frame has no value.
    n_sigma
        How far a value may be from the median (standard deviations).

    Raises
    ------
    BadImage
        Raised if there are fewer than three frames.
    """
    if len(frames) < LEAST_FRAMES:
        raise BadImage(f"{len(frames)} frames are not enough to combine", f"Take at least {LEAST_FRAMES}.")
    frames = np.ascontiguousarray(frames, dtype=np.float32)
    scale = _scale(len(frames))
    mean, noise, n_used = clipped_means(frames, _neighbourhood_noise(frames, scale), scale, n_sigma)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n_used > 0, noise**2 / n_used, np.float32(np.nan)).astype(np.float32)
    return Combined(mean, variance, n_used)


def _neighbourhood_noise(frames: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Give the standard deviation of single frames around each pixel: the mean over some of the pixels of a block."""
    _, ny, nx = frames.shape
    sampled = deviations(np.ascontiguousarray(frames[:, ::STEP, ::STEP])) * np.float32(scale)
    side = BLOCK // STEP
    rows, columns = -(-sampled.shape[0] // side), -(-sampled.shape[1] // side)
    padded = np.full((rows * side, columns * side), np.nan, np.float32)
    padded[: sampled.shape[0], : sampled.shape[1]] = sampled
    blocks = padded.reshape(rows, side, columns, side).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    blocks[np.isnan(blocks).all(axis=2)] = 0
    # The mean, as the factor is for means; a column of noisy pixels does not count where it is alone.
    level = np.nanmean(np.minimum(blocks, 4 * np.nanmedian(blocks, axis=2, keepdims=True)), axis=2)
    return np.repeat(np.repeat(level.astype(np.float32), BLOCK, axis=0), BLOCK, axis=1)[:ny, :nx].copy()


def _scale(n: int) -> float:
    """Give the standard deviation per median absolute deviation of n normal values, on average.

    Croux & Rousseeuw (1992), table 1 and equation 14.
    """
    small = {2: 1.196, 3: 1.495, 4: 1.363, 5: 1.206, 6: 1.200, 7: 1.140, 8: 1.129, 9: 1.107}
    return 1.4826 * small.get(n, n / (n - 0.8))
