"""Times that people write: moments of bookkeeping (UTC), and instants of science (TAI)."""

import re
import warnings
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from schema.ledger.errors import BadTime

EPOCH_MJD = 40587  # 1970-01-01
DAY_NS = 86_400_000_000_000
FIRST_YEAR, LAST_YEAR = 1678, 2261  # of nanoseconds in 64 bits
MJD = re.compile(r"\d{5}(\.\d+)?")  # from 1886 to 2132; a year is none
# The opening of the shutter of `e` in TAI nanoseconds, from a double that tells microseconds. Whoever compares it with
# a validity takes this very expression: another way of rounding would leave out the exposure that an end names.
SHUTTER_NS = f"round((e.obs_start_mjd_tai - {EPOCH_MJD}) * 86400e9)::bigint"
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
        Raised if it is neither, or nanoseconds do not reach it.
    """
    if MJD.fullmatch(text.strip()):
        return mjd_ns(float(text))
    stated = moment(text)
    if not FIRST_YEAR <= stated.year <= LAST_YEAR:
        raise BadTime(
            text, f"one of the years {FIRST_YEAR} to {LAST_YEAR}; without a beginning or an end it is for ever"
        )
    # A slow import: leap seconds.
    from astropy.time import Time

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ERFA doubts UTC before 1960 and leap seconds years ahead
        tai = Time(stated.astimezone(UTC).replace(tzinfo=None), scale="utc").tai
    return int(2 * (float(tai.jd1) - 2400000.5 - EPOCH_MJD)) * DAY_NS // 2 + round(float(tai.jd2) * DAY_NS)


def mjd_ns(mjd: float) -> int:
    """Give an MJD (TAI) as TAI nanoseconds since 1970-01-01, rounded as `SHUTTER_NS` rounds it."""
    return round((mjd - EPOCH_MJD) * 86400e9)


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
        f"select {SHUTTER_NS}, e.exp_time from public.exposure e where e.instrument = %s and e.exposure = %s",  # noqa: S608
        [found["instrument"], int(found["exposure"])],
    ).fetchone()
    if row is None or row[0] is None or (end and row[1] is None):
        raise BadTime(text, "an exposure whose time is known, such as the view exposure lists")
    return int(row[0]) + (round(row[1] * 1e9) if end else 0)
