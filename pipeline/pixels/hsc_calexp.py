"""Calibrated exposures (calexp) of Hyper Suprime-Cam as exposures."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import BAD, CR, EDGE, INTRP, NO_DATA, SAT, SUSPECT

PLANES: Final[dict[str, int]] = {
    "BAD": BAD,
    "SAT": SAT,
    "INTRP": INTRP,
    "CR": CR,
    "EDGE": EDGE,
    "SUSPECT": SUSPECT,
    "NO_DATA": NO_DATA,
    "CROSSTALK": SUSPECT,
    "UNMASKEDNAN": BAD,
    "DETECTED": 0,
    "DETECTED_NEGATIVE": 0,
}
"""Name of a plane to mask planes. What was detected then is detected anew here."""


def calexp_exposure(
    image: NDArray[Any],
    mask: NDArray[Any],
    variance: NDArray[Any],
    bits: Mapping[str, int],
    *,
    wcs: WCS,
    pixel_unit: str,
    exp_time: float,
    mid_mjd_tai: float,
    band: str,
) -> Exposure:
    """Make an exposure of the three planes of a calexp.

    Interpolated cosmic rays keep both planes, so that no measurement takes them for light.

    Parameters
    ----------
    image, variance
        Pixels (`pixel_unit`), sky subtracted, and their variance. The pixels stay those of the whole exposure, because
        the file may not know how long it was.
    mask
        Bits of the planes.
    bits
        Plane name to number of its bit, as the MP_ keywords of the mask say.
    wcs
        World coordinates.
    pixel_unit
        Unit of the pixels.
    exp_time, mid_mjd_tai
        Exposure time (s) and middle of the exposure (MJD, TAI); NaN where they are unknown.
    band
        Band.

    Raises
    ------
    BadImage
        A plane is unknown.
    """
    unknown = sorted(set(bits) - set(PLANES))
    if unknown:
        raise BadImage(f"its mask has planes {', '.join(unknown)}, known are {', '.join(PLANES)}")
    planes = np.zeros(image.shape, dtype=np.int32)
    for name, bit in bits.items():
        planes[(np.asarray(mask, dtype=np.int64) >> bit) & 1 == 1] |= PLANES[name]
    return Exposure(
        image=np.asarray(image, dtype=np.float32),
        variance=np.asarray(variance, dtype=np.float32),
        mask=planes,
        wcs=wcs,
        pixel_unit=pixel_unit,
        exp_time=exp_time,
        mid_mjd_tai=mid_mjd_tai,
        band=band,
    )
