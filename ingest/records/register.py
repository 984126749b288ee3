"""Dimension records into the registry, set by set."""

from pathlib import Path
from typing import Any

from psycopg import Connection, errors

from ingest.cameras.camera import load_cameras
from ingest.dimensions import register_instruments
from ingest.merging import merge
from ingest.records.document import read_records
from ingest.records.elements import ELEMENTS, Element, Records
from ingest.records.errors import BadRecords, ContradictingRecord

Told = tuple[str, int, int]  # element, records, those that are new
CUT = 60  # characters of a value in a sentence


def ingest_records(connection: Connection[Any], path: Path) -> list[Told]:
    """Register the dimension records of a file: all or nothing, and what is known stays as it is.

    Cameras come from our own definitions, because records do not tell how large a detector is; what records say of a
    camera must agree with them.

    Returns
    -------
    What became of each element, in the order in which they were registered.

    Raises
    ------
    BadRecords
        Raised if the file cannot be read, a record is not whole, or refers to what is not there.
    ContradictingRecord
        Raised if a record says something else than the ledger.
    """
    records = read_records(path)
    try:
        names = {str(one["name"]) for one in records.get("instrument", [])}
    except (KeyError, TypeError) as error:
        raise BadRecords(path, f"a record of instrument is not whole: {type(error).__name__} {error}") from error
    for name in sorted(names - load_cameras().keys()):
        known = ", ".join(load_cameras())
        raise BadRecords(
            path, f"the instrument {name} is no camera that is known ({known}): see docs/adding_a_camera.md"
        )
    with connection.transaction():
        register_instruments(connection, names)
        return [(name, *_register(connection, path, name, element, records)) for name, element in ELEMENTS.items()]


def _register(
    connection: Connection[Any], path: Path, name: str, element: Element, records: Records
) -> tuple[int, int]:
    """Register the records of one element; give how many there are, and how many are new."""
    try:
        rows = list(element.rows(records))
        n, wrong = merge(
            connection, element.table, element.keys, rows, tolerances=element.tolerances, blank=element.blank
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadRecords(path, f"a record of {name} is not whole: {type(error).__name__} {error}") from error
    except errors.ForeignKeyViolation as error:
        said = error.diag.message_detail or str(error)
        raise BadRecords(path, f"a record of {name} refers to what is not there: {said}") from error
    except errors.NotNullViolation as error:
        problem = f"a record of {name} has no {error.diag.column_name}, and nothing that is registered says it"
        raise BadRecords(path, problem) from error
    except errors.DataError as error:
        raise BadRecords(path, f"a record of {name} cannot be stored: {error.diag.message_primary}") from error
    if wrong is not None:
        known, given = _difference(wrong.known, wrong.given)
        raise ContradictingRecord(path, name, wrong.key, wrong.column, _short(known), _short(given))
    return len(rows), n


def _difference(known: object, given: object) -> tuple[object, object]:
    """Give of two documents what differs; of anything else all."""
    if not (isinstance(known, dict) and isinstance(given, dict)):
        return known, given
    unlike = sorted(name for name in known.keys() | given.keys() if known.get(name) != given.get(name))
    return {name: known.get(name) for name in unlike}, {name: given.get(name) for name in unlike}


def _short(value: object) -> str:
    said = "unknown" if value is None else str(value)
    return said if len(said) <= CUT else f"{said[:CUT]}…"
