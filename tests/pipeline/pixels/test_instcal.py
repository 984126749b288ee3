"""InstCal planes and joined images as exposures."""

from typing import Any

import numpy as np
import pytest
from astropy.wcs import WCS

from pipeline.pixels import mask as planes
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.instcal import instcal_exposure

SHAPE = (40, 50)


def make(
    exp_time: float = 100.0, code: int = 0, weight: float = 0.01, pixel_unit: str = "adu", photon_noise: bool = False
) -> Exposure:
    codes, weights = np.zeros(SHAPE, ">i4"), np.full(SHAPE, 0.01, ">f4")
    codes[3, 4], weights[3, 4] = code, weight
    return instcal_exposure(
        np.full(SHAPE, 500.0, ">f4"),
        codes,
        weights,
        pixel_unit=pixel_unit,
        photon_noise=photon_noise,
        wcs=WCS(naxis=2),
        exp_time=exp_time,
        mid_mjd_tai=58000.0,
        band="z",
    )


def test_pixels_and_variance_become_rates() -> None:
    exposure = make()
    assert exposure.image[0, 0] == pytest.approx(5.0)
    assert exposure.variance[0, 0] == pytest.approx(100.0 / 100.0**2)
    assert exposure.pixel_unit == "adu/s"
    assert exposure.image.dtype == exposure.variance.dtype == np.dtype("=f4")


def test_rates_stay_as_they_are() -> None:
    exposure = make(pixel_unit="count/s")
    assert exposure.image[0, 0] == pytest.approx(500.0)
    assert exposure.variance[0, 0] == pytest.approx(100.0)
    assert exposure.pixel_unit == "count/s"


def test_photon_noise_of_sources_is_added_where_the_weight_lacks_it() -> None:
    image = np.full(SHAPE, 10.0)
    image[5, 5], image[6, 6] = 1010.0, 11.0
    weights = np.full(SHAPE, 4.0)
    weights[7, 7] = 0.0

    def variance(photon_noise: bool) -> Any:
        return instcal_exposure(
            image,
            None,
            weights,
            pixel_unit="count/s",
            photon_noise=photon_noise,
            wcs=WCS(naxis=2),
            exp_time=100.0,
            mid_mjd_tai=58000.0,
            band="r",
        ).variance

    # 1000 photoelectrons per second in 100 s have the variance 1000 / 100; what does not stand out adds nothing.
    assert variance(True)[5, 5] - variance(False)[5, 5] == pytest.approx(10.0)
    assert variance(True)[6, 6] == variance(False)[6, 6] == variance(True)[0, 0] == pytest.approx(0.25)
    assert np.isnan(variance(True)[7, 7])


def test_an_image_without_codes_has_a_mask_of_its_weights_alone() -> None:
    weights = np.full(SHAPE, 0.01)
    weights[2, 3] = 0.0
    exposure = instcal_exposure(
        np.full(SHAPE, 500.0),
        None,
        weights,
        pixel_unit="count",
        wcs=WCS(naxis=2),
        exp_time=100.0,
        mid_mjd_tai=57280.0,
        band="g",
    )
    assert (exposure.pixel_unit, exposure.image[0, 0]) == ("count/s", 5.0)
    assert np.count_nonzero(exposure.mask) == 1
    assert exposure.mask[2, 3] == planes.BAD


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, 0),
        (1, planes.BAD | planes.INTRP),
        (2, planes.NO_DATA),
        (3, planes.SAT),
        (4, planes.SAT | planes.INTRP),
        (5, planes.CR | planes.INTRP),
        (6, planes.BAD),
        (7, planes.SUSPECT),
        (8, planes.SUSPECT),
    ],
)
def test_codes_are_numbers_not_bits(code: int, expected: int) -> None:
    exposure = make(code=code)
    assert exposure.mask[3, 4] == expected
    assert np.count_nonzero(exposure.mask) == (expected != 0)


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_a_pixel_without_weight_is_bad(weight: float) -> None:
    exposure = make(weight=weight)
    assert exposure.mask[3, 4] & planes.BAD
    assert np.isnan(exposure.variance[3, 4])
    cleaned = exposure.cleaned()
    assert cleaned.mask[3, 4] & planes.NO_DATA
    assert cleaned.variance[3, 4] == 1.0


@pytest.mark.parametrize("code", [9, 64, -1])
def test_an_unknown_code_is_refused(code: int) -> None:
    with pytest.raises(BadImage, match=r"data quality code .*known are 0 to 8"):
        make(code=code)


@pytest.mark.parametrize("exp_time", [0.0, -5.0, np.nan])
def test_an_impossible_exposure_time_is_refused(exp_time: float) -> None:
    with pytest.raises(BadImage, match="exposure time"):
        make(exp_time=exp_time)


def test_the_weight_explains_the_noise_of_the_real_sky(
    decam_calibrated: dict[int, Any], decam_exposures: dict[int, Exposure]
) -> None:
    for number, result in decam_calibrated.items():
        expected = np.sqrt(np.median(decam_exposures[number].variance[result.mask == 0]))
        assert result.summary["skyNoise"] == pytest.approx(expected, rel=0.05)


def test_every_plane_has_its_own_bit_and_name() -> None:
    assert list(planes.NAMES.values()) == [1 << bit for bit in range(len(planes.NAMES))]
    assert all(getattr(planes, name) == value for name, value in planes.NAMES.items())


def test_planes_spread_to_the_eight_neighbors() -> None:
    mask = np.zeros((7, 7), np.int32)
    mask[0, 0], mask[4, 4], mask[4, 5] = planes.CR, planes.SAT, planes.BAD
    wide = planes.spread(mask)
    assert wide[1, 1] == planes.CR
    assert wide[2, 2] == 0
    assert wide[4, 4] == wide[3, 5] == planes.SAT | planes.BAD
    assert wide[4, 3] == planes.SAT
    assert wide[4, 6] == planes.BAD
