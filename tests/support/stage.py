"""Detection and measurement on a bare array, and real frames to run them on."""

from dataclasses import dataclass, replace

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.background import fit_background
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import UNDETECTABLE
from pipeline.pixels.measurement import Measurements, measure
from pipeline.pixels.psf import PsfModel
from pipeline.pixels.standards import Standards
from pipeline.pixels.star_psf import find_star_psf
from pipeline.pixels.wcs_fit import Plane
from tests.support.frames import KIDS, SDSS

CONFIG = CalibrateConfig()
LIKE_SEXTRACTOR = replace(CONFIG, detection_filter="pyramid", detection_threshold=1.5, min_area=5)


@dataclass(frozen=True)
class Frame:
    """An image without variance, mask or WCS, its zero point (AB) and scale (arcsec per pixel)."""

    name: str
    image: NDArray[np.float32]
    zero_point: float
    scale: float


def sdss_frame() -> Frame:
    """Read the whole SDSS frame (nanomaggies)."""
    pixels = fits.getdata(SDSS / "frame-g-000094-1-0131.fits.bz2")
    return Frame("SDSS", np.ascontiguousarray(pixels, dtype=np.float32), 22.5, 0.396)


def kids_image() -> Frame:
    """Read the KiDS image; it comes in units of AB magnitude 0, which single precision squares badly."""
    pixels = fits.getdata(KIDS / "r.fits")
    return Frame("KiDS", np.ascontiguousarray(pixels * 1e9, dtype=np.float32), 22.5, 0.339)


def star_psf(image: NDArray[np.float32]) -> PsfModel:
    """Find the PSF of an image as `calibrate` does."""
    background = fit_background(image, np.zeros(image.shape, np.bool_), CONFIG.mesh_size, CONFIG.mesh_filter)
    wcs = WCS(naxis=2)
    exposure = Exposure(
        image, background.noise**2, np.zeros(image.shape, np.int32), wcs, "nanomaggy", 1.0, 6e4, "r", 22.5
    )
    nobody = Standards.of(None, exposure.mid_mjd_tai, exposure.band, CONFIG)
    plane = Plane.of(wcs, (image.shape[0], image.shape[1]))
    return find_star_psf(exposure, image - background.level, nobody, plane, CONFIG).psf


def measure_array(
    image: NDArray[np.float32], psf: PsfModel, config: CalibrateConfig, mask: NDArray[np.int32] | None = None
) -> Measurements:
    """Run the stages that `calibrate` runs between the PSF and the calibration, with the noise of the sky."""
    planes = np.zeros(image.shape, np.int32) if mask is None else mask
    background = fit_background(image, (planes & UNDETECTABLE) != 0, config.mesh_size, config.mesh_filter)
    return measure(image, background.noise**2, planes, background, psf, config)
