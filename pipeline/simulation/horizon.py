"""Where the telescope looks: altitude, parallactic angle, airmass."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.simulation.world import Site

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Direction:
    """A direction as the site sees it.

    Attributes
    ----------
    azimuth, altitude
        Degrees; azimuth from north through east.
    parallactic
        Direction of the zenith there, from north through east (deg).
    """

    azimuth: float
    altitude: float
    parallactic: float

    @property
    def airmass(self) -> float:
        """Give the airmass; Kasten & Young 1989, Applied Optics 28, 4735."""
        low = 0.50572 * math.pow(self.altitude + 6.07995, -1.6364)
        return max(1.0, 1 / (math.sin(math.radians(self.altitude)) + low))


def sidereal(when: datetime, site: Site) -> float:
    """Give the local mean sidereal time (deg), to a second of time; Meeus, Astronomical Algorithms, chapter 12."""
    days = (when - J2000).total_seconds() / 86400
    return (280.46061837 + 360.98564736629 * days + site.longitude) % 360


def direction(ra: float, dec: float, when: datetime, site: Site) -> Direction:
    """Give where a position (deg) stands; precession and refraction are left out."""
    hour, delta, phi = (math.radians(angle) for angle in (sidereal(when, site) - ra, dec, site.latitude))
    height = math.sin(phi) * math.sin(delta) + math.cos(phi) * math.cos(delta) * math.cos(hour)
    east = -math.cos(delta) * math.sin(hour)
    north = math.sin(delta) * math.cos(phi) - math.cos(delta) * math.sin(phi) * math.cos(hour)
    zenith = math.sin(hour) * math.cos(phi)
    beyond = math.sin(phi) * math.cos(delta) - math.cos(phi) * math.sin(delta) * math.cos(hour)
    return Direction(
        math.degrees(math.atan2(east, north)) % 360,
        math.degrees(math.asin(max(-1.0, min(1.0, height)))),
        math.degrees(math.atan2(zenith, beyond)),
    )
