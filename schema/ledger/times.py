"""Times that people write: moments of bookkeeping (UTC), and instants of science (TAI)."""

import re
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from schema.ledger.errors import BadTime

EPOCH_MJD = 40587  # 1970-01-01
DAY_NS = 86_400_000_000_000
MJD = re.compile(r"\d{1,6}(\.\d+)?")
EXPOSURE = re.compile(r"(?P<instrument>[^/\s]+)/(?P<exposure>\d+)")


def moment(text: str) -> datetime:
    """Read a moment of bookkeeping: ISO 8601, UTC where no other zone is given; a date is its beginning.

    Raises
    ------
    BadTime
        Raised if it is none.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadTime(text, "a date or time such as 2026-11-17T12:00") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def tai_ns(text: str) -> int:
    """Read an instant: ISO 8601 in UTC, or MJD in TAI; give TAI nanoseconds since 1970-01-01.

    A number is the MJD of the shutter as the view `exposure` has it; dates are those of clocks, hence UTC: 37 s apart
    in 2026.

    Raises
    ------
    BadTime
        Raised if it is neither.
    """
    if MJD.fullmatch(text.strip()):
        return mjd_ns(text)
    # A slow import: leap seconds.
    from astropy.time import Time

    stated = moment(text).astimezone(UTC).replace(tzinfo=None)
    tai = Time(stated, scale="utc").tai
    return int(2 * (float(tai.jd1) - 2400000.5 - EPOCH_MJD)) * DAY_NS // 2 + round(float(tai.jd2) * DAY_NS)


def mjd_ns(mjd: str | float) -> int:
    """Give an MJD (TAI) as TAI nanoseconds since 1970-01-01; a text loses no digit."""
    whole, _, rest = str(mjd).strip().partition(".")
    return (int(whole) - EPOCH_MJD) * DAY_NS + round(float(f"0.{rest or 0}") * DAY_NS)


def bound(connection: Connection[Any], text: str, *, end: bool) -> int:
    """Read an end of a validity: an instant, or an exposure as INSTRUMENT/NUMBER.

    Parameters
    ----------
    end
        Of an exposure its end is meant, else its beginning.

    Returns
    -------
    TAI nanoseconds since 1970-01-01.

    Raises
    ------
    BadTime
        Raised if it is neither, or nobody knows when that exposure was taken.
    """
    found = EXPOSURE.fullmatch(text.strip())
    if found is None:
        return tai_ns(text)
    row = connection.execute(
        "select obs_start_mjd_tai, exp_time from public.exposure where instrument = %s and exposure = %s",
        [found["instrument"], int(found["exposure"])],
    ).fetchone()
    if row is None or row[0] is None or (end and row[1] is None):
        raise BadTime(text, "an exposure whose time is known, such as the view exposure lists")
    return mjd_ns(row[0]) + (round(row[1] * 1e9) if end else 0)
