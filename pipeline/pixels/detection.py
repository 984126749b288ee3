"""Source detection with a filter, and deblending."""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import sep
from numpy.typing import NDArray

from pipeline.pixels.blends import Blends, find_blends
from pipeline.pixels.errors import BadImage

PYRAMID: Final = np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]])
"""The 3 x 3 filter that SExtractor uses when it is told nothing."""


@dataclass(frozen=True)
class Criteria:
    """What makes a detection.

    Parameters
    ----------
    threshold
        In standard deviations.
    min_area
        Fewest connected pixels above the threshold.
    deblend_levels
        Levels between threshold and peak at which a footprint is searched for branches.
    deblend_contrast
        Least part of the footprint's flux that makes a branch a source of its own; 1 splits nothing.
    """

    threshold: float
    min_area: int
    deblend_levels: int = 32
    deblend_contrast: float = 0.005


@dataclass(frozen=True)
class Detections:
    """Detected sources, sorted by y, then x.

    Parameters
    ----------
    x, y
        Center (pixels) in a Gaussian window of the source's size, shape (n,). Where that window slides off to a
        neighbor, the center of the footprint.
    radius
        Half-light radius (pixels) of the footprint's light; NaN where it could not be measured.
    flux
        Sum of the footprint (pixel unit).
    snr
        Signal to noise of the sum over the circle that fits into the filter kernel.
    area
        Footprint area (pixels).
    axes
        Rms of the footprint's light along its major and minor axis (pixels), shape (n, 2).
    angle
        Of the major axis from the x axis toward the y axis (radians), in [-pi/2, pi/2].
    peak
        Column and row of the brightest pixel of the footprint, shape (n, 2).
    box
        First and last column, first and last row of the footprint, shape (n, 4).
    blends
        Which sources share a connected footprint.
    footprints
        Running number (from 1) of the source that each pixel belongs to, 0 for none; shape (ny, nx).
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    flux: NDArray[np.float64]
    snr: NDArray[np.float64]
    area: NDArray[np.int32]
    axes: NDArray[np.float64]
    angle: NDArray[np.float64]
    peak: NDArray[np.int32]
    box: NDArray[np.int32]
    blends: Blends
    footprints: NDArray[np.int32]

    @property
    def number(self) -> NDArray[np.int32]:
        """Running numbers of the sources in `footprints`, shape (n,)."""
        return np.arange(1, len(self.x) + 1, dtype=np.int32)

    def ordered(self, rows: NDArray[np.intp]) -> "Detections":
        """Put the sources in another order, and number their footprints by it.

        Parameters
        ----------
        rows
            Every row once.
        """
        number = np.zeros(len(rows) + 1, dtype=np.int32)
        number[rows + 1] = np.arange(1, len(rows) + 1)
        whole = ("blends", "footprints")
        columns = {item.name: getattr(self, item.name)[rows] for item in fields(self) if item.name not in whole}
        return Detections(**columns, blends=self.blends.ordered(rows), footprints=number[self.footprints])


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
    criteria: Criteria,
    *,
    matched: bool = True,
) -> Detections:
    """Find connected pixels above a threshold in the image filtered with a kernel, and split them at saddles.

    A matched filter weighs pixels by their variance, so that the threshold is in true standard deviations next to
    masked pixels too (SExtractor's algorithm, Bertin & Arnouts 1996, in the library SEP; Barbary 2016).

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
    criteria
        Threshold and the like.
    matched
        True: the threshold is in standard deviations of the filtered image. False: the filter is a plain
        convolution and the threshold is in standard deviations of a pixel of the unfiltered image, which is how
        SExtractor counts.

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
            criteria.threshold,
            err=error,
            mask=masked,
            minarea=criteria.min_area,
            filter_kernel=kernel.astype(np.float32),
            filter_type="matched" if matched else "conv",
            deblend_nthresh=criteria.deblend_levels,
            deblend_cont=criteria.deblend_contrast,
            segmentation_map=True,
        )
    except Exception as error_of_sep:  # the library raises the bare class
        raise BadImage(f"detection gave up: {error_of_sep}", "Raise the threshold.") from error_of_sep
    measured = _measured(image, error, masked, found, footprints, kernel.shape[0] / 2)
    return measured.ordered(np.lexsort((measured.x, measured.y)))


def _measured(
    image: NDArray[np.float32],
    error: NDArray[np.float32],
    masked: NDArray[np.bool_],
    found: NDArray[Any],
    footprints: NDArray[np.int32],
    aperture: float,
) -> Detections:
    """Center the sources and measure their half-light radii and signal to noise."""
    center_x, center_y = found["x"].astype(np.float64), found["y"].astype(np.float64)
    light = found["flux"].astype(np.float64)
    outer = np.clip(6.0 * found["a"].astype(np.float64), 6.0, 60.0)
    radius, _ = sep.flux_radius(image, center_x, center_y, outer, 0.5, normflux=light, mask=masked, subpix=3)
    width = np.clip(np.where(radius > 0, radius, 1.0), 0.5, 10.0)
    # Window of 2 / 2.35 of the half-light radius, as SExtractor's XWIN_IMAGE.
    window_x, window_y, _ = sep.winpos(image, center_x, center_y, 2.0 / 2.355 * width, mask=masked, subpix=5)
    stays = np.hypot(window_x - center_x, window_y - center_y) < width
    x, y = np.where(stays, window_x, center_x), np.where(stays, window_y, center_y)
    total, total_error, _ = sep.sum_circle(image, x, y, aperture, err=error, mask=masked)
    peak = np.stack([found["xpeak"], found["ypeak"]], axis=1).astype(np.int32)
    return Detections(
        x=x,
        y=y,
        radius=np.where(radius > 0, radius, np.nan),
        flux=light,
        snr=np.divide(total, total_error, out=np.zeros(len(x)), where=total_error > 0),
        area=found["npix"].astype(np.int32),
        axes=np.stack([found["a"], found["b"]], axis=1).astype(np.float64),
        # A right angle in single precision is larger than one, and refused by the library itself.
        angle=np.clip(found["theta"].astype(np.float64), -np.pi / 2, np.pi / 2),
        peak=peak,
        box=np.stack([found[side] for side in ("xmin", "xmax", "ymin", "ymax")], axis=1).astype(np.int32),
        blends=find_blends(footprints, peak, light),
        footprints=footprints,
    )
