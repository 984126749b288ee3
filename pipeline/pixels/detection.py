"""Source detection with a matched filter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import sep
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage


@dataclass(frozen=True)
class Detections:
    """Detected sources, sorted by y, then x.

    Parameters
    ----------
    x, y
        Center (pixels) in a Gaussian window of the source's size, shape (n,). Where that window slides off to a
        neighbor, the center of the footprint.
    radius
        Half-light radius (pixels); NaN where it could not be measured.
    flux
        Sum of the footprint (pixel unit).
    snr
        Signal to noise of the sum over the circle that fits into the filter kernel.
    area
        Footprint area (pixels).
    footprints
        Running number (from 1) of the source that each pixel belongs to, 0 for none; shape (ny, nx).
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    flux: NDArray[np.float64]
    snr: NDArray[np.float64]
    area: NDArray[np.int32]
    footprints: NDArray[np.int32]


def gaussian_kernel(fwhm: float) -> NDArray[np.float64]:
    """Sample a round Gaussian (FWHM in pixels) out to twice its FWHM across, largest side 31."""
    half = int(np.clip(np.ceil(fwhm), 1, 15))
    offset = np.arange(-half, half + 1)
    profile = np.exp(-4 * np.log(2) * (offset / fwhm) ** 2)
    return np.outer(profile, profile)


def detect(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    masked: NDArray[np.bool_],
    kernel: NDArray[np.float64],
    threshold: float,
    min_area: int,
) -> Detections:
    """Find connected pixels above a threshold in the image filtered with a kernel, and split them at saddles.

    The filter weighs pixels by their variance, so that the threshold is in true standard deviations next to masked
    pixels too (SExtractor's algorithm, Bertin & Arnouts 1996, in the library SEP; Barbary 2016).

    Parameters
    ----------
    image
        Pixels without sky, finite, shape (ny, nx).
    variance
        Variance of the pixels, positive.
    masked
        Pixels to leave out.
    kernel
        PSF or the like, odd sides.
    threshold
        In standard deviations of the filtered image.
    min_area
        Fewest pixels above the threshold.

    Raises
    ------
    BadImage
        There are more pixels above the threshold or more blended peaks than can be kept apart.
    """
    error = np.sqrt(variance)
    sep.set_extract_pixstack(max(300000, image.size // 2))
    sep.set_sub_object_limit(8192)
    try:
        found, footprints = sep.extract(
            image,
            threshold,
            err=error,
            mask=masked,
            minarea=min_area,
            filter_kernel=kernel.astype(np.float32),
            segmentation_map=True,
        )
    except Exception as error_of_sep:  # the library raises the bare class
        raise BadImage(f"detection gave up: {error_of_sep}", "Raise the threshold.") from error_of_sep
    return _measured(image, error, masked, found, footprints, kernel.shape[0] / 2)


def _measured(
    image: NDArray[np.float32],
    error: NDArray[np.float32],
    masked: NDArray[np.bool_],
    found: NDArray[Any],
    footprints: NDArray[np.int32],
    aperture: float,
) -> Detections:
    """Sort the sources and measure their half-light radii and signal to noise."""
    center_x, center_y = found["x"].astype(np.float64), found["y"].astype(np.float64)
    light = found["flux"].astype(np.float64)
    outer = np.clip(6.0 * found["a"].astype(np.float64), 6.0, 60.0)
    radius, _ = sep.flux_radius(image, center_x, center_y, outer, 0.5, normflux=light, mask=masked, subpix=5)
    width = np.clip(np.where(radius > 0, radius, 1.0), 0.5, 10.0)
    # Window of 2 / 2.35 of the half-light radius, as SExtractor's XWIN_IMAGE.
    window_x, window_y, _ = sep.winpos(image, center_x, center_y, 2.0 / 2.355 * width, mask=masked)
    stays = np.hypot(window_x - center_x, window_y - center_y) < width
    x, y = np.where(stays, window_x, center_x), np.where(stays, window_y, center_y)
    radius, _ = sep.flux_radius(image, x, y, outer, 0.5, normflux=light, mask=masked, subpix=5)
    total, total_error, _ = sep.sum_circle(image, x, y, aperture, err=error, mask=masked)
    order = np.lexsort((x, y))
    number = np.zeros(len(found) + 1, dtype=np.int32)
    number[order + 1] = np.arange(1, len(found) + 1)
    return Detections(
        x=x[order],
        y=y[order],
        radius=np.where(radius > 0, radius, np.nan)[order],
        flux=light[order],
        snr=np.divide(total, total_error, out=np.zeros(len(x)), where=total_error > 0)[order],
        area=found["npix"].astype(np.int32)[order],
        footprints=number[footprints],
    )
