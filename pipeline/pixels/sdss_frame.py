"""SDSS corrected frames as exposures."""

from typing import Any, Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure

ZERO_POINT: Final = 22.5
"""Magnitude of one nanomaggy."""

FRAME: Final = (1489, 2048)
"""Rows and columns of a frame."""
REFERENCE_PIXEL: Final = (1025.0, 745.0)
"""CRPIX1 and CRPIX2 of a whole frame."""

GAIN: Final[dict[str, tuple[float, ...]]] = {
    "u": (1.62, 1.595, 1.59, 1.6, 1.47, 2.17),
    "g": (3.32, 3.855, 3.845, 3.995, 4.05, 4.035),
    "r": (4.71, 4.6, 4.72, 4.76, 4.725, 4.895),
    "i": (5.165, 6.565, 4.86, 4.885, 4.64, 4.76),
    "z": (4.745, 5.155, 4.885, 4.775, 3.48, 4.69),
}
"""Electrons per count of camera columns 1 to 6.

This table, the next and the recipe of the variance are those of the `frame` page of the SDSS data model
(https://data.sdss.org/datamodel/files/BOSS_PHOTOOBJ/frames/RERUN/RUN/CAMCOL/frame.html).
"""

DARK_VARIANCE: Final[dict[str, tuple[float, ...]]] = {
    "u": (9.61, 12.6025, 8.7025, 12.6025, 9.3025, 7.0225),
    "g": (15.6025, 1.44, 1.3225, 1.96, 1.1025, 1.8225),
    "r": (1.8225, 1.0, 1.3225, 1.3225, 0.81, 0.9025),
    "i": (7.84, 5.76, 4.6225, 6.25, 7.84, 5.0625),
    "z": (0.81, 1.0, 1.0, 9.61, 1.8225, 1.21),
}
"""Read noise and dark current variance (counts squared) of camera columns 1 to 6."""

LATE_GAIN: Final = {("u", 2): (1100, 1.825)}
LATE_DARK_VARIANCE: Final = {
    ("i", 2): (1500, 6.25),
    ("i", 4): (1500, 7.5625),
    ("z", 4): (1500, 12.6025),
    ("z", 5): (1500, 2.1025),
}
"""(band, camera column) to (run, value): runs after that one have another value."""


def noise_constants(band: str, camcol: int, run: int) -> tuple[float, float]:
    """Look up gain (electrons per count) and dark variance (counts squared).

    Raises
    ------
    BadImage
        The band or the camera column is not one of SDSS.
    """
    if band not in GAIN or not 1 <= camcol <= 6:
        raise BadImage(f"SDSS has no band {band!r} in camera column {camcol}", "Correct FILTER and CAMCOL.")
    gain, dark = GAIN[band][camcol - 1], DARK_VARIANCE[band][camcol - 1]
    late_gain, late_dark = LATE_GAIN.get((band, camcol)), LATE_DARK_VARIANCE.get((band, camcol))
    if late_gain and run > late_gain[0]:
        gain = late_gain[1]
    if late_dark and run > late_dark[0]:
        dark = late_dark[1]
    return gain, dark


def place_in_frame(crpix1: float, crpix2: float, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Tell rows and columns of the whole frame that a cut-out shows: the reference pixel has moved with its corner.

    Raises
    ------
    BadImage
        The cut-out lies not within the frame.
    """
    corner = [round(whole - crpix) for whole, crpix in zip(REFERENCE_PIXEL, (crpix1, crpix2), strict=True)]
    x, y = corner
    if min(corner) < 0 or y + shape[0] > FRAME[0] or x + shape[1] > FRAME[1]:
        raise BadImage(
            f"{shape[1]} x {shape[0]} pixels from column {x} and row {y} on are no part of a frame",
            "Correct CRPIX1 and CRPIX2, the center of the whole frame.",
        )
    return slice(y, y + shape[0]), slice(x, x + shape[1])


def interpolate_sky(sky: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Expand the sky table to the frame by bilinear interpolation.

    Parameters
    ----------
    sky
        ALLSKY (counts), shape (192, 256) or so.
    x, y
        XINTERP and YINTERP: where each column and row of the frame falls in `sky`. Values beyond the
        table take its edge.
    """
    nodes_y, nodes_x = (np.arange(n) for n in sky.shape)
    columns = np.stack([np.interp(x, nodes_x, row) for row in sky])
    return np.stack([np.interp(y, nodes_y, column) for column in columns.T], axis=1)


def restore_counts(image: NDArray[Any], calibration: NDArray[Any], sky: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the counts that the detector saw: pixels without their calibration, and with the sky.

    Parameters
    ----------
    image, calibration, sky
        As `frame_exposure` takes them.
    """
    counts: NDArray[np.float64] = image / np.asarray(calibration, dtype=np.float64)[None, :] + sky
    return counts


def frame_exposure(
    image: NDArray[Any],
    calibration: NDArray[Any],
    sky: NDArray[np.float64],
    *,
    mask: NDArray[np.int32] | None = None,
    camcol: int,
    run: int,
    band: str,
    wcs: WCS,
    exp_time: float,
    mid_mjd_tai: float,
) -> Exposure:
    """Make an exposure of a frame, with the variance its calibration hides.

    The counts are restored (pixel / calibration + sky), their variance is counts / gain + dark variance, and the
    calibration is applied again. A frame without a mask shows saturated stars as if they were not.

    Parameters
    ----------
    image
        Pixels (nanomaggies), sky subtracted, shape (1489, 2048) or that of a cut-out.
    calibration
        HDU 1: nanomaggies per count of each column.
    sky
        Subtracted sky (counts), same shape as `image`: see `interpolate_sky`.
    mask
        Mask planes: see `pipeline.pixels.sdss_mask`.
    camcol, run, band
        What the noise constants depend on.
    wcs
        World coordinates of the header.
    exp_time
        Effective exposure time of the drift scan (s).
    mid_mjd_tai
        Middle of the exposure (MJD, TAI).
    """
    gain, dark = noise_constants(band, camcol, run)
    per_count = np.asarray(calibration, dtype=np.float64)[None, :]
    counts = restore_counts(image, calibration, sky)
    variance = per_count**2 * (np.maximum(counts, 0) / gain + dark)
    return Exposure(
        image=np.asarray(image, dtype=np.float32),
        variance=variance.astype(np.float32),
        mask=np.zeros(image.shape, dtype=np.int32) if mask is None else mask,
        wcs=wcs,
        pixel_unit="nanomaggy",
        exp_time=exp_time,
        mid_mjd_tai=mid_mjd_tai,
        band=band,
        header_zero_point=ZERO_POINT,
    )
