"""A metadata translator for cameras that the stock package does not know."""

from typing import Any

from astropy import units as u
from astropy.coordinates import AltAz, Angle, SkyCoord
from astropy.time import Time


class HeaderTranslator:
    """Reads a vetted header by the keywords that most cameras share; what is not recorded is None.

    DATE-OBS is the start in UTC. RA (hours) and DEC (degrees) are the boresight, FK5 of J2000. A camera's own class
    overrides what differs.
    """

    date_keyword = "DATE-OBS"
    position_keyword = "RA, DEC"

    def __init__(self, header: dict[str, Any]) -> None:
        self._header = header

    def to_exposure_id(self) -> int:
        """Return the start, truncated to seconds, as YYYYMMDDhhmmss (UTC): for cameras that do not count exposures."""
        return int(self.to_datetime_begin().strftime("%Y%m%d%H%M%S"))

    def to_datetime_begin(self) -> Time:
        """Return the start; nanoseconds, so that no text of it is rounded up to the next second."""
        return Time(self._header["DATE-OBS"], format="isot", scale="utc", precision=9)

    def to_datetime_middle(self) -> Time:
        """Return the middle of the exposure."""
        return self.to_datetime_begin() + self.to_exposure_time() / 2

    def to_exposure_time(self) -> u.Quantity:
        """Return EXPTIME."""
        return self._header["EXPTIME"] * u.s

    def to_physical_filter(self) -> str:
        """Return the first word of FILTER."""
        return str(self._header["FILTER"]).split()[0]

    def to_tracking_radec(self) -> SkyCoord:
        """Return the boresight."""
        return SkyCoord(self._header["RA"] * u.hourangle, self._header["DEC"] * u.deg, frame="fk5")

    def to_altaz_begin(self) -> AltAz | None:
        """Return the horizontal position at the start; None: not recorded."""
        return None

    def to_boresight_airmass(self) -> float | None:
        """Return AIRMASS."""
        return self._header.get("AIRMASS")

    def to_boresight_rotation_angle(self) -> Angle | None:
        """Return the position angle of the image's +y axis; None: not recorded."""
        return None

    def to_object(self) -> str:
        """Return OBJECT."""
        return str(self._header.get("OBJECT", ""))

    def to_science_program(self) -> str:
        """Return PROPID."""
        return str(self._header.get("PROPID", ""))
