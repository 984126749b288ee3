"""Images without mask and weight: the variance that the pixels tell."""

import numpy as np
import pytest
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.bare import bare_exposure
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure


def make(image: NDArray[np.float64], gain: float = 4.0, exp_time: float = 10.0) -> Exposure:
    return bare_exposure(
        image,
        gain=gain,
        saturation=30000.0,
        wcs=WCS(naxis=2),
        exp_time=exp_time,
        mid_mjd_tai=57618.0,
        band="i",
    )


def sky(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(5.0, 50.0, (200, 200))


def test_the_variance_of_the_sky_is_measured_in_spite_of_sources() -> None:
    image = sky(0)
    image[:60, :60] += 300.0
    exposure = make(image)
    assert exposure.pixel_unit == "adu/s"
    # A tenth of the pixels is lit, and shifts the median by an eighth of sigma.
    assert np.sqrt(np.median(exposure.variance)) * 10 == pytest.approx(50.0, rel=0.10)


def test_photons_of_sources_add_to_the_variance() -> None:
    image = sky(1)
    image[100, 100] = 10000.0
    exposure = make(image)
    assert exposure.variance[100, 100] * 100 == pytest.approx(50.0**2 + 10000.0 / 4.0, rel=0.03)
    assert exposure.image[100, 100] == pytest.approx(1000.0)


def test_saturated_and_missing_pixels_are_marked() -> None:
    image = sky(2)
    image[3, 4], image[5, 6] = 30000.0, np.nan
    exposure = make(image)
    assert exposure.mask[3, 4] == planes.SAT
    assert np.count_nonzero(exposure.mask) == 1
    assert exposure.cleaned().mask[5, 6] == planes.NO_DATA


@pytest.mark.parametrize(("gain", "exp_time"), [(0.0, 10.0), (np.nan, 10.0), (4.0, 0.0), (4.0, np.nan)])
def test_an_impossible_gain_or_time_is_refused(gain: float, exp_time: float) -> None:
    with pytest.raises(BadImage, match="exposure time"):
        make(sky(3), gain, exp_time)
