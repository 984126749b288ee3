"""Certification: which calibration holds when; what held once stays known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from schema.ledger.collections import find_of_kind, make
from schema.ledger.curation import data_id, lock_open, refusals
from schema.ledger.errors import HoldsAlready
from schema.ledger.times import DAY_NS, EPOCH_MJD

HOLDS = """
with given as (select * from registry.dataset where dataset_id = any(%(given)s)), held as (
  select g.dataset_id, v.dataset_id as holder, v.coordinate_id, v.valid from given g
  join registry.calibration_validity v on v.collection_id = %(collection)s and v.until = 'infinity'
    and v.dataset_type_id = g.dataset_type_id and v.coordinate_id = g.coordinate_id and v.valid && %(valid)s::int8range
    and not %(replace)s
  union all
  select g.dataset_id, h.dataset_id, h.coordinate_id, %(valid)s::int8range from given g
  join given h on h.dataset_type_id = g.dataset_type_id and h.coordinate_id = g.coordinate_id
    and h.dataset_id < g.dataset_id
)
select d.uid, lower(h.valid), upper(h.valid), to_jsonb(o) - '{coordinate_id,digest}'::text[]
from held h join registry.dataset d on d.dataset_id = h.holder
join registry.coordinate o on o.coordinate_id = h.coordinate_id
order by h.dataset_id, h.valid limit 1"""

# What overlaps ends; what of it lies outside goes on as rows of their own.
END = """
update registry.calibration_validity v set until = greatest(v.since, %(moment)s) from registry.dataset g
where g.dataset_id = any(%(given)s) and v.collection_id = %(collection)s and v.until = 'infinity'
  and v.dataset_type_id = g.dataset_type_id and v.coordinate_id = g.coordinate_id and v.valid && %(valid)s::int8range
  and (v.dataset_id = g.dataset_id or not %(own)s)
returning v.dataset_id, v.valid::text"""
REST = """
insert into registry.calibration_validity (collection_id, dataset_type_id, coordinate_id, dataset_id, valid, since)
select %(collection)s, d.dataset_type_id, d.coordinate_id, d.dataset_id, piece, %(moment)s
from unnest(%(ended)s::bigint[], %(ranges)s::text[]) as e (dataset_id, valid)
join registry.dataset d using (dataset_id)
cross join unnest(int8multirange(e.valid::int8range) - int8multirange(%(valid)s::int8range)) piece"""
CERTIFY = """
insert into registry.calibration_validity (collection_id, dataset_type_id, coordinate_id, dataset_id, valid, since)
select %(collection)s, dataset_type_id, coordinate_id, dataset_id, %(valid)s::int8range, %(moment)s
from registry.dataset where dataset_id = any(%(given)s)"""
# Certified like this already: nothing is to be done.
SAME = """
select dataset_id from registry.calibration_validity
where collection_id = %s and dataset_id = any(%s) and valid = %s::int8range and until = 'infinity'"""


@dataclass(frozen=True)
class Validity:
    """When a calibration holds: TAI nanoseconds since 1970-01-01, the end is excluded; None: without end."""

    begin: int | None
    end: int | None

    @property
    def literal(self) -> str:
        """The validity as an `int8range`."""
        return f"[{'' if self.begin is None else self.begin},{'' if self.end is None else self.end})"

    def __str__(self) -> str:
        """Give it as MJD (TAI)."""
        parts = [
            f"{word} MJD {EPOCH_MJD + value / DAY_NS:.6f}"
            for word, value in (("from", self.begin), ("until", self.end))
            if value is not None
        ]
        return " ".join(parts) or "always"


def certify(
    connection: Connection[Any], name: str, datasets: Sequence[int], valid: Validity, *, replace: bool = False
) -> tuple[int, int]:
    """Let calibrations hold for some time, in a calibration collection that is made if it is new.

    Parameters
    ----------
    replace
        What held then for the same type and data ID holds no longer; before and after it goes on.

    Returns
    -------
    How many ranges were certified, and how many were cut or ended for them.

    Raises
    ------
    HoldsAlready
        Raised if another calibration holds then, and is not to be replaced.
    CollectionRefused
        Raised if the collection is sealed or no calibration collection.
    """
    with connection.transaction(), refusals(name):
        collection = make(connection, name, "calibration", "Calibrations and when they hold.")
        moment = lock_open(connection, collection, name)
        same = {row[0] for row in connection.execute(SAME, [collection, list(datasets), valid.literal])}
        fresh = [dataset for dataset in dict.fromkeys(datasets) if dataset not in same]
        asked = _asked(collection, fresh, valid, moment)
        _refuse_overlap(connection, name, {**asked, "replace": replace})
        ended = _end(connection, asked, own=False)
        return connection.execute(CERTIFY, asked).rowcount, ended


def decertify(connection: Connection[Any], name: str, datasets: Sequence[int], valid: Validity) -> int:
    """Take back that calibrations hold during some time; before and after they go on, and that they held stays known.

    Returns
    -------
    How many ranges were cut or ended.

    Raises
    ------
    UnknownCollection, CollectionRefused
        Raised if there is none, or it is sealed or no calibration collection.
    """
    with connection.transaction(), refusals(name):
        collection = find_of_kind(connection, name, ["calibration"])
        moment = lock_open(connection, collection, name)
        return _end(connection, _asked(collection, datasets, valid, moment), own=True)


def _asked(collection: int, datasets: Sequence[int], valid: Validity, moment: datetime) -> dict[str, Any]:
    """Give the parameters that the statements share."""
    return {"collection": collection, "given": list(datasets), "valid": valid.literal, "moment": moment}


def _refuse_overlap(connection: Connection[Any], name: str, asked: dict[str, Any]) -> None:
    """Say what holds already, or would hold at once."""
    row = connection.execute(HOLDS, asked).fetchone()
    if row:
        holder, begin, end, place = row
        raise HoldsAlready(name, holder, data_id(place), str(Validity(begin, end)))


def _end(connection: Connection[Any], asked: dict[str, Any], *, own: bool) -> int:
    """End what holds during a time, and let the rest of it go on; `own`: only ranges of the given datasets."""
    ended = connection.execute(END, {**asked, "own": own}).fetchall()
    cut = {"ended": [row[0] for row in ended], "ranges": [row[1] for row in ended]}
    connection.execute(REST, {**asked, **cut})
    return len(ended)
