"""Tables as they stand in files: FITS or CSV, known by their first bytes."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from astropy import units
from astropy.io import fits
from numpy.typing import NDArray

from ingest.cameras.errors import BadExposureFile, clip
from ingest.cameras.fitsfile import Hdu, read_hdus
from ingest.errors import BadReferenceFile

SUFFIXES = (".fits", ".fit", ".fz", ".gz", ".bz2", ".csv")
PACKED = (b"SIMPLE", b"\x1f\x8b", b"BZh")  # FITS, as it is or through gzip or bzip2
Rows = dict[str, NDArray[Any]]  # by column


@dataclass(frozen=True)
class RawTable:
    """Columns of a file, by name, in the byte order of this machine.

    Attributes
    ----------
    units
        Unit of a column, where the file gives one.
    cards
        Keywords of a FITS table; empty for CSV.
    """

    path: Path
    columns: Rows
    units: dict[str, str]
    cards: dict[str, Any]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def demand(self, names: Iterable[str]) -> None:
        """Refuse the file unless it has the columns, and as numbers or truth values.

        Raises
        ------
        BadReferenceFile
            Raised for columns that are missing or hold text.
        """
        wanted = sorted(names)
        if missing := [name for name in wanted if name not in self.columns]:
            raise BadReferenceFile(self.path, f"has no columns {', '.join(missing)}")
        strange = [
            name for name in wanted if self.columns[name].dtype.kind not in "fiub" or self.columns[name].ndim != 1
        ]
        if strange:
            raise BadReferenceFile(self.path, f"has something else than a number a row in {', '.join(strange)}")

    def quantity(self, name: str, unit: str, default: str | None = None) -> NDArray[np.float64]:
        """Give a column in a unit.

        Parameters
        ----------
        default
            Unit of a column that does not say its own; without it such a column is refused.

        Raises
        ------
        BadReferenceFile
            Raised if the column's unit is missing or of another kind.
        """
        given = self.units.get(name) or default
        try:
            factor = float(units.Unit(given).to(unit))
        except (ValueError, TypeError) as error:  # UnitConversionError is both
            says = f"is in {clip(given)}" if given else "has no unit"
            raise BadReferenceFile(self.path, f"column {name} {says} instead of one like {unit}") from error
        return np.multiply(self.columns[name], factor, dtype=np.float64)


def read_table(path: Path) -> RawTable:
    """Read a file's table.

    Raises
    ------
    BadReferenceFile
        Raised if the file is damaged, or holds no table or no row.
    OSError
        Raised if the path cannot be read.
    """
    if path.is_dir():
        raise BadReferenceFile(path, "is a folder")
    with path.open("rb") as stream:
        start = stream.read(6)
    table = _read_fits(path) if start.startswith(PACKED) else _read_csv(path)
    if not len(table):
        raise BadReferenceFile(path, "holds no star")
    return table


def _read_fits(path: Path) -> RawTable:
    """Read the first table of a FITS file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong is said in a sentence of ours
            hdu = next(hdu for hdu in read_hdus(path) if isinstance(hdu.fits, fits.BinTableHDU))
            return RawTable(path, _columns(hdu), _units(hdu), hdu.cards)
    except BadExposureFile as error:
        raise BadReferenceFile(path, error.problem) from error
    except Exception as error:  # astropy raises almost anything when a table's header is wrong
        raise BadReferenceFile(path, "holds no table that can be read") from error


def _columns(hdu: Hdu) -> Rows:
    """Give the columns; the bits of a flag column, which LSST's tables name by TFLAGn, become columns of their own."""
    # Column by column: only so does astropy turn the letters of a logical column into truth values.
    rows = {name: _native(hdu.fits.data[name]) for name in hdu.fits.columns.names}
    if "FLAGCOL" in hdu.cards:
        bits = rows.pop(hdu.fits.columns.names[hdu.cards["FLAGCOL"] - 1])
        rows |= {hdu.cards[f"TFLAG{bit + 1}"]: bits[:, bit] for bit in range(bits.shape[1])}
    return rows


def _units(hdu: Hdu) -> dict[str, str]:
    return {column.name: column.unit for column in hdu.fits.columns if column.unit}


def _native(array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(array, dtype=array.dtype.newbyteorder("="))


def _read_csv(path: Path) -> RawTable:
    """Read a CSV file whose first line names the columns; an empty number is NaN."""
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        raise BadReferenceFile(path, "is no FITS file, nor a table in CSV that ends with a whole line")
    try:
        table = pyarrow.csv.read_csv(pa.BufferReader(content))
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        problem = str(error).splitlines()[0]
        raise BadReferenceFile(path, f"is no FITS file, nor a table in CSV ({clip(problem, 100)})") from error
    empty = np.full(table.num_rows, np.nan)
    columns = {
        name: empty if pa.types.is_null(table[name].type) else table[name].to_numpy() for name in table.column_names
    }
    return RawTable(path, columns, {}, {})
