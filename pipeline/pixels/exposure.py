"""One detector image in memory: pixels, noise, mask and header facts."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.mask import NO_DATA, UNDETECTABLE

LEAST_SIDE: Final = 16
"""Fewest rows and columns: one star with some sky around it."""


@dataclass(frozen=True)
class Exposure:
    """Image with instrument signature removed, ready to be calibrated.

    Pixel (0, 0) is the center of the first pixel; arrays are indexed [y, x].

    Parameters
    ----------
    image
        Pixel values, shape (ny, nx), in `pixel_unit`. The sky may still be in it.
    variance
        Noise variance of each pixel, pixel unit squared, photon noise of the sources included.
        Pixels without a finite positive variance count as NO_DATA.
    mask
        Mask planes of each pixel: see `pipeline.pixels.mask`.
    wcs
        World coordinates as the header states them.
    pixel_unit
        Unit of the pixels: 'adu/s', 'nanomaggy', ...
    exp_time
        Exposure time (s).
    mid_mjd_tai
        Middle of the exposure (MJD, TAI).
    band
        Band, the key of the colour terms.
    header_zero_point
        AB magnitude of one pixel unit if the file itself defines it (22.5 for nanomaggies), else None.

    Raises
    ------
    BadImage
        The planes differ in shape, the image is too small, or no pixel is usable.
    """

    image: NDArray[np.float32]
    variance: NDArray[np.float32]
    mask: NDArray[np.int32]
    wcs: WCS
    pixel_unit: str
    exp_time: float
    mid_mjd_tai: float
    band: str
    header_zero_point: float | None = None

    def __post_init__(self) -> None:
        shapes = (self.image.shape, self.variance.shape, self.mask.shape)
        if len(set(shapes)) != 1 or self.image.ndim != 2:
            raise BadImage(f"image, variance and mask have shapes {shapes[0]}, {shapes[1]} and {shapes[2]}")
        if min(self.image.shape) < LEAST_SIDE:
            least = f"{LEAST_SIDE} x {LEAST_SIDE}"
            raise BadImage(f"{self.image.shape[1]} x {self.image.shape[0]} pixels are fewer than {least}")

    def cleaned(self) -> "Exposure":
        """Copy the exposure with its unusable pixels marked and made harmless.

        Pixels that are not finite, or have no finite positive variance, get the NO_DATA plane.
        Their values become 0 and their variances 1, so that no arithmetic warns.

        Raises
        ------
        BadImage
            No pixel is usable.
        """
        image = np.ascontiguousarray(self.image, dtype=np.float32)
        variance = np.ascontiguousarray(self.variance, dtype=np.float32)
        good = np.isfinite(image) & np.isfinite(variance) & (variance > 0)
        mask = np.where(good, self.mask, self.mask | NO_DATA).astype(np.int32)
        if not np.any((mask & UNDETECTABLE) == 0):
            raise BadImage("every pixel is masked, not finite, or without a positive variance")
        return Exposure(
            image=np.where(good, image, np.float32(0)),
            variance=np.where(good, variance, np.float32(1)),
            mask=mask,
            wcs=self.wcs,
            pixel_unit=self.pixel_unit,
            exp_time=self.exp_time,
            mid_mjd_tai=self.mid_mjd_tai,
            band=self.band,
            header_zero_point=self.header_zero_point,
        )
