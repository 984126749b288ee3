"""Forced photometry of one calibrated image, from sky positions to catalog columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.catalog import FOOTPRINT_FLAGS
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.forced import ForcedFluxes, force_fluxes
from pipeline.pixels.noise_scale import NoiseScale, noise_scale
from pipeline.pixels.photometry import to_njy
from pipeline.pixels.position_shift import PositionShift, position_shift
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.psf_photometry import fit_sources
from pipeline.pixels.stamps import stamps_at
from pipeline.pixels.tangent import project

FLAG_RADIUS = 3
"""Radius (pixels) around a position in which mask planes set its flags."""


@dataclass(frozen=True)
class ForcedCatalog:
    """What was measured at the positions that lie on an image.

    Parameters
    ----------
    rows
        Indices of these positions in the list, shape (n,).
    columns
        Columns of the `forced_source` table that pixels can tell, n entries each.
    shift
        How far the image's stars lie from where the list and the WCS put them; the positions were moved by it.
    scale
        Factor by which the errors were raised above those of independent pixels.
    """

    rows: NDArray[np.intp]
    columns: dict[str, NDArray[Any]]
    shift: PositionShift
    scale: NoiseScale


def place(
    ra: NDArray[np.float64], dec: NDArray[np.float64], wcs: WCS, shape: tuple[int, int], margin: float
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Find the positions (degrees) on an image or at most `margin` pixels off it: indices, x and y (pixels)."""
    ny, nx = shape
    corner_ra, corner_dec = wcs.all_pix2world([-margin, nx + margin, nx / 2], [-margin, ny + margin, ny / 2], 0)
    center = float(corner_ra[2]), float(corner_dec[2])
    # Far from the image a WCS with distortions need not have an inverse.
    reach = 1.5 * float(np.max(np.hypot(*project(corner_ra, corner_dec, center))))
    near = np.flatnonzero(np.hypot(*project(ra, dec, center)) <= reach)
    if not len(near):
        return near, np.empty(0), np.empty(0)
    x, y = (np.asarray(values) for values in wcs.all_world2pix(ra[near], dec[near], 0, quiet=True))
    on = (x >= -0.5 - margin) & (x < nx - 0.5 + margin) & (y >= -0.5 - margin) & (y < ny - 0.5 + margin)
    return near[on], x[on], y[on]


def force_catalog(
    exposure: Exposure, psf: PsfModel, ra: NDArray[np.float64], dec: NDArray[np.float64], min_snr: float, min_stars: int
) -> ForcedCatalog:
    """Measure fluxes at sky positions on a calibrated image.

    Parameters
    ----------
    exposure
        Image without sky, with its fitted WCS and, in `header_zero_point`, its zero point.
    psf
        Its PSF model.
    ra, dec
        Positions at the time of the exposure (degrees), shape (n,). Positions just off the image are fitted with the
        others, for their light, and left out of the result.
    min_snr, min_stars
        Least signal to noise and fewest of the stars that show a shift of the positions.
    """
    clean = exposure.cleaned()
    shape = clean.image.shape[0], clean.image.shape[1]
    usable = ~planes.unusable(clean.mask)
    rows, x, y = place(ra, dec, clean.wcs, shape, psf.half_size)
    picture = clean.image, clean.variance, usable
    shift = position_shift(fit_sources(*picture, x, y, psf), x, y, min_snr, min_stars)
    x, y = x + shift.dx, y + shift.dy
    fluxes = force_fluxes(*picture, x, y, psf)
    scale = noise_scale(*picture, _occupied(clean.mask, x, y), psf)
    on = (x >= -0.5) & (x < shape[1] - 0.5) & (y >= -0.5) & (y < shape[0] - 0.5)
    zero_point = np.nan if exposure.header_zero_point is None else exposure.header_zero_point
    columns = {
        "x": x,
        "y": y,
        **_flux_columns(fluxes, scale.value, zero_point, psf),
        **_mask_columns(clean.mask, x, y),
    }
    return ForcedCatalog(rows[on], {name: values[on] for name, values in columns.items()}, shift, scale)


def _occupied(mask: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the pixels where a source was detected or a position listed."""
    occupied: NDArray[np.bool_] = (mask & planes.DETECTED) != 0
    ny, nx = mask.shape
    rows, columns = np.rint(y).astype(np.intp), np.rint(x).astype(np.intp)
    on = (rows >= 0) & (rows < ny) & (columns >= 0) & (columns < nx)
    occupied[rows[on], columns[on]] = True
    return occupied


def _flux_columns(fluxes: ForcedFluxes, scale: float, zero_point: float, psf: PsfModel) -> dict[str, NDArray[Any]]:
    """Name the fluxes and flags, with errors raised by the scale."""
    guessed = np.full(len(fluxes.flux), psf.n_stars == 0)
    error = fluxes.flux_error * scale
    return {
        "psfFlux": to_njy(fluxes.flux, zero_point),
        "psfFluxErr": to_njy(error, zero_point),
        "psfFlux_flag": fluxes.clipped | fluxes.no_good_pixels | guessed,
        "psfFlux_flag_edge": fluxes.clipped,
        "psfFlux_flag_noGoodPixels": fluxes.no_good_pixels,
        "invalidPsfFlag": guessed,
        "psfFlux_instFlux": fluxes.flux,
        "psfFlux_instFluxErr": error,
        "psfFlux_chi2": np.minimum(fluxes.chi2, np.finfo(np.float32).max).astype(np.float32),
        "nBlended": fluxes.n_blended,
        "localBackground_instFlux": fluxes.sky,
    }


def _mask_columns(mask: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """Collect the mask planes around each position."""
    shape = mask.shape[0], mask.shape[1]
    near, center = (stamps_at(x, y, size, shape) for size in (FLAG_RADIUS, 1))
    around, inner = (
        np.bitwise_or.reduce(np.where(stamps.inside, stamps.cut(mask), 0), axis=(1, 2)) for stamps in (near, center)
    )
    columns: dict[str, NDArray[Any]] = {name: (around & plane) != 0 for name, plane in FOOTPRINT_FLAGS.items()}
    columns["pixelFlags_saturatedCenter"] = (inner & planes.SAT) != 0
    return columns
