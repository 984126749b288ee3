"""Summary columns of one calibrated detector image."""

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.astrometry import Astrometry
from pipeline.pixels.background import Background
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.gaussian_fit import SIGMA_TO_FWHM
from pipeline.pixels.photometry import ZeroPoint, limiting_magnitude
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.psf_fit import FEW_STARS, kind
from pipeline.pixels.shape import adaptive_moments

Summary = dict[str, float | int | bool | str]


def image_summary(exposure: Exposure, wcs: WCS) -> Summary:
    """Describe size, place and time of the image; corners are outer corners of the corner pixels (degrees)."""
    ny, nx = exposure.image.shape
    x = np.array([(nx - 1) / 2, -0.5, -0.5, nx - 0.5, nx - 0.5])
    y = np.array([(ny - 1) / 2, -0.5, ny - 0.5, ny - 0.5, -0.5])
    ra, dec = wcs.all_pix2world(x, y, 0)
    summary: Summary = {
        "expTime": exposure.exp_time,
        "expMidptMJD": exposure.mid_mjd_tai,
        "xSize": nx,
        "ySize": ny,
        "pixelScale": pixel_scale(wcs, (ny, nx)),
        "pixelUnit": exposure.pixel_unit,
    }
    for i, corner in enumerate(["", "llc", "ulc", "urc", "lrc"]):
        summary[f"{corner}ra"], summary[f"{corner}dec"] = float(ra[i]), float(dec[i])
    return summary


def pixel_scale(wcs: WCS, shape: tuple[int, int]) -> float:
    """Compute the side (arcsec) of a square of the area of the middle pixel."""
    x, y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    ra, dec = wcs.all_pix2world([x - 0.5, x + 0.5, x, x], [y, y, y - 0.5, y + 0.5], 0)
    east = ((np.diff(ra)[::2] + 180.0) % 360.0 - 180.0) * np.cos(np.deg2rad(dec.mean()))
    north = np.diff(dec)[::2]
    return float(3600.0 * np.sqrt(abs(east[0] * north[1] - east[1] * north[0])))


def astrometry_summary(solution: Astrometry, has_reference: bool, min_standards: int) -> Summary:
    """Describe the residuals of the standards; NaN without any."""
    separation = np.hypot(solution.residual[:, 0], solution.residual[:, 1])
    count = len(separation)
    rms = np.sqrt(np.mean(solution.residual**2, axis=0)) if count else np.full(2, np.nan)
    return {
        "astromOffsetMean": float(np.mean(separation)) if count else np.nan,
        "astromOffsetStd": float(np.std(separation)) if count else np.nan,
        "astromRaRms": float(rms[0]),
        "astromDecRms": float(rms[1]),
        "nAstrometryStar": count,
        "astrometry_flag_fewStandards": has_reference and count < min_standards,
        "astrometry_flag_noReference": not has_reference,
    }


def photometry_summary(zero_point: ZeroPoint, from_header: bool, min_standards: int) -> Summary:
    """Describe the zero point."""
    count = int(np.sum(zero_point.used))
    return {
        "zeroPoint": zero_point.value,
        "zeroPointErr": zero_point.error,
        "zeroPointScatter": zero_point.scatter,
        "nPhotometryStar": count,
        "photometry_flag_fewStandards": not from_header and count < min_standards,
        "photometry_flag_fromHeader": from_header,
    }


def psf_summary(psf: PsfModel, star_fwhm: float, scale: float, shape: tuple[int, int]) -> Summary:
    """Describe the PSF in the middle of the image; NaN without a star.

    Where the pixels are as wide as the stars, the adaptive weight may shrink into a single pixel and see nothing. The
    width is then that of the Gaussians fitted to the stars, the same least squares on real stars, and the ellipticity
    is NaN.

    Parameters
    ----------
    psf
        PSF model.
    star_fwhm
        Median FWHM (pixels) of Gaussians fitted to the stars.
    scale
        Pixel scale (arcsec).
    shape
        Rows and columns of the image.
    """
    sigma, e1, e2 = star_fwhm / SIGMA_TO_FWHM, np.nan, np.nan
    if psf.n_stars > 0:
        moments = adaptive_moments(psf.image(shape[1] // 2, shape[0] // 2), sigma)
        e1, e2 = moments.ellipticity
        sigma = moments.sigma if np.isfinite(moments.sigma) else sigma
    return {
        "psfSigma": sigma,
        "seeing": sigma * SIGMA_TO_FWHM * scale,
        "psfFwhm": star_fwhm,
        "psfE1": e1,
        "psfE2": e2,
        "nPsfStar": psf.n_stars,
        "psfModel": kind(psf),
        "psf_flag_fewStars": psf.n_stars < FEW_STARS,
    }


def depth_summary(background: Background, usable: NDArray[np.bool_], psf: PsfModel, zero_point: float) -> Summary:
    """Describe sky and depth over the usable pixels; the depth is NaN without a PSF star or zero point."""
    ny, nx = usable.shape
    noise = float(np.median(background.noise[usable]))
    depth = np.nan
    if psf.n_stars > 0 and noise > 0:
        depth = limiting_magnitude(zero_point, noise, 1.0 / float(np.sum(psf.image(nx // 2, ny // 2) ** 2)))
    return {"skyBg": float(np.median(background.level[usable])), "skyNoise": noise, "magLim": depth}
