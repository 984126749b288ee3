"""Images without mask and weight as exposures."""

from typing import Any

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import SAT
from pipeline.pixels.photon_noise import photon_variance


def bare_exposure(
    image: NDArray[Any],
    *,
    gain: float,
    saturation: float,
    wcs: WCS,
    exp_time: float,
    mid_mjd_tai: float,
    band: str,
) -> Exposure:
    """Make an exposure in ADU per second, with a variance that the pixels and the gain tell.

    The variance is that of the sky, measured on the image, and the photon noise of what exceeds it. Where the image
    was resampled, neighbors share noise, and a sum over many pixels is noisier than the variances of its pixels say.

    Parameters
    ----------
    image
        Pixels (ADU), sky subtracted.
    gain
        Electrons per ADU.
    saturation
        Value (ADU above the sky) from which pixels are saturated.
    wcs
        World coordinates.
    exp_time
        Exposure time (s).
    mid_mjd_tai
        Middle of the exposure (MJD, TAI).
    band
        Band.

    Raises
    ------
    BadImage
        Exposure time or gain is not positive, or no pixel is finite.
    """
    pixels = np.asarray(image, dtype=np.float64)
    finite = np.isfinite(pixels)
    if not (exp_time > 0 and gain > 0 and np.any(finite)):
        raise BadImage(f"exposure time {exp_time} s, gain {gain}, {np.sum(finite)} finite pixels")
    sky = float(np.median(pixels[finite]))
    below = sky - pixels[finite & (pixels <= sky)]
    # Half of the distribution is enough, and light is in the other half.
    noise = 1.4826 * float(np.median(below))
    variance = noise**2 + photon_variance(pixels - sky, noise, gain)
    return Exposure(
        image=(pixels / exp_time).astype(np.float32),
        variance=(variance / exp_time**2).astype(np.float32),
        mask=np.where(finite & (pixels >= saturation), SAT, 0).astype(np.int32),
        wcs=wcs,
        pixel_unit="adu/s",
        exp_time=exp_time,
        mid_mjd_tai=mid_mjd_tai,
        band=band,
    )
