"""Frames combined into the image of a product, some rows at a time."""

from collections.abc import Sequence

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray
from pydantic import Field

from pipeline.errors import BadInput
from pipeline.image import Image
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import NO_DATA
from pipeline.pixels.products.combine import BLOCK, combine
from pipeline.products.frames import Frame
from pipeline.task import TaskConfig

STRIP = 4 * BLOCK
"""Rows of all frames that are in memory at a time."""


class CombineConfig(TaskConfig):
    """How frames are combined."""

    n_sigma: float = Field(3.0, gt=1, description="Values farther than that from the median are left out.")


def combined(
    frames: Sequence[Frame], config: CombineConfig, scales: Sequence[float] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the clipped mean of frames and its variance, shape (ny, nx); NaN where no frame has a value.

    Parameters
    ----------
    scales
        What each frame is divided by before; nothing without.

    Raises
    ------
    BadInput
        Raised if there are too few frames.
    """
    ny, nx = frames[0].shape
    mean, variance = np.empty((ny, nx), np.float32), np.empty((ny, nx), np.float32)
    divisors = np.asarray(scales if scales is not None else [1.0] * len(frames), np.float32)[:, None, None]
    for start in range(0, ny, STRIP):
        stop = min(start + STRIP, ny)
        stack = np.array([frame.rows(start, stop) for frame in frames], np.float32)
        stack /= divisors
        try:
            found = combine(stack, config.n_sigma)
        except BadImage as error:
            raise BadInput(str(error)) from error
        mean[start:stop], variance[start:stop] = found.mean, found.variance
    return mean, variance


def product(frame: Frame, mean: NDArray[np.float32], variance: NDArray[np.float32], unit: str, *shared: str) -> Image:
    """Make the image of a product; where nothing is known the mask says NO_DATA.

    It names the frame's detector, and no exposure; `shared` names what else of the facts all frames have in common.
    The variance is never 0: then it would be unknown.
    """
    known = np.isfinite(mean)
    exposure = Exposure(
        image=np.where(known, mean, np.float32(0)),
        variance=np.where(known, np.maximum(variance, np.float32(1e-12)), np.float32(0)),
        mask=np.where(known, 0, NO_DATA).astype(np.int32),
        wcs=WCS(naxis=2),
        pixel_unit=unit,
        exp_time=1.0,
        mid_mjd_tai=float("nan"),
        band="",
    )
    return Image(exposure, {name: frame.facts[name] for name in ("instrument", "detector", *shared)})
