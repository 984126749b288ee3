"""First pass over an image: the stars and the PSF they show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.detection import Detections, detect, gaussian_kernel
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.gaussian_fit import fit_gaussian
from pipeline.pixels.mask import UNDETECTABLE, unusable
from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.psf_fit import fit_psf
from pipeline.pixels.stamps import stamps_at
from pipeline.pixels.standards import Standards
from pipeline.pixels.star_selection import select_stars
from pipeline.pixels.wcs_fit import Plane


@dataclass(frozen=True)
class StarPsf:
    """PSF of an image and the stars that show it.

    Parameters
    ----------
    psf
        Model: a round Moffat of the default FWHM, made of 0 stars, where no star was found.
    fwhm
        Median FWHM (pixels) of Gaussians fitted to the stars; NaN without a star.
    x, y
        Positions of the candidate stars (pixels), shape (n,).
    used
        True for the candidates that the model was made of.
    """

    psf: PsfModel
    fwhm: float
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    used: NDArray[np.bool_]


def find_star_psf(
    exposure: Exposure, pixels: NDArray[np.float32], standards: Standards, plane: Plane, config: CalibrateConfig
) -> StarPsf:
    """Detect with a Gaussian kernel, choose stars and fit the PSF.

    Parameters
    ----------
    exposure
        Cleaned exposure.
    pixels
        Its image without sky.
    standards
        Reference stars, which tell the size of a star.
    plane
        Header WCS and tangent plane.
    config
        Thresholds and sizes.
    """
    masked, bad = (exposure.mask & UNDETECTABLE) != 0, unusable(exposure.mask)
    kernel = gaussian_kernel(config.default_fwhm)
    found = detect(pixels, exposure.variance, masked, kernel, config.criteria)
    clean = _clean(found, bad, config.psf_half_size)
    rows = select_stars(
        found,
        clean,
        _known_stars(found, clean, standards, plane, config),
        min_snr=config.psf_min_snr,
        max_stars=config.psf_max_stars,
        reach=config.psf_half_size + config.default_fwhm,
    )
    x, y = found.x[rows], found.y[rows]
    if len(rows) == 0:
        fallback = moffat_psf(config.default_fwhm, plane.shape, config.psf_half_size)
        return StarPsf(fallback, np.nan, x, y, np.zeros(0, dtype=np.bool_))
    widths = _gaussian_fwhm(pixels, bad, x, y, config)
    guess = float(np.median(widths)) if len(widths) else config.default_fwhm
    stars = fit_psf(pixels, exposure.variance, ~bad, x, y, guess, config.psf_half_size)
    widths = _gaussian_fwhm(pixels, bad, x[stars.used], y[stars.used], config)
    fwhm = float(np.median(widths)) if len(widths) else np.nan
    return StarPsf(stars.psf, fwhm, x, y, stars.used)


def _clean(found: Detections, bad: NDArray[np.bool_], half_size: int) -> NDArray[np.bool_]:
    """Tell which sources have their PSF stamp on the image and its inner half free of unusable pixels."""
    shape = (bad.shape[0], bad.shape[1])
    whole, core = (stamps_at(found.x, found.y, size, shape) for size in (half_size, half_size // 2))
    spoiled: NDArray[np.bool_] = np.any(core.cut(bad) & core.inside, axis=(1, 2))
    return ~whole.clipped & ~spoiled


def _known_stars(
    found: Detections, clean: NDArray[np.bool_], standards: Standards, plane: Plane, config: CalibrateConfig
) -> NDArray[np.bool_]:
    """Tell which sources a reference catalog lists."""
    known = np.zeros(len(found.x), dtype=np.bool_)
    bright = clean & (found.snr > config.standard_min_snr)
    known[standards.solve(found.x, found.y, found.flux, bright, plane, config).source] = True
    return known


def _gaussian_fwhm(
    pixels: NDArray[np.float32],
    bad: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    config: CalibrateConfig,
) -> NDArray[np.float64]:
    """Fit a Gaussian to each star; FWHM (pixels) of those where it converged."""
    stamps = stamps_at(x, y, config.psf_half_size, (pixels.shape[0], pixels.shape[1]))
    good = stamps.inside & ~stamps.cut(bad)
    values = stamps.cut(pixels).astype(np.float64)
    fits = (fit_gaussian(value, use, config.default_fwhm) for value, use in zip(values, good, strict=True))
    return np.array([fit.fwhm for fit in fits if fit is not None])
