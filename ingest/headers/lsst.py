"""Translators for the headers of the LSST family: cameras, test stands, simulators."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time

_CONTROLLERS = tuple("OCHPQS")  # who numbered the exposure: observatory, camera, ... ; each has a millennium of its own
_NAMED = re.compile(r"[A-Z]{2}_(?P<CONTRLLR>[A-Z])_(?P<DAYOBS>\d{8})_(?P<SEQNUM>\d{6})")
_SAME_TIME = 1.0  # s


class LsstTranslator:
    """Reads the header of a camera of the Rubin Observatory.

    OBSID CC_S_20240404_000780 is camera, controller, observing night and number. Where the keywords for these are
    missing, OBSID or FILENAME, which begins with it, say them.
    """

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exposure_id": ("OBSID", "CONTRLLR", "DAYOBS", "SEQNUM"),
        "day_obs": ("DAYOBS",),
        "detector_name": ("RAFTBAY", "CCDSLOT"),
        "physical_filter": ("FILTER",),
        "datetime_begin": ("DATE-OBS", "MJD-OBS"),
        "exposure_time": ("EXPTIME",),
        "boresight_airmass": ("AMSTART",),
        "tracking_radec": ("RA", "DEC"),
        "object": ("OBJECT",),
        "observation_type": ("IMGTYPE", "OBSTYPE"),
    }
    exposure_rule: ClassVar[str] = f"controller (one of {', '.join(_CONTROLLERS)}), night and number"
    own_header: ClassVar[str] = ""  # all detectors' headers are primary ones
    time_scale: ClassVar[str] = "tai"

    def __init__(self, header: Mapping[str, Any]) -> None:
        self._header = header

    def to_exposure_id(self) -> int:
        """Return night and number as YYYYMMDDnnnnn; 1000 years later for each next controller (LSST's observation ids).

        Raises
        ------
        ValueError
            Controller, night or number is none.
        """
        millennium = _CONTROLLERS.index(self._identity("CONTRLLR"))
        number = int(self._identity("SEQNUM"))
        if not 0 <= number < 100_000:
            raise ValueError(f"SEQNUM {number} has more than five digits")
        return (self.to_day_obs() + millennium * 1000_00_00) * 100_000 + number

    def to_day_obs(self) -> int:
        """Return DAYOBS: the date, in TAI, of the noon before the exposure."""
        night = self._identity("DAYOBS")
        if not re.fullmatch(r"20\d\d[01]\d[0-3]\d", night):
            raise ValueError(f"{night} is no YYYYMMDD")
        return int(night)

    def to_detector_name(self) -> str:
        """Return raft and slot."""
        return f"{self._header['RAFTBAY']}_{self._header['CCDSLOT']}"

    def to_detector_num(self) -> None:
        """Leave the number to the instrument's YAML."""

    def to_physical_filter(self) -> str:
        """Return FILTER, as the instrument's software names it."""
        return str(self._header["FILTER"])

    def to_datetime_begin(self) -> Time:
        """Return the start, in TIMESYS where that is given.

        Raises
        ------
        ValueError
            TIMESYS is neither TAI nor UTC, or MJD-BEG or MJD-OBS, the same time in other words, contradicts it.
        """
        end = "BEG" if "DATE-BEG" in self._header else "OBS"
        scale = str(self._header.get("TIMESYS", self.time_scale)).lower()
        if scale not in ("tai", "utc"):
            raise ValueError(f"TIMESYS {scale} is neither TAI nor UTC")
        start = Time(str(self._header[f"DATE-{end}"]), format="isot", scale=scale, precision=9)
        mjd = self._header.get(f"MJD-{end}")
        if mjd is not None and abs(start.mjd - float(mjd)) * 86400 > _SAME_TIME:
            raise ValueError(f"DATE-{end} {start.isot[:19]} is not MJD-{end} {mjd}")
        return start

    def to_exposure_time(self) -> u.Quantity:
        """Return EXPTIME."""
        return float(self._header["EXPTIME"]) * u.s

    def to_boresight_airmass(self) -> float:
        """Return the airmass at the start."""
        return float(self._first("boresight_airmass"))

    def to_tracking_radec(self) -> SkyCoord:
        """Return the position that the telescope was sent to, ICRS; where it was, RASTART, is in hours in 2021."""
        ra, dec = (float(self._header[name]) for name in self.keywords["tracking_radec"])
        return SkyCoord(ra * u.deg, dec * u.deg)

    def to_object(self) -> str:
        """Return OBJECT."""
        return str(self._header["OBJECT"])

    def to_observation_type(self) -> str:
        """Return IMGTYPE in small letters; an exposure of the sky is 'science'."""
        told = str(self._first("observation_type")).lower()
        return "science" if told in ("object", "skyexp") else told

    def _first(self, wanted: str) -> Any:
        """Give the value of the first keyword that is there."""
        names = self.keywords[wanted]
        return self._header[next((name for name in names if name in self._header), names[0])]

    def _identity(self, keyword: str) -> str:
        """Give a part of the exposure's name."""
        if keyword in self._header:
            return str(self._header[keyword])
        for name in ("OBSID", "FILENAME"):
            if match := _NAMED.match(str(self._header.get(name, ""))):
                return match[keyword]
        raise KeyError(keyword)


class LatissTranslator(LsstTranslator):
    """Reads the header of LATISS, which has one detector."""

    _IN_RADIANS_UNTIL = 20200127  # from the night after, RA and DEC are degrees

    def to_detector_name(self) -> str:
        """Return R00_S00, also from before the raft was named."""
        return "R00_S00"

    def to_tracking_radec(self) -> SkyCoord:
        """Return RA and DEC; in the first months they are radians."""
        position = super().to_tracking_radec()
        if self.to_day_obs() > self._IN_RADIANS_UNTIL:
            return position
        return SkyCoord(float(self._header["RA"]) * u.rad, float(self._header["DEC"]) * u.rad)


class TestStandTranslator(LsstTranslator):
    """Reads the header of a detector or raft on a test stand, which sees no sky; times are UTC unless TIMESYS differs.

    Older stands do not number their exposures: the start, to a tenth of a second, is their number.
    """

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **LsstTranslator.keywords,
        "exposure_id": ("DATE-OBS",),
        "detector_name": ("LSST_NUM",),
    }
    exposure_rule: ClassVar[str] = "a date, or night and number"
    time_scale: ClassVar[str] = "utc"

    def to_exposure_id(self) -> int:
        """Return night and number, or the start as YYYYMMDDhhmmsst."""
        if "DAYOBS" in self._header:
            return super().to_exposure_id()
        start = str(self._header["DATE-OBS"])[:21]
        if not re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d", start):
            raise ValueError(f"{start} is no date")
        return int(re.sub(r"\D", "", start))

    def to_day_obs(self) -> int:
        """Return DAYOBS, or the date of the start."""
        if "DAYOBS" in self._header:
            return super().to_day_obs()
        return int(self.to_datetime_begin().strftime("%Y%m%d"))

    def to_detector_name(self) -> str:
        """Return raft and slot, or the serial number where the stand has none; '-Dev' is a note, not a part of it."""
        if "RAFTBAY" in self._header:
            return super().to_detector_name()
        return str(self._header["LSST_NUM"]).removesuffix("-Dev")


