"""Values of parameters: from text or Python to what a statement takes."""

import math
from collections.abc import Callable
from typing import Any

from queries.errors import BadValue


def read_value(parameter: str, kind: str, value: Any) -> Any:
    """Give a value of a kind; angles in degrees.

    Raises
    ------
    BadValue
        Raised if it is none.
    """
    reader, wanted = READERS[kind]
    try:
        return reader(value)
    except (TypeError, ValueError) as error:
        raise BadValue(parameter, value, wanted) from error


def _whole(value: Any) -> int:
    """Give an integer; 1.5 is refused, not cut."""
    number = int(value) if isinstance(value, str) else value
    if isinstance(number, bool) or number != int(number) or not -(2**63) <= number < 2**63:
        raise ValueError
    return int(number)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _angle(value: Any, unit: str) -> float:
    """Give an angle in degrees: a number in a unit, or whatever astropy reads with a unit of its own.

    Colons are refused: nobody can tell whether 12:30:00 is degrees or hours.
    """
    try:
        return _number(value) / {"deg": 1.0, "arcsec": 3600.0}[unit]
    except (TypeError, ValueError):
        # A slow import, for those who write 12h30m or give a Quantity.
        from astropy.coordinates import Angle
        from astropy.units import UnitsError

        try:
            return _number(Angle(value).deg)
        except UnitsError as error:
            raise ValueError(str(error)) from error


def _text(value: Any) -> str:
    """Give text that the server can take; undecodable bytes of the command line are refused."""
    text = str(value)
    text.encode()
    return text


def _degrees(value: Any) -> float:
    return _angle(value, "deg")


def _latitude(value: Any) -> float:
    angle = _angle(value, "deg")
    if abs(angle) > 90.0:
        raise ValueError
    return angle


def _radius(value: Any) -> float:
    angle = _angle(value, "arcsec")
    if not 0.0 < angle <= 180.0:
        raise ValueError
    return angle


READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "int": (_whole, "a whole number"),
    "float": (_number, "a number"),
    "text": (_text, "text in UTF-8"),
    "deg": (_degrees, "an angle in degrees, or one with its unit such as 12h26m58s"),
    "latitude": (_latitude, "an angle in degrees from -90 to 90, or one with its unit such as 25d27m"),
    "arcsec": (_radius, "an angle in arcsec above 0, or one with its unit such as 0.1d"),
}
