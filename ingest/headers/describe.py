"""Descriptions of a file's headers: instrument, translator, quantities."""

import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from astropy import units as u
from astropy.time import Time
from astropy.utils import iers

from ingest.cameras.camera import load_cameras
from ingest.cameras.errors import ImpossibleValue, MissingKeyword, NotAnExposure, UnknownCamera, UnknownProduct, clip
from ingest.cameras.observation import Observation
from ingest.cameras.read import read_observations
from ingest.headers.cards import Header, read_headers
from ingest.headers.description import Description
from ingest.headers.errors import UnknownInstrument
from ingest.headers.instrument import Instrument, detector_name, instruments
from ingest.headers.lsst import LatissTranslator, LsstTranslator, SimulationTranslator, TestStandTranslator
from ingest.headers.quantities import (
    MISTAKES,
    Quantities,
    Translator,
    date,
    detector,
    identifier,
    number_from,
    position,
    text,
)
from ingest.headers.sidecar import SidecarTranslator, is_translated
from ingest.headers.stock import DecamHeader, HscHeader, MegaPrimeHeader, SdssFpcHeader, SuprimeCamHeader

TRANSLATORS: dict[str, type[Translator]] = {
    "decam": DecamHeader,
    "hsc": HscHeader,
    "latiss": LatissTranslator,
    "lsst": LsstTranslator,
    "megaprime": MegaPrimeHeader,
    "sdss_fpc": SdssFpcHeader,
    "simulation": SimulationTranslator,
    "suprimecam": SuprimeCamHeader,
    "test_stand": TestStandTranslator,
}
_TOLD = ("INSTRUME", "TELESCOP", "ORIGIN", "instrument")


def describe_file(path: Path) -> list[Description]:
    """Say what the headers of a file say.

    A file that can be ingested is read as ingest reads it. Nothing is downloaded and no warning is emitted.

    Parameters
    ----------
    path
        A file of any form that `read_headers` takes.

    Returns
    -------
        One description per detector, or one of the exposure where the detectors have no headers of their own.

    Raises
    ------
    BadExposureFile
        The file is damaged, of an unknown instrument, or lacks what identifies an exposure.
    OSError
        The path cannot be read.
    """
    with warnings.catch_warnings(), iers.conf.set_temp("auto_download", False):
        warnings.simplefilter("ignore")
        saved = read_headers(path)
        if saved.is_fits:
            try:
                return [_as_ingested(path, observation) for observation in read_observations(path)]
            except (NotAnExposure, UnknownCamera, UnknownProduct):
                pass  # not for ingest; its header may still be known
        return _described(path, saved.headers)


def _as_ingested(path: Path, seen: Observation) -> Description:
    """Give what ingest would register; of images it does not read the observation's type."""
    start = _recorded(seen.obs_start_mjd_tai)
    return Description(
        file=path.name,
        hdu=seen.part,
        instrument=seen.instrument,
        exposure=seen.exposure,
        detector=seen.detector,
        detector_name=detector_name(load_cameras()[seen.instrument], seen.detector),
        physical_filter=seen.physical_filter,
        band=seen.band,
        day_obs=seen.day_obs,
        start=_iso(Time(start, format="mjd", scale="tai")) if start is not None else "",
        exp_time=_recorded(seen.exp_time),
        airmass=_recorded(seen.airmass),
        ra=_recorded(seen.ra),
        dec=_recorded(seen.dec),
        object=seen.target_name,
        observation_type=seen.observation_type if seen.kind in ("raw", "guider") else "",
        remark=seen.wcs_problem,
    )