class SimulationTranslator(LsstTranslator):
    """Reads the header of a simulated exposure (imSim, phoSim), which has a number of its own."""

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **LsstTranslator.keywords,
        "exposure_id": ("OBSID",),
        "day_obs": ("MJD-OBS",),
        "detector_name": ("CHIPID",),
        "datetime_begin": ("MJD-OBS",),
        "boresight_airmass": ("AIRMASS",),
        "tracking_radec": ("RATEL", "DECTEL", "RA_DEG", "DEC_DEG"),
    }
    exposure_rule: ClassVar[str] = "a whole number from 1"

    def to_exposure_id(self) -> int:
        """Return OBSID."""
        return int(self._header["OBSID"])

    def to_day_obs(self) -> int:
        """Return the date of the noon (TAI) before the exposure."""
        return int((self.to_datetime_begin() - 0.5 * u.day).strftime("%Y%m%d"))

    def to_detector_name(self) -> str:
        """Return CHIPID."""
        return str(self._header["CHIPID"])

    def to_datetime_begin(self) -> Time:
        """Return MJD-OBS; some headers have no date beside it."""
        return Time(float(self._header["MJD-OBS"]), format="mjd", scale="tai")

    def to_tracking_radec(self) -> SkyCoord:
        """Return the boresight, under the name that the header has for it."""
        ra, dec = ("RATEL", "DECTEL") if "RATEL" in self._header else ("RA_DEG", "DEC_DEG")
        return SkyCoord(np.float64(self._header[ra]) * u.deg, np.float64(self._header[dec]) * u.deg)
