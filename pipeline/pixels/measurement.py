"""Detection and measurement of all sources of one image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.aperture import RINGS, ApertureSums, sum_apertures
from pipeline.pixels.background import Background
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.detection import PYRAMID, Detections, detect
from pipeline.pixels.gaussian_fit import SIGMA_TO_FWHM
from pipeline.pixels.growth import Places, Scene, grow
from pipeline.pixels.kron import KronFlux, kron_fluxes
from pipeline.pixels.moments import Moments, measure_moments, psf_moments
from pipeline.pixels.petrosian import PetrosianFlux, petrosian_fluxes
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.psf_photometry import PsfFit, fit_sources
from pipeline.pixels.star_galaxy import Spread, measure_spread


@dataclass(frozen=True)
class Measurements:
    """All that was measured on the n sources of one image, sorted by the y, then x, of their centroids."""

    found: Detections
    psf_fit: PsfFit
    apertures: ApertureSums
    kron: KronFlux
    petrosian: PetrosianFlux
    moments: Moments
    psf_moments: NDArray[np.float64]
    spread: Spread
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


def measure(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    mask: NDArray[np.int32],
    background: Background,
    psf: PsfModel,
    config: CalibrateConfig,
) -> Measurements:
    """Detect with the PSF as the filter, deblend, and measure every source.

    Parameters
    ----------
    image
        Pixels with sky, finite, shape (ny, nx).
    variance
        Variance of the pixels, positive.
    mask
        Mask planes.
    background
        Sky model.
    psf
        PSF model; of 0 stars where it is a guess.
    config
        Parameters.
    """
    pixels = image - background.level
    undetectable, bad = (mask & planes.UNDETECTABLE) != 0, planes.unusable(mask)
    ny, nx = pixels.shape
    matched = config.detection_filter == "psf"
    kernel = _core(psf.image(nx // 2, ny // 2)) if matched else PYRAMID
    found = detect(pixels, variance, undetectable, kernel, config.criteria, matched=matched)
    fit = fit_sources(pixels, variance, ~bad, found.x, found.y, psf)
    order = np.lexsort((fit.x, fit.y))
    found, fit = found.ordered(order), fit[order]
    scene, places = Scene(pixels, variance, bad, found.footprints), Places(fit.x, fit.y, found.number)
    growth = grow(scene, places, RINGS)
    psf_shapes, fwhm = _psf_shapes(psf, fit, config.default_fwhm)
    planes_at = pixels, variance, ~bad, fit.x, fit.y
    return Measurements(
        found=found,
        psf_fit=fit,
        apertures=sum_apertures(scene, places, growth),
        kron=kron_fluxes(scene, places, found.axes, found.angle),
        petrosian=petrosian_fluxes(scene, places, growth, found.area),
        moments=measure_moments(*planes_at, found.footprints, psf_shapes),
        psf_moments=psf_shapes,
        spread=measure_spread(*planes_at, psf, fwhm),
        background=background,
        mask=_marked(mask, found.footprints, config.psf_half_size),
        psf_is_real=psf.n_stars > 0,
    )


def _core(stamp: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut the detection filter from a PSF stamp: the square where its cross exceeds 2 % of the peak."""
    half = stamp.shape[0] // 2
    bright = np.flatnonzero((stamp[half] > 0.02 * stamp.max()) | (stamp[:, half] > 0.02 * stamp.max()))
    reach = int(np.max(np.abs(bright - half), initial=1))
    return np.maximum(stamp[half - reach : half + reach + 1, half - reach : half + reach + 1], 0.0)


def _psf_shapes(psf: PsfModel, fit: PsfFit, default_fwhm: float) -> tuple[NDArray[np.float64], float]:
    """Measure the moments of the PSF at the sources (pixels squared), shape (n, 3), and its median FWHM (pixels)."""
    shapes = psf_moments(psf, fit.x, fit.y, default_fwhm / SIGMA_TO_FWHM)
    area = shapes[:, 0] * shapes[:, 1] - shapes[:, 2] ** 2
    known = area[area > 0]
    return shapes, SIGMA_TO_FWHM * float(np.median(known)) ** 0.25 if len(known) else default_fwhm


def _marked(mask: NDArray[np.int32], footprints: NDArray[np.int32], border: int) -> NDArray[np.int32]:
    """Mark the footprints, and the border where no whole PSF fits."""
    marked = mask.copy()
    marked[footprints > 0] |= planes.DETECTED
    for edge in (np.s_[:border], np.s_[-border:], np.s_[:, :border], np.s_[:, -border:]):
        marked[edge] |= planes.EDGE
    return marked