def _described(path: Path, headers: Sequence[Header]) -> list[Description]:
    """Describe each detector that has a header of its own, else the exposure of the main header.

    Tile compression moves the main header to HDU 1, which ZSIMPLE tells.
    """
    main = headers[1] if len(headers) > 1 and "ZSIMPLE" in headers[1].cards else headers[0]
    if is_translated(main.cards):
        instrument = instruments().get(str(main.cards["instrument"]))
        if instrument is None:
            raise _unknown(path, main.cards)
        return [_describe(path, instrument, SidecarTranslator(main.cards), main)]
    instrument = next((one for one in instruments().values() if one.fits(main.cards)), None)
    if instrument is None:
        raise _unknown(path, main.cards)
    make = TRANSLATORS[instrument.translator]
    own = [header for header in headers[1:] if make.own_header in header.cards]
    merged = [Header(header.where, {**main.cards, **header.cards}) for header in own] or [main]
    return [_describe(path, instrument, _translator(path, make, header.cards), header) for header in merged]


def _unknown(path: Path, cards: Mapping[str, Any]) -> UnknownInstrument:
    told = [f"{name} {clip(cards[name], 24)}" for name in _TOLD if name in cards]
    known = sorted(instruments().keys() | load_cameras().keys())
    return UnknownInstrument(path, ", ".join(told) or "no INSTRUME, TELESCOP or ORIGIN", known)


def _translator(path: Path, make: type[Translator], cards: Mapping[str, Any]) -> Translator:
    """Make a translator; that of SDSS reads keywords at once."""
    try:
        return make(cards)
    except MISTAKES as error:
        raise MissingKeyword(path, ", ".join(make.keywords["exposure_id"])) from error


def _describe(path: Path, instrument: Instrument, translator: Translator, header: Header) -> Description:
    ask = Quantities(path, header.cards, translator)
    exposure = ask.needed("exposure_id", identifier, translator.exposure_rule)
    exp_time = ask.needed("exposure_time", number_from(0, 1e5), "seconds from 0 to 100000")
    start = ask.optional("datetime_begin", date, "one date, from 1980 to 2100")
    name = ask.optional("detector_name", text, "a name") or ""
    number = ask.optional("detector_num", detector, "a whole number from 0 to 999")
    if number is None:
        number = instrument.detector_number(name)
    physical_filter = ask.optional("physical_filter", text, "a name") or ""
    sky = ask.optional("tracking_radec", position, "a position on the sky") or (None, None)
    return Description(
        file=path.name,
        hdu=header.where,
        instrument=instrument.name,
        exposure=exposure,
        detector=number,
        detector_name=name or detector_name(instrument.camera, number),
        physical_filter=physical_filter,
        band=instrument.band(physical_filter),
        day_obs=_night(path, ask, instrument, start),
        start=_iso(start) if start is not None else "",
        exp_time=exp_time,
        airmass=ask.optional("boresight_airmass", number_from(1, 40), "a number from 1 to 40"),
        ra=sky[0],
        dec=sky[1],
        object=ask.optional("object", text, "a name") or "",
        observation_type=ask.optional("observation_type", text, "a name") or "",
        remark="; ".join(ask.remarks),
    )


def _night(path: Path, ask: Quantities, instrument: Instrument, start: Time | None) -> int | None:
    """Give the observing night, by the site's standard time or as the header says it.

    Raises
    ------
    ImpossibleValue
        The header's night is not that of its start, or a day beside it: one of the two is not this exposure's.
    """
    if instrument.night_offset_hours is not None:
        noon_is_midnight = (instrument.night_offset_hours - 12) * u.hour
        return None if start is None else int((start.utc + noon_is_midnight).strftime("%Y%m%d"))
    night = ask.needed("day_obs", identifier, "a date YYYYMMDD")
    try:
        noon = Time(f"{night // 10000}-{night // 100 % 100:02d}-{night % 100:02d}T12:00:00", scale="tai")
    except ValueError as error:
        raise ImpossibleValue(path, "DAYOBS", night, "a date YYYYMMDD") from error
    if start is not None and abs(start - noon) > 2 * u.day:
        raise ImpossibleValue(path, "DAYOBS", night, f"the night of the start, {_iso(start)}")
    return int(night)


def _recorded(number: float) -> float | None:
    """Give None for NaN."""
    return None if math.isnan(number) else number


def _iso(start: Time) -> str:
    """Give a time as TAI with milliseconds."""
    return str(Time(start.tai, precision=3).isot)
