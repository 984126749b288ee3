"""Columns of the source catalog."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.aperture import RADII, ApertureSums
from pipeline.pixels.background import Background
from pipeline.pixels.detection import Detections
from pipeline.pixels.photometry import to_njy
from pipeline.pixels.psf_photometry import PsfFit

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


@dataclass(frozen=True)
class Measurements:
    """All that was measured on the n sources of one image."""

    found: Detections
    psf_fit: PsfFit
    apertures: ApertureSums
    background: Background
    mask: NDArray[np.int32]
    psf_is_real: bool

    @property
    def psf_flag(self) -> NDArray[np.bool_]:
        """True where the PSF flux is not to be trusted: clipped, no good pixels, or no star showed the PSF."""
        fit = self.psf_fit
        return fit.clipped | fit.no_good_pixels | ~np.isfinite(fit.flux_error) | (not self.psf_is_real)

    def nearest(self, image: NDArray[Any]) -> NDArray[Any]:
        """Read an image at the sources' pixels."""
        ny, nx = image.shape
        rows, columns = np.rint(self.psf_fit.y).astype(np.intp), np.rint(self.psf_fit.x).astype(np.intp)
        return image[np.clip(rows, 0, ny - 1), np.clip(columns, 0, nx - 1)]


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
    return columns


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
