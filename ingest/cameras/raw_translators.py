"""The translator for the headers of raw frames by a camera's keywords."""

from collections.abc import Mapping
from typing import Any, Protocol

from astropy import units as u
from astropy.coordinates import AltAz, Angle, SkyCoord
from astropy.time import Time

from ingest.cameras.raw_lsst import LatissRaw, LsstRaw, SimulationRaw, TestStandRaw
from ingest.cameras.raw_rules import DARK, RawRules
from ingest.cameras.translated import ExposureTranslator
from ingest.cameras.translator import HeaderTranslator


class RawTranslator(ExposureTranslator, Protocol):
    """What a translator of raw frames offers besides; what nobody knows is None or ''."""

    detector_keyword: str
    filter_keyword: str

    def __init__(self, header: Mapping[str, Any], rules: RawRules) -> None: ...
    def to_day_obs(self) -> int | None: ...
    def to_detector_name(self) -> str | None: ...
    def to_detector_number(self) -> int | None: ...
    def to_observation_type(self) -> str: ...
    def to_physical_filter(self) -> str: ...
    def to_dark_time(self) -> float | None: ...


class StandardTranslator(HeaderTranslator):
    """Reads the keywords that `RawRules` lists, under the camera's names for them."""

    def __init__(self, header: Mapping[str, Any], rules: RawRules) -> None:
        super().__init__({ours: header[theirs] for ours, theirs in _named(header, rules) if theirs in header})
        self._types = rules.types
        names = rules.names.get
        self.date_keyword = names("DATE-OBS", "DATE-OBS")
        self.detector_keyword = names("DETECTOR", "DETECTOR")
        self.filter_keyword = names("FILTER", "FILTER")
        self.position_keyword = "" if self.to_tracking_radec() is None else "RA, DEC"

    def to_exposure_id(self) -> int:
        """Return EXPID, or the start where the camera does not count exposures."""
        return int(self._header["EXPID"]) if "EXPID" in self._header else super().to_exposure_id()

    def to_datetime_begin(self) -> Time | None:
        """Return DATE-OBS, with TIME-OBS where that has the time; None where nobody knows."""
        if "DATE-OBS" not in self._header or "TIME-OBS" not in self._header:
            return super().to_datetime_begin() if "DATE-OBS" in self._header else None
        hours, rest = str(self._header["TIME-OBS"]).split(":", 1)
        return Time(f"{self._header['DATE-OBS']}T{hours:0>2}:{rest}", format="isot", scale="utc", precision=9)

    def to_datetime_middle(self) -> Time | None:
        """Return the middle of the exposure; None where nobody knows."""
        start, duration = self.to_datetime_begin(), self.to_exposure_time()
        return None if start is None or duration is None else start + duration / 2

    def to_day_obs(self) -> None:
        """Leave the night to the noon of the site."""
        return

    def to_exposure_time(self) -> u.Quantity | None:
        """Return EXPTIME."""
        return self._header["EXPTIME"] * u.s if "EXPTIME" in self._header else None

    def to_tracking_radec(self) -> SkyCoord | None:
        """Return the boresight, which is the camera's where it sees the sky."""
        if "RA" not in self._header or self.to_observation_type() in DARK:
            return None
        return SkyCoord(self._header["RA"] * u.deg, self._header["DEC"] * u.deg)

    def to_altaz_begin(self) -> AltAz | None:
        """Return AZ and ALT."""
        if "AZ" not in self._header or "ALT" not in self._header:
            return None
        return AltAz(az=self._header["AZ"] * u.deg, alt=self._header["ALT"] * u.deg)

    def to_boresight_rotation_angle(self) -> Angle | None:
        """Return ROTPA."""
        return Angle(self._header["ROTPA"], "deg") if "ROTPA" in self._header else None

    def to_detector_name(self) -> None:
        """Leave it to the number."""
        return

    def to_detector_number(self) -> int | None:
        """Return DETECTOR."""
        return int(self._header["DETECTOR"]) if "DETECTOR" in self._header else None

    def to_observation_type(self) -> str:
        """Return OBSTYPE in the words of the ledger."""
        told = str(self._header.get("OBSTYPE", "")).strip()
        return self._types.get(told.upper(), told.lower())

    def to_physical_filter(self) -> str:
        """Return FILTER; '' where no light came in."""
        return "" if self.to_observation_type() in DARK else str(self._header.get("FILTER", "")).strip()

    def to_dark_time(self) -> float | None:
        """Return DARKTIME."""
        return self._header.get("DARKTIME")


def _named(header: Mapping[str, Any], rules: RawRules) -> list[tuple[str, str]]:
    """Give pairs of our keyword and the camera's."""
    renamed = set(rules.names.values())
    return [*((name, name) for name in header if name not in renamed), *rules.names.items()]


TRANSLATORS: dict[str, type[RawTranslator]] = {
    "standard": StandardTranslator,
    "lsst": LsstRaw,
    "latiss": LatissRaw,
    "test_stand": TestStandRaw,
    "simulation": SimulationRaw,
}
