"""Stars and galaxies told apart by how a source differs from the PSF."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve
from scipy.special import ndtr

from pipeline.pixels.psf import PsfModel
from pipeline.pixels.psf_photometry import MIN_COVERAGE
from pipeline.pixels.stamps import stamps_at

DISK_SCALE = 1 / 16
"""Scale length of the exponential disk that stands for the smallest galaxies, in FWHM of the PSF."""
LEAST_EXTENT = 0.003
"""Spread of the smallest source that is called extended: PSF models are not better than that."""
BATCH = 512


@dataclass(frozen=True)
class Spread:
    """How much more extended than the PSF n sources are; NaN where it cannot be told.

    Parameters
    ----------
    value
        0 for a point source, positive for a wider one, negative for a sharper one (a cosmic ray).
    error
        Standard error from the noise of the pixels.
    """

    value: NDArray[np.float64]
    error: NDArray[np.float64]


def widened(psf: PsfModel, fwhm: float) -> PsfModel:
    """Convolve a PSF model with a round exponential disk of 1/16 of its FWHM (pixels)."""
    scale, half = fwhm * DISK_SCALE, 4
    # The disk is smaller than a pixel: its pixel values are means over 21 x 21 points.
    fine = (np.arange(21 * (2 * half + 1)) + 0.5) / 21 - half - 0.5
    disk = np.exp(-np.hypot(fine[:, None], fine[None, :]) / scale)
    disk = disk.reshape(2 * half + 1, 21, 2 * half + 1, 21).mean(axis=(1, 3))
    disk /= disk.sum()
    return replace(psf, coefficients=np.stack([convolve(c, disk, mode="constant") for c in psf.coefficients]))


def measure_spread(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    psf: PsfModel,
    fwhm: float,
) -> Spread:
    """Compare every source with the local PSF and with a slightly wider profile.

    The linear discriminant of Mohr et al. (2012, SPIE 8451, 84510D) and Desai et al. (2012, ApJ 757, 83), known as
    SPREAD_MODEL: (G.p / PSF.p) - (G.PSF / PSF.PSF), with p the pixels and G the PSF convolved with an exponential
    disk of FWHM / 16. It needs no fit and works down to the detection limit.

    Parameters
    ----------
    image
        Pixels without sky and without the light of neighbors where that matters, shape (ny, nx).
    variance
        Variance of the pixels.
    usable
        Pixels that may be used.
    x, y
        Centroids (pixels), finite, shape (n,).
    psf
        PSF model.
    fwhm
        FWHM of the PSF (pixels).
    """
    disk = widened(psf, fwhm)
    value, error = np.full((2, len(x)), np.nan)
    for start in range(0, len(x), BATCH):
        rows = slice(start, start + BATCH)
        stamps = stamps_at(x[rows], y[rows], psf.half_size, usable.shape)
        good = stamps.inside & stamps.cut(usable)
        point, wide = (model.images(x[rows], y[rows]) * good for model in (psf, disk))
        pixels, noise = np.where(good, stamps.cut(image), 0.0), np.where(good, stamps.cut(variance), 0.0)
        through, expected = np.sum(point * pixels, axis=(1, 2)), np.sum(point**2, axis=(1, 2))
        ratio = np.sum(wide * point, axis=(1, 2)) / np.where(expected > 0, expected, 1.0)
        known = (through > 0) & (np.sum(point, axis=(1, 2)) > MIN_COVERAGE)
        scale = np.divide(1.0, through, out=np.full(len(through), np.nan), where=known)
        seen = np.sum(wide * pixels, axis=(1, 2)) * scale
        # The derivative of the ratio with respect to each pixel.
        slope = (wide - seen[:, None, None] * point) * scale[:, None, None]
        value[rows], error[rows] = seen - ratio, np.sqrt(np.sum(slope**2 * noise, axis=(1, 2)))
    return Spread(value, error)


def class_columns(spread: Spread, trustworthy: NDArray[np.bool_]) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
    """Classify the sources.

    Parameters
    ----------
    spread
        Their spread.
    trustworthy
        True where the PSF model is made of stars and the pixels are good.

    Returns
    -------
    dict
        `spreadModel`, `spreadModelErr`; `sizeExtendedness`, the probability in [0, 1] that the true spread exceeds
        that of the smallest galaxies if all values are equally likely beforehand; `extendedness`, 1 where that
        is more than one half, else 0; NaN and `extendedness_flag` where nothing can be told.
    """
    known = trustworthy & np.isfinite(spread.value) & (spread.error > 0)
    excess = np.divide(spread.value - LEAST_EXTENT, spread.error, out=np.full(len(known), np.nan), where=known)
    score: NDArray[np.float64] = np.where(known, ndtr(excess), np.nan)
    return {
        "spreadModel": spread.value,
        "spreadModelErr": spread.error,
        "sizeExtendedness": score,
        "extendedness": np.where(known, (score > 0.5).astype(np.float64), np.nan),
        "extendedness_flag": ~known,
    }
