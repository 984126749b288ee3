"""Rows of `reference_star`: made whole, sorted along the sky, cut into cells, put together again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.errors import BadReferenceFile
from ingest.refcats.rawtable import RawTable, Rows
from schema.catalog.definition import arrow_schema, definition
from schema.sky import CELL_ORDER, ORDER, healpix29

OUTPUT = "reference_star"
SKY = 1
J2000 = 51544.5
MAGNITUDE = 2.5 / np.log(10)


@dataclass(frozen=True)
class Reader:
    """What reads one kind of file.

    Attributes
    ----------
    catalog
        Short name of the catalog, as in the column `catalog`.
    module
        Where the reader stands; its code is part of the recipe.
    title
        What the file is, for people.
    marks
        Columns by which such a file is known.
    convert
        Gives columns of `reference_star`, some or all; ra and dec [deg], refStarId and epochMjdTai it must give.
    order
        HEALPix order of the cells that make one dataset each: some thousand stars, so that neither the number of files
        nor what an image reads of its surroundings gets large.
    """

    catalog: str
    module: str
    title: str
    marks: frozenset[str]
    convert: Callable[[RawTable], Rows]
    order: int = CELL_ORDER

    def stars(self, raw: RawTable) -> pa.Table:
        """Give the stars of a file as rows of `reference_star`, sorted along the sky.

        Raises
        ------
        BadReferenceFile
            Raised if the file lacks columns, a position is not on the sky, or a star stands in it twice.
        """
        with np.errstate(all="ignore"):  # what overflows becomes NaN, or is refused below
            columns = self.convert(raw)
        _refuse_bad_positions(raw.path, columns)
        _refuse_bad_names(raw.path, columns["refStarId"])
        turned = columns["ra"] % 360.0
        columns["ra"] = np.where(turned < 360.0, turned, 0.0)  # a tiny negative angle is rounded up to 360
        columns["_healpix_29"] = healpix29(columns["ra"], columns["dec"])
        columns["catalog"] = np.full(len(raw), self.catalog)
        return _whole(columns, np.lexsort((columns["refStarId"], columns["_healpix_29"])))


def julian_years(years: NDArray[Any]) -> NDArray[np.float64]:
    """Give Julian years as MJD. Their scale (TT, TCB) differs from TAI by a minute at most, which no motion shows."""
    return np.asarray(J2000 + 365.25 * (years.astype(np.float64) - 2000.0))


def magnitudes(
    flux: NDArray[np.float64], error: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give AB magnitudes and their errors from fluxes [nJy]; NaN for both where a flux is not above its error.

    The zero point is that of the AB system, 3631 Jy (Oke & Gunn 1983).
    """
    known = (flux > 0) & (error > 0) & (flux > error)
    safe = np.where(known, flux, 1.0)
    magnitude = np.where(known, 2.5 * np.log10(3631e9) - 2.5 * np.log10(safe), np.nan)
    return magnitude, np.where(known, MAGNITUDE * error / safe, np.nan)


def cells(stars: pa.Table, order: int) -> Iterator[tuple[int, pa.Table]]:
    """Cut stars, sorted along the sky, into HEALPix cells; give 4 * 4^order + pixel and the rows of each."""
    pixels = stars["_healpix_29"].to_numpy() >> 2 * (ORDER - order)
    found, starts = np.unique(pixels, return_index=True)
    ends = [*starts[1:].tolist(), len(pixels)]
    for pixel, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True):
        yield 4 * 4**order + pixel, stars.slice(start, end - start)


def enclosing_cell(stars: pa.Table) -> int:
    """Give the smallest HEALPix cell up to order 5 that holds all stars; 1 for the whole sky, which no cell is."""
    first, last = (stars["_healpix_29"][row].as_py() >> 2 * (ORDER - CELL_ORDER) for row in (0, -1))
    order = CELL_ORDER
    while first != last:
        first, last, order = first >> 2, last >> 2, order - 1
    return int(4 * 4**order + first) if order >= 0 else SKY


def merge(parts: Sequence[pa.Table]) -> pa.Table:
    """Put together what several files say of one cell; of a star that is in two, the later file counts."""
    numbered = [_number(part, ordinal) for ordinal, part in enumerate(parts)]
    if len(numbered) == 1:
        return numbered[0]
    joined = pa.concat_tables(reversed(numbered)).combine_chunks()
    _, latest = np.unique(joined["refStarId"].to_numpy(), return_index=True)
    kept = joined.take(np.sort(latest))
    return kept.take(np.lexsort((kept["refStarId"].to_numpy(), kept["_healpix_29"].to_numpy())))


def _number(part: pa.Table, ordinal: int) -> pa.Table:
    """Note in each row which of the files it stood in."""
    place = part.schema.get_field_index("fileOrdinal")
    return part.set_column(place, part.schema.field(place), pa.repeat(pa.scalar(ordinal, pa.int32()), part.num_rows))


def _refuse_bad_positions(path: Path, columns: Rows) -> None:
    """Refuse what is not on the sky, or not of the centuries in which stars were measured (MJD 0 is 1858)."""
    ra, dec, epoch = columns["ra"], columns["dec"], columns["epochMjdTai"]
    bad = ~(np.isfinite(ra) & (np.abs(dec) <= 90.0) & (epoch > 0) & (epoch < 100_000))
    if np.any(bad):
        row = int(np.argmax(bad))
        at = f"ra {ra[row]:g}, dec {dec[row]:g}, epoch {epoch[row]:g} (MJD)"
        raise BadReferenceFile(path, f"row {row} of {len(ra)} is at {at}, where nothing can be")


def _refuse_bad_names(path: Path, names: NDArray[Any]) -> None:
    """Refuse identifiers that are no whole numbers, or not of one star each."""
    if names.dtype.kind not in "iu":
        raise BadReferenceFile(path, "has identifiers that are no whole numbers")
    found, counts = np.unique(names, return_counts=True)
    if np.any(counts > 1):
        raise BadReferenceFile(path, f"holds star {found[np.argmax(counts)]} {counts.max()} times")


def _whole(columns: Rows, order: NDArray[np.intp]) -> pa.Table:
    """Give all columns of the definition in an order of rows; what a catalog does not know is NaN, false or 0."""
    schema = arrow_schema(definition(OUTPUT))
    arrays = []
    for field in schema:
        dtype = field.type.to_pandas_dtype()
        if field.name not in columns:
            unknown = np.nan if pa.types.is_floating(field.type) else 0
            values = np.full(len(order), unknown, dtype=dtype)
        elif pa.types.is_floating(field.type):
            with np.errstate(over="ignore"):
                values = np.asarray(columns[field.name][order], dtype=dtype)
            values = np.where(np.isfinite(values), values, dtype("nan"))
        else:
            values = columns[field.name][order]
        arrays.append(pa.array(values).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
