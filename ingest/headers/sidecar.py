"""Headers that were translated before, as the stock package writes them beside its files."""

from collections.abc import Mapping
from typing import Any, ClassVar

from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time


def is_translated(cards: Mapping[str, Any]) -> bool:
    """Whether these are properties of an ObservationInfo, and not keywords."""
    return {"instrument", "exposure_id"} <= cards.keys()


class SidecarTranslator:
    """Gives the properties as they stand; times are TAI as two parts of a Julian date, positions ICRS in degrees."""

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    exposure_rule: ClassVar[str] = "a whole number from 1"
    own_header: ClassVar[str] = ""

    def __init__(self, header: Mapping[str, Any]) -> None:
        self._header = header

    def __getattr__(self, name: str) -> Any:
        """Give the method that gives a property, as the stock translators have it."""
        if not name.startswith("to_"):
            raise AttributeError(name)
        return lambda: self._header[name.removeprefix("to_")]

    def to_datetime_begin(self) -> Time:
        """Return the start."""
        first, second = self._header["datetime_begin"]
        return Time(float(first), float(second), format="jd", scale="tai")

    def to_day_obs(self) -> Any:
        """Return the observing night."""
        return self._header["observing_day"]

    def to_exposure_time(self) -> u.Quantity:
        """Return the exposure time."""
        return float(self._header["exposure_time"]) * u.s

    def to_tracking_radec(self) -> SkyCoord:
        """Return the boresight."""
        ra, dec = self._header["tracking_radec"]
        return SkyCoord(float(ra) * u.deg, float(dec) * u.deg)
