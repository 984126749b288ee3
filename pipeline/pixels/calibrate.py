"""Calibration of one detector image, from pixels to catalog."""

from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.pixels import mask as planes
from pipeline.pixels.aperture_correction import correction_columns
from pipeline.pixels.astrometry import Astrometry
from pipeline.pixels.background import fit_background
from pipeline.pixels.catalog import (
    Columns,
    flux_columns,
    form_columns,
    pixel_columns,
    position_columns,
    surroundings_columns,
)
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.measurement import Measurements, measure
from pipeline.pixels.photometry import ZeroPoint
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.standards import Standards
from pipeline.pixels.star_psf import StarPsf, find_star_psf
from pipeline.pixels.summary import (
    Summary,
    astrometry_summary,
    depth_summary,
    image_summary,
    photometry_summary,
    psf_summary,
)
from pipeline.pixels.wcs_fit import Plane

SAME_SOURCE = 2.0
"""Largest distance (pixels) between the two passes' positions of one source."""


@dataclass(frozen=True)
class Calibrated:
    """Catalog, calibration and models of one detector image.

    Parameters
    ----------
    sources
        Columns of the `source` table that pixels can tell, one entry per source, sorted by y, then x.
    summary
        Columns of the `visit_detector` table that pixels can tell.
    psf
        PSF model. Where `summary["nPsfStar"]` is 0 it is a guess, and all PSF fluxes are flagged.
    background
        Sky model in the pixel unit, shape (ny, nx).
    mask
        Mask planes of the exposure with DETECTED, EDGE and NO_DATA filled in.
    wcs
        World coordinates after the fit: the header's own when too few standards were found.
    footprints
        Row (from 1) in `sources` of the source that each pixel belongs to, 0 for none; shape (ny, nx).
    """

    sources: Columns
    summary: Summary
    psf: PsfModel
    background: NDArray[np.float32]
    mask: NDArray[np.int32]
    wcs: WCS
    footprints: NDArray[np.int32]


def calibrate(image: Exposure, reference: NDArray[np.void] | None, config: CalibrateConfig) -> Calibrated:
    """Model the sky and the PSF, detect and measure the sources, calibrate positions and fluxes.

    The result depends on the arguments alone, to the last bit.

    Parameters
    ----------
    image
        Exposure with the instrument signature removed.
    reference
        Rows of the `reference_star` table around the image, shape (n,); None without a catalog. More stars than
        the image shows help to tell the variable ones.
    config
        Parameters.

    Raises
    ------
    BadImage
        No pixel is usable, or detection is swamped.
    """
    exposure = image.cleaned()
    plane = Plane.of(exposure.wcs, (exposure.image.shape[0], exposure.image.shape[1]))
    standards = Standards.of(reference, exposure.mid_mjd_tai, exposure.band, config)
    undetectable = (exposure.mask & planes.UNDETECTABLE) != 0
    background = fit_background(exposure.image, undetectable, config.mesh_size, config.mesh_filter)
    stars = find_star_psf(exposure, exposure.image - background.level, standards, plane, config)
    measured = measure(exposure.image, exposure.variance, exposure.mask, background, stars.psf, config)
    solution = _solve(measured, standards, plane, config)
    zero_point = _zero_point(measured, solution, standards, exposure.header_zero_point, config)
    scale = image_summary(exposure, solution.wcs)
    summary: Summary = {
        **scale,
        **astrometry_summary(solution, reference is not None, config.min_standards),
        **photometry_summary(zero_point, exposure.header_zero_point is not None, config.min_standards),
        "photometry_flag_noColourTerm": bool(np.any(zero_point.used)) and len(config.colour_terms[exposure.band]) == 1,
        **psf_summary(stars.psf, stars.fwhm, float(scale["pixelScale"]), plane.shape),
        **depth_summary(background, ~undetectable, stars.psf, zero_point.value),
        "nSource": len(measured.found.x),
    }
    fit, calibrators = measured.psf_fit, _calibration_flags(measured, stars, solution, zero_point)
    sources = {
        "midpointMjdTai": np.full(len(measured.found.x), exposure.mid_mjd_tai),
        **position_columns(measured, solution.wcs),
        **flux_columns(measured, zero_point.value),
        **pixel_columns(measured),
        **form_columns(measured),
        **surroundings_columns(measured, stars.psf),
        **correction_columns(measured.apertures, fit.flux, calibrators["calib_psf_used"], fit.x, fit.y, plane.shape),
        **calibrators,
    }
    return Calibrated(
        sources, summary, stars.psf, background.level, measured.mask, solution.wcs, measured.found.footprints
    )


def _solve(measured: Measurements, standards: Standards, plane: Plane, config: CalibrateConfig) -> Astrometry:
    """Match and fit with the sources that are whole, unsaturated and bright enough."""
    fit = measured.psf_fit
    significant = fit.flux > config.standard_min_snr * fit.flux_error
    saturated = (measured.nearest(planes.spread(measured.mask)) & planes.SAT) != 0
    clean = significant & ~fit.centroid_failed & ~fit.clipped & ~saturated
    error = np.sqrt(np.trace(fit.position_covariance, axis1=1, axis2=2) / 2)
    return standards.solve(fit.x, fit.y, fit.flux, clean, plane, config, error)


def _zero_point(
    measured: Measurements,
    solution: Astrometry,
    standards: Standards,
    from_header: float | None,
    config: CalibrateConfig,
) -> ZeroPoint:
    """Take the zero point of the file, or compare the matched sources with the standards."""
    if from_header is not None:
        return ZeroPoint(from_header, np.nan, np.nan, np.zeros(len(solution.source), dtype=np.bool_))
    flux = np.where(measured.psf_flag, np.nan, measured.psf_fit.flux)
    return standards.zero_point(flux, solution, config.min_standards)


def _calibration_flags(measured: Measurements, stars: StarPsf, solution: Astrometry, zero_point: ZeroPoint) -> Columns:
    """Mark the sources that calibrated the image."""
    count = len(measured.found.x)
    flags = {
        name: np.zeros(count, dtype=np.bool_)
        for name in ("calib_psf_candidate", "calib_psf_used", "calib_astrometry_used", "calib_photometry_used")
    }
    flags["calib_astrometry_used"][solution.source[solution.used]] = True
    flags["calib_photometry_used"][solution.source[zero_point.used]] = True
    if count and len(stars.x):
        tree = cKDTree(np.stack([measured.psf_fit.x, measured.psf_fit.y], axis=1))
        distance, nearest = tree.query(np.stack([stars.x, stars.y], axis=1))
        source, near = np.asarray(nearest, dtype=np.intp), np.asarray(distance) < SAME_SOURCE
        flags["calib_psf_candidate"][source[near]] = True
        flags["calib_psf_used"][source[near & stars.used]] = True
    return flags
