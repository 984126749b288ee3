"""Files of sky positions: CSV or Parquet, checked row by row."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from astropy.time import Time
from numpy.typing import NDArray

from schema.errors import SkyledgerError
from schema.sky import healpix29

SCHEMA = pa.schema(
    [
        pa.field("objectId", pa.int64(), nullable=False),
        pa.field("positionList", pa.string(), nullable=False),
        pa.field("ra", pa.float64(), nullable=False),
        pa.field("dec", pa.float64(), nullable=False),
        pa.field("epochMjdTai", pa.float64(), nullable=False),  # when the position held
        pa.field("pmRa", pa.float64(), nullable=False),  # mas/yr, times cos(dec)
        pa.field("pmDec", pa.float64(), nullable=False),
        pa.field("_healpix_29", pa.int64(), nullable=False),
    ]
)
REQUIRED = ("ra", "dec")
KNOWN = (*REQUIRED, "id", "pmra", "pmdec", "epoch")
PARQUET = b"PAR1"


class BadPositionList(SkyledgerError):
    """A list of positions that cannot be taken in."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(
            f"{path.name}: {problem}; give CSV or Parquet with the columns ra and dec (ICRS, degrees), and where there "
            "are any id, pmra, pmdec (mas/yr, pmra times cos dec) and epoch (Julian year)"
        )


def read_positions(path: Path, name: str) -> pa.Table:
    """Read a list of positions, sorted along the sky.

    Columns may be in any order and case; others than the known ones are left out. Without a column `id` the rows are
    numbered from 1. Positions without proper motion are taken as ICRS at every epoch.

    Parameters
    ----------
    path
        CSV with a header line, or Parquet.
    name
        Name of the list, for the column `positionList`.

    Raises
    ------
    BadPositionList
        Raised if the file cannot be read, or for the first row that is wrong.
    """
    columns = {column: values for column, values in _columns(path).items() if column in KNOWN}
    if missing := [column for column in REQUIRED if column not in columns]:
        raise BadPositionList(path, f"has no column {' and no column '.join(missing)}")
    numbers = {column: _numbers(path, column, values) for column, values in columns.items() if column != "id"}
    count = len(numbers["ra"])
    if count == 0:
        raise BadPositionList(path, "holds no position")
    ids = _ids(path, columns["id"]) if "id" in columns else np.arange(1, count + 1)
    _check(path, numbers)
    zeros = np.zeros(count)
    rows = {
        "objectId": ids,
        "positionList": np.full(count, name),
        "ra": numbers["ra"] % 360.0,
        "dec": numbers["dec"],
        # A Julian year of barycentric time; TCB and TAI differ by seconds, which no motion shows.
        "epochMjdTai": Time(numbers.get("epoch", zeros + 2000.0), format="jyear", scale="tai").mjd,
        "pmRa": numbers.get("pmra", zeros),
        "pmDec": numbers.get("pmdec", zeros),
        "_healpix_29": healpix29(numbers["ra"], numbers["dec"]),
    }
    order = np.lexsort((ids, rows["_healpix_29"]))
    return pa.Table.from_arrays([pa.array(rows[field.name][order], field.type) for field in SCHEMA], schema=SCHEMA)


def _columns(path: Path) -> dict[str, pa.ChunkedArray]:
    """Read the columns by lower-case name; those of CSV as text."""
    try:
        with path.open("rb") as stream:
            is_parquet = stream.read(4) == PARQUET
        table = pq.read_table(path) if is_parquet else _read_text(path)
    except OSError as error:
        raise BadPositionList(path, f"cannot be read ({error.strerror or error})") from error
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise BadPositionList(path, f"is neither CSV nor Parquet ({str(error).splitlines()[0]})") from error
    names = [name.strip().lower() for name in table.column_names]
    if doubled := [name for name in KNOWN if names.count(name) > 1]:
        raise BadPositionList(path, f"has more than one column {doubled[0]}")
    return dict(zip(names, table.columns, strict=True))


def _read_text(path: Path) -> pa.Table:
    """Read CSV without guessing types: a guess would turn one bad number into a bad column."""
    header = pa.csv.open_csv(path).schema.names
    options = pa.csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False)
    return pa.csv.read_csv(path, convert_options=options)


def _numbers(path: Path, column: str, values: pa.ChunkedArray) -> NDArray[np.float64]:
    """Turn a column into finite numbers."""
    numbers = np.array([_number(value) for value in values.to_pylist()], dtype=np.float64)
    if len(bad := np.flatnonzero(~np.isfinite(numbers))):
        row = int(bad[0])
        raise BadPositionList(path, f"row {row + 1} has {column} {str(values[row].as_py())[:40]!r}, which is no number")
    return numbers


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _ids(path: Path, values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Turn identifiers into whole numbers, each once."""
    seen: dict[int, int] = {}
    for row, value in enumerate(values.to_pylist()):
        text = str(value).strip()
        if not text.isdecimal() or int(text) >= 2**63:
            raise BadPositionList(path, f"row {row + 1} has id {text[:40]!r}, which is no whole number from 0 to 2^63")
        if int(text) in seen:
            raise BadPositionList(path, f"row {row + 1} has id {text}, which row {seen[int(text)] + 1} has too")
        seen[int(text)] = row
    return np.fromiter(seen, dtype=np.int64, count=len(seen))


def _check(path: Path, numbers: dict[str, NDArray[np.float64]]) -> None:
    """Refuse what is not on the sky, or moves from nowhere."""
    limits = {"ra": (-360.0, 360.0), "dec": (-90.0, 90.0), "epoch": (1800.0, 2200.0), "pmra": (-2e4, 2e4)}
    limits["pmdec"] = limits["pmra"]  # Barnard's star, the fastest, moves by 10.4 arcsec/yr
    for column, values in numbers.items():
        low, high = limits[column]
        if len(bad := np.flatnonzero((values < low) | (values > high))):
            row = int(bad[0])
            raise BadPositionList(
                path, f"row {row + 1} has {column} {values[row]:g}, which is not between {low:g} and {high:g}"
            )
    if ("pmra" in numbers or "pmdec" in numbers) and "epoch" not in numbers:
        raise BadPositionList(path, "has proper motions but no column epoch that says when the positions held")
