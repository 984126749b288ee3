"""Raw frames behind a colour mosaic: phases made alike."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.bayer import BIAS, GAIN, PHASES, SATURATION, bayer_exposure, phase_responses
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from tests.support.frames import PANOPTES

RESPONSES = np.array([1.25, 0.8, 0.65, 1.3])
SKY = np.array([175.0, 125.0, 90.0, 180.0])
READ_NOISE = 7.0
SIDE = 400


def frame(seed: int, stars: int = 300, brightest: float = 2e4) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Simulate stars of FWHM 2.2 pixels behind a mosaic; give the raw pixels and the light before the filters."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((SIDE, SIDE), dtype=np.float64)
    light = np.zeros((SIDE, SIDE))
    for center_x, center_y, flux in zip(
        *rng.uniform(5, SIDE - 5, (2, stars)), brightest * rng.uniform(0.02, 1, stars) ** 2, strict=True
    ):
        near = (slice(int(center_y) - 5, int(center_y) + 6), slice(int(center_x) - 5, int(center_x) + 6))
        spread = (x[near] - center_x) ** 2 + (y[near] - center_y) ** 2
        light[near] += flux * np.exp(-spread / (2 * 0.93**2)) / (2 * np.pi * 0.93**2)
    raw = np.empty_like(light)
    for phase, response, sky in zip(PHASES, RESPONSES / RESPONSES.mean(), SKY, strict=True):
        raw[phase] = light[phase] * response + sky
    electrons = rng.poisson(raw * GAIN) + rng.normal(0, READ_NOISE * GAIN, raw.shape)
    return np.minimum(np.rint(electrons / GAIN + BIAS), SATURATION), light


def expose(raw: NDArray[np.float64]) -> Exposure:
    return bayer_exposure(raw, wcs=WCS(naxis=2), exp_time=100.0, mid_mjd_tai=57640.0, band="RGGB")


def test_the_stars_tell_the_responses_of_the_phases_to_3_percent() -> None:
    raw, _ = frame(0)
    light = raw.copy()
    for phase in PHASES:
        light[phase] -= np.median(raw[phase])
    responses = phase_responses(light, raw >= SATURATION)
    assert responses.mean() == pytest.approx(1.0)
    np.testing.assert_allclose(responses, RESPONSES / RESPONSES.mean(), rtol=0.03)


def test_the_mosaic_vanishes_from_sky_and_stars() -> None:
    raw, light = frame(1)
    exposure = expose(raw)
    levels = [np.median(exposure.image[phase]) for phase in PHASES]
    assert np.ptp(levels) < 0.02
    assert np.mean(levels) == pytest.approx(SKY.mean() / 100, rel=0.05)
    bright = (light > 500) & (exposure.mask == 0)
    ratio = np.where(bright, (exposure.image - np.mean(levels)) * 100 / np.where(bright, light, 1.0), np.nan)
    assert np.nanmedian(ratio) == pytest.approx(1.0, abs=0.03)
    assert np.std([np.nanmedian(ratio[phase]) for phase in PHASES]) < 0.03


def test_the_variance_is_that_of_the_noise() -> None:
    raw, light = frame(2, stars=80)
    exposure = expose(raw)
    for phase, sky in zip(PHASES, SKY, strict=True):
        residual = exposure.image[phase] - light[phase] / 100
        dark = light[phase] < 0.01
        pulls = (residual - np.median(residual[dark]))[dark] / np.sqrt(exposure.variance[phase][dark])
        assert np.std(pulls) == pytest.approx(1.0, abs=0.05), sky
    bright = light > 2000
    noise = np.sqrt(exposure.variance[bright]) * 100
    assert np.all(noise > np.sqrt(light[bright] / GAIN) * 0.8)


def test_saturated_pixels_are_marked() -> None:
    raw, _ = frame(3, brightest=2e5)
    exposure = expose(raw)
    assert np.any(raw >= SATURATION)
    assert np.array_equal(exposure.mask == planes.SAT, raw >= SATURATION)


def test_a_frame_without_stars_is_refused() -> None:
    raw, _ = frame(4, stars=3)
    with pytest.raises(BadImage, match=r"stars stand out, and 20 are needed"):
        expose(raw)


def test_an_odd_row_and_column_are_kept() -> None:
    raw, _ = frame(5)
    assert expose(raw[:-1, :-3]).image.shape == (SIDE - 1, SIDE - 3)


@pytest.mark.parametrize(("name", "part"), [("solved.fits.fz", 1), ("unsolved.fits", 0)])
def test_two_real_frames_have_the_same_responses(name: str, part: int) -> None:
    raw = fits.getdata(PANOPTES / name, part).astype(np.float64)
    light = raw.copy()
    for phase in PHASES:
        light[phase] -= np.median(raw[phase])
    # Green, two others, green: two greens are alike, and the header's own metering (MEASRGGB) has red and blue weaker.
    np.testing.assert_allclose(phase_responses(light, raw >= SATURATION), [1.26, 0.79, 0.68, 1.27], atol=0.03)
    levels = [np.median(expose(raw).image[phase]) * 100 for phase in PHASES]
    assert np.ptp(levels) < 1.5
