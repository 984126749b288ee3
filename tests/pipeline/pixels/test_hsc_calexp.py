"""Planes of a calexp as those of an exposure."""

import numpy as np
import pytest
from astropy.wcs import WCS

from pipeline.pixels import mask as planes
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.hsc_calexp import PLANES, calexp_exposure

BITS = {name: bit for bit, name in enumerate(PLANES)}


def make(mask: np.ndarray, bits: dict[str, int]) -> Exposure:
    image = np.ones((20, 30), ">f4")
    return calexp_exposure(
        image,
        mask,
        2 * image,
        bits,
        wcs=WCS(naxis=2),
        pixel_unit="count",
        exp_time=np.nan,
        mid_mjd_tai=np.nan,
        band="unknown",
    )


@pytest.mark.parametrize("name", list(PLANES))
def test_planes_are_known_by_name_not_by_bit(name: str) -> None:
    bits = {other: (bit + 3) % len(BITS) for other, bit in BITS.items()}
    mask = np.zeros((20, 30), np.uint16)
    mask[4, 5] = 1 << bits[name]
    exposure = make(mask, bits)
    assert exposure.mask[4, 5] == PLANES[name]
    assert np.count_nonzero(exposure.mask) == (PLANES[name] != 0)


def test_pixels_are_taken_as_they_are() -> None:
    exposure = make(np.zeros((20, 30), np.uint16), BITS)
    assert exposure.image[3, 3] == 1.0
    assert exposure.variance[3, 3] == 2.0
    assert (exposure.pixel_unit, exposure.header_zero_point) == ("count", None)
    assert exposure.image.dtype == exposure.variance.dtype == np.dtype("=f4")


def test_several_planes_of_one_pixel_are_kept() -> None:
    mask = np.full((20, 30), (1 << BITS["CR"]) | (1 << BITS["INTRP"]) | (1 << BITS["DETECTED"]), np.uint16)
    assert np.all(make(mask, BITS).mask == planes.CR | planes.INTRP)


def test_an_unknown_plane_is_refused() -> None:
    with pytest.raises(BadImage, match="planes STREAK, known are BAD"):
        make(np.zeros((20, 30), np.uint16), {**BITS, "STREAK": 14})
