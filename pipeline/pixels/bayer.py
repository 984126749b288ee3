"""Raw frames behind a colour mosaic (RGGB) as exposures."""

from typing import Any, Final

import numpy as np
import sep
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import SAT
from pipeline.pixels.photon_noise import photon_variance

BIAS: Final = 2048.0
GAIN: Final = 1.5
SATURATION: Final = BIAS + 11530.0
"""Bias (ADU), gain (electrons per ADU) and saturation (ADU) of the project's Canon cameras.

They stand in the settings of the project's own pipeline (panoptes-pipeline, `CameraSettings`).
"""
PHASES: Final = tuple((slice(row, None, 2), slice(column, None, 2)) for row in range(2) for column in range(2))
"""The four grids of pixels that share a filter; which of them is red is not asked."""
REACH: Final = 2
"""Half side (2 x 2 cells) of the square around a star whose light is compared between the phases."""
LEAST_STARS: Final = 20
MOST_STARS: Final = 200
THRESHOLD: Final = 10.0
"""Standard deviations of the 2 x 2 sums above which a star is compared."""
CLIP: Final = 3.0


def bayer_exposure(raw: NDArray[Any], *, wcs: WCS | None, exp_time: float, mid_mjd_tai: float, band: str) -> Exposure:
    """Make an exposure in ADU per second, as if all pixels had the same filter.

    Each phase is brought to the common sky level and divided by its response to the light of the average star, which
    the stars of the frame themselves tell: where a star falls on the mosaic is random. So a star that is redder or
    bluer than the average keeps a chequered residual, and the band is that of all filters together.

    Parameters
    ----------
    raw
        Pixels (ADU) with the bias in them, shape (ny, nx). A last odd row or column is kept.
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
        Too few stars stand out to compare the phases.
    """
    raw = np.asarray(raw, dtype=np.float64)
    skies = [float(np.median(raw[phase])) for phase in PHASES]
    light = raw.copy()
    for phase, sky in zip(PHASES, skies, strict=True):
        light[phase] -= sky
    responses = phase_responses(light, raw >= SATURATION)
    image, variance = np.empty_like(raw), np.empty_like(raw)
    level = float(np.mean(skies)) - BIAS
    for phase, response in zip(PHASES, responses, strict=True):
        noise = _noise(light[phase])
        image[phase] = light[phase] / response + level
        variance[phase] = (noise**2 + photon_variance(light[phase], noise, GAIN)) / response**2
    return Exposure(
        image=(image / exp_time).astype(np.float32),
        variance=(variance / exp_time**2).astype(np.float32),
        mask=np.where(raw >= SATURATION, SAT, 0).astype(np.int32),
        wcs=wcs,
        pixel_unit="adu/s",
        exp_time=exp_time,
        mid_mjd_tai=mid_mjd_tai,
        band=band,
    )


def phase_responses(light: NDArray[np.float64], saturated: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Measure the response of the four phases to starlight relative to their mean, shape (4,).

    Parameters
    ----------
    light
        Pixels without sky, phase by phase.
    saturated
        Pixels of no use; a star with one nearby is left out.

    Raises
    ------
    BadImage
        Fewer than `LEAST_STARS` stars stand out.
    """
    ny, nx = (side // 2 * 2 for side in light.shape)
    planes = np.stack([light[:ny, :nx][phase] for phase in PHASES])
    lost = np.any(np.stack([saturated[:ny, :nx][phase] for phase in PHASES]), axis=0)
    cells = np.ascontiguousarray(planes.sum(axis=0))
    found = sep.extract(cells, THRESHOLD, err=_noise(cells), minarea=3)
    x, y = np.rint(found["x"]).astype(np.intp), np.rint(found["y"]).astype(np.intp)
    whole = (np.minimum(x, y) >= REACH) & (x < nx // 2 - REACH) & (y < ny // 2 - REACH)
    order = np.argsort(-found["flux"], kind="stable")
    offset = np.arange(-REACH, REACH + 1)
    rows, columns = (place[order[whole[order]]] for place in (y, x))
    window = (rows[:, None, None] + offset[:, None], columns[:, None, None] + offset[None, :])
    clean = ~np.any(lost[window], axis=(1, 2))
    sums = planes[:, window[0], window[1]].sum(axis=(2, 3))[:, clean][:, :MOST_STARS]
    if sums.shape[1] < LEAST_STARS:
        raise BadImage(
            f"{sums.shape[1]} stars stand out, and {LEAST_STARS} are needed to compare the colours of the mosaic",
            "Leave the frame out.",
        )
    return _clipped_mean(4.0 * sums / sums.sum(axis=0))


def _clipped_mean(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average the stars of each phase within 3 robust sigma, and make the mean of the phases 1."""
    center = np.median(shares, axis=1, keepdims=True)
    sigma = 1.4826 * np.median(np.abs(shares - center), axis=1, keepdims=True)
    kept = np.all(np.abs(shares - center) <= CLIP * sigma, axis=0)
    mean = shares[:, kept].mean(axis=1)
    normalised: NDArray[np.float64] = mean / mean.mean()
    return normalised


def _noise(plane: NDArray[np.float64]) -> float:
    """Measure the noise of the sky by the differences of neighbors, which stars touch less than the values."""
    difference = np.diff(plane, axis=1)
    return float(1.4826 * np.median(np.abs(difference)) / np.sqrt(2))
