"""One observation from a translated header: what all cameras share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector, PhysicalFilter
from ingest.cameras.errors import BadWcs, ImpossibleValue
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.footprint import footprint, has_wcs
from ingest.cameras.observation import Kind, Observation, WcsState

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


def describe(
    path: Path,
    camera: Camera,
    translator: ExposureTranslator,
    hdu: Hdu,
    *,
    detector: Detector,
    physical_filter: PhysicalFilter | None,
    kind: Kind,
    part: str,
) -> Observation:
    """Put an observation together.

    Parameters
    ----------
    path, camera, hdu
        The file, its camera, and the HDU with the pixels.
    translator
        Reads the merged header, whose keywords have been vetted.
    detector, physical_filter, kind, part
        What the camera's own code has found out; the filter is None where it is unknown.

    Raises
    ------
    ImpossibleValue
        Date, position, size or unit cannot be true.
    """
    start = _start(path, camera, translator)
    sky = _sky(path, translator)
    altaz = _unless_missing(translator.to_altaz_begin)
    airmass = _unless_missing(translator.to_boresight_airmass)
    altitude = float(altaz.alt.deg) if altaz is not None else np.nan
    shape = _shape(path, hdu, detector)
    corners, wcs, problem = _corners(path, part, hdu, shape, camera, detector, sky)
    return Observation(
        instrument=camera.name,
        exposure=translator.to_exposure_id(),
        visit=translator.to_exposure_id(),
        detector=detector.number,
        physical_filter=physical_filter.name if physical_filter else "",
        band=physical_filter.band if physical_filter else "",
        day_obs=day_obs(start, camera) if start is not None else None,
        obs_start_mjd_tai=_mjd_tai(start),
        exp_time=_seconds(translator.to_exposure_time()),
        exp_mid_mjd_tai=_mjd_tai(translator.to_datetime_middle()),
        ra=sky[0],
        dec=sky[1],
        azimuth=float(altaz.az.wrap_at(360 * u.deg).deg) if altaz is not None else np.nan,
        altitude=altitude,
        zenith_distance=90 - altitude,
        airmass=float(airmass) if airmass is not None else np.nan,
        sky_rotation=_rotation(translator),
        target_name=_unless_missing(translator.to_object) or "",
        science_program=_unless_missing(translator.to_science_program) or "",
        kind=kind,
        part=part,
        shape=shape,
        corners=corners,
        wcs=wcs,
        wcs_problem=problem,
        pixel_unit=_pixel_unit(path, camera, hdu, kind),
    )


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


def _corners(
    path: Path,
    part: str,
    hdu: Hdu,
    shape: tuple[int, int],
    camera: Camera,
    detector: Detector,
    sky: tuple[float, float],
) -> tuple[NDArray[np.float64] | None, WcsState, str]:
    """Return the corners on the sky, the state of the WCS, and what is wrong with it."""
    if camera.wcs == "optional" and not has_wcs(hdu):
        return None, "none", ""
    try:
        return footprint(path, part, hdu, shape, camera, detector, sky), "solved", ""
    except BadWcs as error:
        return None, "broken", str(error)


def _rotation(translator: ExposureTranslator) -> float:
    angle = _unless_missing(translator.to_boresight_rotation_angle)
    return float(angle.to_value(u.deg)) if angle is not None else np.nan


def _shape(path: Path, hdu: Hdu, detector: Detector) -> tuple[int, int]:
    ny, nx = hdu.shape or (0, 0)
    if not (0 < nx <= detector.nx and 0 < ny <= detector.ny):
        wanted = f"from 1 x 1 to {detector.nx} x {detector.ny}, the size of {detector.name}"
        raise ImpossibleValue(path, f"{hdu.where}: NAXIS1 x NAXIS2", f"{nx} x {ny}", wanted)
    return ny, nx


def _pixel_unit(path: Path, camera: Camera, hdu: Hdu, kind: Kind) -> str:
    """Return the camera's unit; BUNIT may be missing but must not contradict. A rule of the camera's goes before."""
    unit = camera.pixel_units[kind]
    if "BUNIT" in camera.keywords:
        return unit
    written = hdu.cards.get("BUNIT")
    if kind == "image" and written is not None and str(written).strip().lower() != unit:
        raise ImpossibleValue(path, "BUNIT", written, f"'{unit}'")
    return unit
