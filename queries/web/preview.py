"""Pictures of images: stretched, binned, as PNG."""

import math
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from queries.errors import NoPicture
from queries.web.pixels import Pixels

LARGEST = 1024  # pixels of the longer side of a picture
SAMPLE = 200_000  # pixels that the stretch is taken from
FLOOR = 2.0  # black lies so many standard deviations of the sky below it
SOFTENING = 1.5  # standard deviations of the sky up to which the stretch is about linear
BRIGHT = 99.7  # percentile that becomes white
# Colours of mask planes that are told apart on grey, also by colour-blind eyes (Okabe & Ito 2008).
COLOURS = {
    "SAT": (230, 159, 0), "CR": (0, 158, 115), "BAD": (213, 94, 0), "INTRP": (86, 180, 233), "EDGE": (204, 121, 167),
    "DETECTED": (0, 114, 178), "SUSPECT": (240, 228, 66), "NO_DATA": (170, 60, 120),
}  # fmt: skip
OTHER = (150, 150, 150)


def draw(pixels: Pixels) -> bytes:
    """Draw an image as grey PNG, north or whatever is up in its rows up; blank pixels are black.

    The stretch is asinh (Lupton et al. 2004, doi:10.1086/382245) from just below the sky to the brightest 0.3 %.
    """
    binned = shrink(pixels.image, bins(pixels))
    low, scale, high = stretch(binned)
    with np.errstate(invalid="ignore"):
        grey = np.arcsinh((binned - low) / scale) / np.arcsinh((high - low) / scale)
    levels = np.nan_to_num(np.rint(255 * np.clip(grey, 0, 1))).astype(np.uint8)
    return _png(Image.fromarray(levels[::-1]))


def draw_plane(pixels: Pixels, plane: str) -> bytes:
    """Draw one plane of the mask as a PNG that is clear elsewhere, of the size of `draw`.

    Raises
    ------
    NoPicture
        Raised if there is no such plane.
    """
    if pixels.mask is None or plane not in pixels.planes:
        raise NoPicture("the image", f"has no mask plane {plane}")
    flagged = (pixels.mask >> pixels.planes[plane]) & 1
    share = shrink(flagged, bins(pixels))
    colour = np.empty((*share.shape, 4), dtype=np.uint8)
    colour[..., :3] = COLOURS.get(plane, OTHER)
    # A single flagged pixel of a large image must still be seen.
    colour[..., 3] = np.where(share > 0, 110 + 80 * np.nan_to_num(share), 0)
    return _png(Image.fromarray(colour[::-1]))


def draw_psf(psf: NDArray[np.float64], side: int = 264) -> bytes:
    """Draw a PSF, shape (n, n), so that its wings are seen: the stretch is logarithmic over four decades.

    Raises
    ------
    NoPicture
        Raised if it has no peak.
    """
    if not np.isfinite(psf).all() or not psf.max() > 0:
        raise NoPicture("the PSF", "has no peak")
    light = np.log10(np.clip(psf / psf.max(), 1e-4, 1)) / 4 + 1
    levels = np.rint(255 * light).astype(np.uint8)
    return _png(Image.fromarray(levels[::-1]).resize((side, side), Image.Resampling.NEAREST))


def radial_profile(psf: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Give radius [pixel] and value relative to the peak of each node within the largest circle, by radius."""
    offset = np.arange(psf.shape[0]) - psf.shape[0] // 2
    radius = np.hypot(offset[:, None], offset[None, :])
    inside = radius <= offset[-1]
    order = np.argsort(radius[inside], kind="stable")
    values = psf[inside][order] / psf.max()
    return list(zip(radius[inside][order].tolist(), values.tolist(), strict=True))


def bins(pixels: Pixels) -> int:
    """Give how many pixels a side are averaged; colour cells are averaged whole, else they would be a chequerboard."""
    longest: int = max(pixels.image.shape)
    needed = math.ceil(longest / LARGEST)
    return max(2, needed + needed % 2) if pixels.bayer else max(1, needed)


def shrink(image: NDArray[np.generic], factor: int) -> NDArray[np.float32]:
    """Average squares of pixels, shape (ceil(ny / factor), ceil(nx / factor)); blank pixels are left out."""
    ny, nx = image.shape
    # A strip that is thinner than a square is not filled up to one: it would be larger than the image.
    tall, wide = min(factor, ny), min(factor, nx)
    padded = np.full((-(-ny // tall) * tall, -(-nx // wide) * wide), np.nan, dtype=np.float32)
    with np.errstate(over="ignore"):  # what is too large for the type becomes infinite, which is blank
        padded[:ny, :nx] = image
    if factor == 1:
        return padded
    cells = padded.reshape(padded.shape[0] // tall, tall, padded.shape[1] // wide, wide)
    good = np.isfinite(cells)
    number = good.sum(axis=(1, 3))
    total = np.where(good, cells, np.float32(0)).sum(axis=(1, 3), dtype=np.float64)
    averaged: NDArray[np.float32] = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0).astype(
        np.float32
    )
    return averaged


def stretch(image: NDArray[np.float32]) -> tuple[float, float, float]:
    """Give black, softening and white of an image; an image of few values goes from the least to the greatest."""
    values = image[np.isfinite(image)]
    if not values.size:
        return 0.0, 1.0, 1.0
    values = values[:: max(1, values.size // SAMPLE)].astype(np.float64)
    sky = float(np.median(values))
    noise = 1.4826 * float(np.median(np.abs(values - sky)))
    if noise == 0.0:
        low, high = float(values.min()), float(values.max())
        return low, max(high - low, 1.0), max(high, low + 1.0)
    high = max(float(np.percentile(values, BRIGHT)), sky + 10 * noise)
    return sky - FLOOR * noise, SOFTENING * noise, high


def _png(picture: Image.Image) -> bytes:
    stream = BytesIO()
    picture.save(stream, "PNG", compress_level=3)
    return stream.getvalue()
