"""When, where and what for an exposure was taken, as its translator says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypedDict

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.errors import ImpossibleValue

_FIRST_MJD, _LAST_MJD = 44239.0, 88069.0  # 1980-01-01 and 2100-01-01


class ExposureTranslator(Protocol):
    """What a camera's metadata translator offers here; ``*_keyword`` are for the sentences of errors.

    What nobody knows is None. ``position_keyword`` is '' where the camera's files never tell the boresight.
    """

    date_keyword: str
    position_keyword: str

    def to_exposure_id(self) -> int: ...
    def to_datetime_begin(self) -> Any: ...
    def to_datetime_middle(self) -> Any: ...
    def to_exposure_time(self) -> Any: ...
    def to_tracking_radec(self) -> Any: ...
    def to_altaz_begin(self) -> Any: ...
    def to_boresight_airmass(self) -> float | None: ...
    def to_boresight_rotation_angle(self) -> Any: ...
    def to_object(self) -> str: ...
    def to_science_program(self) -> str: ...


class Times(TypedDict):
    """Fields of an observation."""

    day_obs: int | None
    obs_start_mjd_tai: float
    exp_time: float
    exp_mid_mjd_tai: float


class Pointing(TypedDict):
    """Fields of an observation."""

    ra: float
    dec: float
    azimuth: float
    altitude: float
    zenith_distance: float
    airmass: float
    sky_rotation: float


class Purpose(TypedDict):
    """Fields of an observation."""

    target_name: str
    science_program: str


def times(path: Path, camera: Camera, translator: ExposureTranslator) -> Times:
    """Say when it was taken."""
    start = _start(path, camera, translator)
    return {
        "day_obs": day_obs(start, camera) if start is not None else None,
        "obs_start_mjd_tai": _mjd_tai(start),
        "exp_time": _seconds(translator.to_exposure_time()),
        "exp_mid_mjd_tai": _mjd_tai(translator.to_datetime_middle()),
    }


def pointing(path: Path, translator: ExposureTranslator) -> Pointing:
    """Say where the telescope looked."""
    ra, dec = _sky(path, translator)
    altaz = _unless_missing(translator.to_altaz_begin)
    airmass = _unless_missing(translator.to_boresight_airmass)
    altitude = float(altaz.alt.deg) if altaz is not None else np.nan
    return {
        "ra": ra,
        "dec": dec,
        "azimuth": float(altaz.az.wrap_at(360 * u.deg).deg) if altaz is not None else np.nan,
        "altitude": altitude,
        "zenith_distance": 90 - altitude,
        "airmass": float(airmass) if airmass is not None else np.nan,
        "sky_rotation": _rotation(translator),
    }


def purpose(translator: ExposureTranslator) -> Purpose:
    """Say what it was taken for."""
    return {
        "target_name": _unless_missing(translator.to_object) or "",
        "science_program": _unless_missing(translator.to_science_program) or "",
    }


def day_obs(start: Time, camera: Camera) -> int:
    """Observing night YYYYMMDD: the site's standard-time date of the noon before the exposure's start."""
    noon_is_midnight = (camera.utc_offset_hours - 12) * u.hour
    return int((start.utc + noon_is_midnight).strftime("%Y%m%d"))


def _mjd_tai(time: Time | None) -> float:
    return float(time.tai.mjd) if time is not None else np.nan


def _seconds(duration: u.Quantity | None) -> float:
    return float(duration.to_value(u.s)) if duration is not None else np.nan


def _start(path: Path, camera: Camera, translator: ExposureTranslator) -> Time | None:
    """Return the start; None where a header correction gave the date up."""
    rule = "a date from 1980 to 2100"
    start = _translated(path, translator.to_datetime_begin, translator.date_keyword, rule)
    if start is None and not camera.may_be_unknown(translator.date_keyword):
        raise ImpossibleValue(path, translator.date_keyword, None, rule)
    if start is not None and not _FIRST_MJD <= start.tai.mjd <= _LAST_MJD:
        raise ImpossibleValue(path, translator.date_keyword, start.isot, rule)
    return start


def _sky(path: Path, translator: ExposureTranslator) -> tuple[float, float]:
    """Return ICRS ra, dec of the boresight (deg); NaN where the files of a camera never tell it."""
    keyword, rule = translator.position_keyword, "a position on the sky"
    position: SkyCoord | None = _translated(path, translator.to_tracking_radec, keyword, rule)
    if position is None and keyword:
        raise ImpossibleValue(path, keyword, None, rule)
    return (float(position.icrs.ra.deg), float(position.icrs.dec.deg)) if position is not None else (np.nan, np.nan)


def _translated(path: Path, translate: Callable[[], Any], keyword: str, rule: str) -> Any:
    """Call a translator's method; whatever it cannot digest becomes one sentence about its keyword."""
    try:
        return translate()
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise ImpossibleValue(path, keyword, error, rule) from error


def _unless_missing(translate: Callable[[], Any]) -> Any:
    """Call a translator's method, None where its keyword is missing."""
    try:
        return translate()
    except KeyError:
        return None


def _rotation(translator: ExposureTranslator) -> float:
    angle = _unless_missing(translator.to_boresight_rotation_angle)
    return float(angle.to_value(u.deg)) if angle is not None else np.nan
