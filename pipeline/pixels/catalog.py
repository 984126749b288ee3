"""Columns of the source catalog."""

from typing import Any, Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.aperture import RADII
from pipeline.pixels.detection import Detections
from pipeline.pixels.measurement import Measurements
from pipeline.pixels.moments import shape_columns
from pipeline.pixels.neighbours import border_columns, neighbor_columns
from pipeline.pixels.photometry import to_njy
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.star_galaxy import class_columns

Columns = dict[str, NDArray[Any]]

FOOTPRINT_FLAGS: Final = {
    "pixelFlags_bad": planes.BAD,
    "pixelFlags_cr": planes.CR,
    "pixelFlags_edge": planes.EDGE,
    "pixelFlags_interpolated": planes.INTRP,
    "pixelFlags_nodata": planes.NO_DATA,
    "pixelFlags_saturated": planes.SAT,
    "pixelFlags_suspect": planes.SUSPECT,
}
"""Column to the plane that sets it anywhere in the footprint or next to it."""


def flux_columns(measured: Measurements, zero_point: float) -> Columns:
    """Compute fluxes in the pixel unit and in nJy."""
    fit, sums = measured.psf_fit, measured.apertures
    twelve = RADII.index(12)
    columns: Columns = {
        "psfFlux": to_njy(fit.flux, zero_point),
        "psfFluxErr": to_njy(fit.flux_error, zero_point),
        "psfFlux_instFlux": fit.flux,
        "psfFlux_instFluxErr": fit.flux_error,
        "psfFlux_chi2": np.minimum(fit.chi2, np.finfo(np.float32).max).astype(np.float32),
        "apFlux_12_0_instFlux": sums.flux[:, twelve],
        "apFlux_12_0_instFluxErr": sums.flux_error[:, twelve],
    }
    for i, radius in enumerate(RADII):
        columns[f"ap{radius:02d}Flux"] = to_njy(sums.flux[:, i], zero_point)
        columns[f"ap{radius:02d}FluxErr"] = to_njy(sums.flux_error[:, i], zero_point)
        columns[f"ap{radius:02d}Flux_flag"] = sums.flag[:, i]
    return {**columns, **total_flux_columns(measured, zero_point)}


def total_flux_columns(measured: Measurements, zero_point: float) -> Columns:
    """Compute Kron and Petrosian fluxes in nJy, and their radii."""
    kron, petro = measured.kron, measured.petrosian
    return {
        "kronFlux": to_njy(kron.flux, zero_point),
        "kronFluxErr": to_njy(kron.flux_error, zero_point),
        "kronRad": kron.radius.astype(np.float32),
        "kronFlux_flag": kron.flag,
        "kronFlux_flag_used_minimum_radius": kron.least,
        "petroFlux": to_njy(petro.flux, zero_point),
        "petroFluxErr": to_njy(petro.flux_error, zero_point),
        "petroRad": petro.radius.astype(np.float32),
        "petroR50": petro.half_light.astype(np.float32),
        "petroR90": petro.ninety.astype(np.float32),
        "petroFlux_flag": petro.flag,
    }


def blend_columns(found: Detections) -> Columns:
    """Tell where each footprint lies and with what it is blended.

    `parent` is the row of the brightest source of the blend, -1 for a source that is alone.
    """
    alone = found.blends.n_peaks == 1
    return {
        "parent": np.where(alone, -1, found.blends.brightest),
        "deblend_nPeaks": found.blends.n_peaks,
        "detect_isIsolated": alone,
        "deblend_peak_center_x": found.peak[:, 0],
        "deblend_peak_center_y": found.peak[:, 1],
        "footprint_xMin": found.box[:, 0],
        "footprint_xMax": found.box[:, 1],
        "footprint_yMin": found.box[:, 2],
        "footprint_yMax": found.box[:, 3],
    }


def form_columns(measured: Measurements) -> Columns:
    """Collect moments and star-galaxy separation."""
    shapes = shape_columns(measured.moments, measured.psf_moments)
    return {**shapes, **class_columns(measured.spread, ~measured.psf_flag)}


def surroundings_columns(measured: Measurements, psf: PsfModel) -> Columns:
    """Collect blends, neighbors and the nearness of the border."""
    fit, shape = measured.psf_fit, (measured.mask.shape[0], measured.mask.shape[1])
    neighbors = neighbor_columns(fit.x, fit.y, fit.flux, psf)
    return {**blend_columns(measured.found), **neighbors, **border_columns(fit.x, fit.y, shape)}


def position_columns(measured: Measurements, wcs: WCS) -> Columns:
    """Compute pixel and sky positions.

    `raErr` is the error along the parallel (it includes cos dec), as in the LSST tables.
    """
    fit = measured.psf_fit
    ra, dec = wcs.all_pix2world(fit.x, fit.y, 0) if len(fit.x) else (fit.x, fit.y)
    step_x = wcs.all_pix2world(fit.x + 1, fit.y, 0) if len(fit.x) else (fit.x, fit.y)
    step_y = wcs.all_pix2world(fit.x, fit.y + 1, 0) if len(fit.x) else (fit.x, fit.y)
    cos_dec = np.cos(np.deg2rad(dec))
    east, north = (
        np.stack([_wrapped(step_x[0] - ra) * cos_dec, _wrapped(step_y[0] - ra) * cos_dec], axis=1),
        np.stack([step_x[1] - dec, step_y[1] - dec], axis=1),
    )
    jacobian = np.stack([east, north], axis=1)
    sky = jacobian @ fit.position_covariance @ jacobian.transpose(0, 2, 1)
    return {
        "x": fit.x,
        "y": fit.y,
        "xErr": np.sqrt(fit.position_covariance[:, 0, 0]).astype(np.float32),
        "yErr": np.sqrt(fit.position_covariance[:, 1, 1]).astype(np.float32),
        "ra": np.asarray(ra, dtype=np.float64),
        "dec": np.asarray(dec, dtype=np.float64),
        "raErr": np.sqrt(sky[:, 0, 0]).astype(np.float32),
        "decErr": np.sqrt(sky[:, 1, 1]).astype(np.float32),
        "ra_dec_Cov": sky[:, 0, 1].astype(np.float32),
        "centroid_flag": fit.centroid_failed,
    }


def _wrapped(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring differences of right ascension into [-180, 180)."""
    return (degrees + 180.0) % 360.0 - 180.0


def pixel_columns(measured: Measurements) -> Columns:
    """Collect local sky, footprint size and flags."""
    fit, found = measured.psf_fit, measured.found
    spread = planes.spread(measured.mask)
    touched = _any_plane(found.footprints, spread, len(found.x))
    columns: Columns = {
        "sky": measured.nearest(measured.background.level) + np.nan_to_num(fit.sky),
        "skyErr": measured.nearest(measured.background.noise).astype(np.float64),
        "footprintArea_value": found.area,
        "psfFlux_flag": measured.psf_flag,
        "psfFlux_flag_edge": fit.clipped,
        "psfFlux_flag_noGoodPixels": fit.no_good_pixels,
        "pixelFlags_saturatedCenter": (measured.nearest(spread) & planes.SAT) != 0,
    }
    for name, plane in FOOTPRINT_FLAGS.items():
        columns[name] = (touched & plane) != 0
    return columns


def _any_plane(footprints: NDArray[np.int32], mask: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Combine the planes of all pixels of each footprint."""
    touched = np.zeros(count + 1, dtype=np.int32)
    inside = footprints > 0
    np.bitwise_or.at(touched, footprints[inside], mask[inside])
    return touched[1:]
