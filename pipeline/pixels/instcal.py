"""Community Pipeline images (InstCal) and joined images as exposures."""

from typing import Any, Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import BAD, CR, INTRP, NO_DATA, SAT, SUSPECT
from pipeline.pixels.photon_noise import photon_variance

PLANES: Final = np.array(
    [
        0,
        BAD | INTRP,  # 1: static bad pixel mask
        NO_DATA,  # 2: no value (remapped and stacked data)
        SAT,  # 3: saturated
        SAT | INTRP,  # 4: bleed trail
        CR | INTRP,  # 5: cosmic ray
        BAD,  # 6: low weight
        SUSPECT,  # 7: differs from the median of overlapping exposures: also true of a variable star
        SUSPECT,  # 8: long streak, e.g. a satellite trail
    ],
    dtype=np.int32,
)
"""Data quality code to mask planes.

The codes of Community Pipeline versions from 3.5.0 on (2014): one number per pixel, not bits. They stand in the
NOAO Data Handbook and, for 1 to 8, in the Legacy Surveys' reader (legacypipe `remap_dq_cp_codes`).
The pipeline interpolates over pixels with the codes 1, 4 and 5.
"""


def instcal_exposure(
    image: NDArray[Any],
    codes: NDArray[Any] | None,
    weight: NDArray[Any],
    *,
    pixel_unit: str,
    photon_noise: bool = False,
    wcs: WCS,
    exp_time: float,
    mid_mjd_tai: float,
    band: str,
) -> Exposure:
    """Make an exposure in units per second of an image, its mask and its weight.

    Parameters
    ----------
    image
        Pixels of the `ooi` file (`pixel_unit`), with or without sky.
    codes
        Data quality codes of the `ood` file; None where none were written (joined images of 90Prime).
    weight
        Weight of the `oow` file: inverse variance (`pixel_unit`^-2). A pixel without a positive weight is BAD.
    pixel_unit
        Unit of the pixels: 'adu' or 'count' of the whole exposure, or either with '/s'.
    photon_noise
        True where the pixels are photoelectrons per second and the weight leaves the photon noise of the sources out:
        it is added here for what stands out of the median of the image. So do the Legacy Surveys (legacypipe,
        `remap_invvar_shotnoise`).
    wcs
        World coordinates of the header.
    exp_time
        Exposure time (s).
    mid_mjd_tai
        Middle of the exposure (MJD, TAI).
    band
        Band, the first letter of the FILTER keyword.

    Raises
    ------
    BadImage
        The exposure time is not positive, or a quality code is unknown.
    """
    if not exp_time > 0:
        raise BadImage(f"the exposure time is {exp_time} s", "Give the exposure time in a correction file.")
    seconds = 1.0 if pixel_unit.endswith("/s") else exp_time
    image, weight = np.asarray(image, dtype=np.float64) / seconds, np.asarray(weight, dtype=np.float64)
    weighted = np.isfinite(weight) & (weight > 0)
    variance = np.full(weight.shape, np.nan)
    np.divide(1.0, weight * seconds**2, out=variance, where=weighted)
    if photon_noise and np.any(weighted):
        noise = float(np.sqrt(np.median(variance[weighted])))
        variance += photon_variance(image - np.median(image[weighted]), noise, exp_time)
    mask = np.zeros(image.shape, dtype=np.int32) if codes is None else _planes(codes)
    return Exposure(
        image=image.astype(np.float32),
        variance=variance.astype(np.float32),
        mask=np.where(weighted, mask, mask | BAD).astype(np.int32),
        wcs=wcs,
        pixel_unit=f"{pixel_unit.removesuffix('/s')}/s",
        exp_time=exp_time,
        mid_mjd_tai=mid_mjd_tai,
        band=band,
    )


def _planes(codes: NDArray[Any]) -> NDArray[np.int32]:
    """Translate data quality codes."""
    if codes.min() < 0 or codes.max() >= len(PLANES):
        raise BadImage(
            f"it holds the data quality code {codes.max()}, known are 0 to {len(PLANES) - 1}",
            "Images of Community Pipeline versions before 3.5.0 hold bits: convert them first.",
        )
    return PLANES[np.asarray(codes, dtype=np.intp)]
