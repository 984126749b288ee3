"""Cosmic rays on one image, told from stars by the sharpness of their edges."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.isr.cosmic_ray_kernel import FREE, HIT, LEFT_OUT, replace, scan, test
from pipeline.pixels.isr.defects import near
from pipeline.pixels.mask import BAD, NO_DATA, SAT

HALO: Final = 2
"""Pixels around saturated ones that are not tested: bleeding has edges as sharp as a cosmic ray's."""
SAMPLE: Final = 4
"""Every fourth row and column is enough for statistics of the frame."""
LOWEST: Final = 1.0
"""Percentile of the variance that is taken for the least noise of all."""


@dataclass(frozen=True)
class CosmicRayLimits:
    """Limits of the search; names and meaning as in L.A.Cosmic.

    Attributes
    ----------
    clip
        Least sharpness of a hit (standard deviations of the pixel).
    fraction
        Part of ``clip`` that a neighbour of a hit needs.
    contrast
        Least sharpness over the fine structure, which is what a pixel has in common with a star. Raise it where stars
        are narrower than two pixels.
    passes
        Most passes; each one sees what the last one laid bare.
    """

    clip: float = 4.5
    fraction: float = 0.3
    contrast: float = 2.2
    passes: int = 4


def find_cosmic_rays(
    image: NDArray[np.float32], variance: NDArray[np.float32], mask: NDArray[np.int32], limits: CosmicRayLimits
) -> NDArray[np.bool_]:
    """Find the pixels that cosmic rays hit.

    The Laplacian of the image, each pixel split into 2 x 2, is compared with the noise and with the fine structure (van
    Dokkum 2001, PASP 113, 1420). All medians are taken only where the Laplacian leaves the decision open, which is one
    pixel in a hundred; the noise of a pixel is the median of the variance around it, so that a hit does not hide in its
    own photons.

    Parameters
    ----------
    image
        Pixel values with the sky still in them, shape (ny, nx).
    variance
        Their variances, in the same unit squared.
    mask
        Mask planes; what is BAD, SAT or NO_DATA is never a hit.
    limits
        Limits of the search.
    """
    frame, noise = image.copy(), variance.copy()
    state = _states(mask)
    replace(frame, noise, state, _places((mask & (BAD | NO_DATA)) != 0))
    some = state[::SAMPLE, ::SAMPLE] == FREE
    if not np.any(some):
        return np.zeros(image.shape, dtype=np.bool_)
    least = np.sqrt(max(float(np.percentile(noise[::SAMPLE, ::SAMPLE][some], LOWEST)), 0.0))
    sky = np.float32(np.median(frame[::SAMPLE, ::SAMPLE][some]))
    pixels = scan(frame, state, np.float32(limits.clip * least))
    for _ in range(limits.passes):
        hits = [test(frame, noise, state, pixels, sky, np.float32(limits.clip), np.float32(limits.contrast))]
        if not len(hits[0]):
            break
        for part in (1.0, limits.fraction):  # neighbours that are as sharp, then theirs that are sharp enough
            beside = _around(np.concatenate(hits), 1, frame.shape)
            hits.append(test(frame, noise, state, beside, sky, np.float32(part * limits.clip), np.float32(0)))
        replace(frame, noise, state, np.concatenate(hits))
        pixels = _around(np.concatenate(hits), HALO, frame.shape)
    found: NDArray[np.bool_] = state == HIT
    return found


def _states(mask: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Leave out what is masked, and the surroundings of saturated pixels."""
    left_out = ((mask & (BAD | NO_DATA)) != 0) | near((mask & SAT) != 0, HALO)
    return np.where(left_out, LEFT_OUT, FREE).astype(np.uint8)


def _around(pixels: NDArray[np.int64], reach: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Give all pixels within a box around each of some, once, in the order of rows."""
    steps = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    near = (pixels[:, None] + offsets).reshape(-1, 2)
    near = near[np.all((near >= 0) & (near < shape), axis=1)]
    flat = np.unique(near[:, 0] * shape[1] + near[:, 1])
    return np.stack([flat // shape[1], flat % shape[1]], axis=-1)


def _places(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give y, x of the chosen pixels, shape (n, 2)."""
    return np.ascontiguousarray(np.argwhere(chosen))
