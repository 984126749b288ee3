"""The first rows of a file that is a table, Parquet or FITS."""

import warnings
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits

from queries.web.parts import Cell, Heading, text_of

SHOWN = 10


@dataclass(frozen=True)
class FirstRows:
    """Some rows as cells, and how many there are."""

    headings: list[Heading]
    rows: list[list[Cell]]
    n_rows: int


def first_rows(path: Path) -> FirstRows | None:
    """Read the first rows of a file; None where it is no table, or is damaged."""
    try:
        return _parquet(path) if path.suffix == ".parquet" else _fits(path)
    except (OSError, EOFError, MemoryError, pa.ArrowException, TypeError, ValueError, KeyError, IndexError):
        return None


def _parquet(path: Path) -> FirstRows:
    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=SHOWN), None)
        schema, n_rows = file.schema_arrow, file.metadata.num_rows
    headings = [
        _heading(
            field.name, {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}, field.type
        )
        for field in schema
    ]
    columns = batch.to_pydict().values() if batch else [[] for _ in headings]
    return FirstRows(headings, [_cells(row, headings) for row in zip(*columns, strict=True)], n_rows)


def _heading(name: str, facts: dict[str, str], kind: pa.DataType) -> Heading:
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return Heading(name, facts.get("unit", ""), facts.get("description", ""), numeric)


def _fits(path: Path) -> FirstRows | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path, memmap=True) as hdus:
            tables = [hdu for hdu in hdus if not hdu.is_image]
            if not tables:
                return None
            found = tables[0]
            headings = [
                Heading(column.name, column.unit or "", "", np.issubdtype(column.dtype.base, np.number))
                for column in found.columns
            ]
            rows = [_cells(row, headings) for row in islice(found.data, SHOWN)]
            return FirstRows(headings, rows, len(found.data))


def _cells(row: Any, headings: list[Heading]) -> list[Cell]:
    """Give a row as cells; arrays within it are cut to what a cell can show."""
    cells = []
    for value, heading in zip(row, headings, strict=True):
        plain = value.tolist() if isinstance(value, np.generic | np.ndarray) else value
        text = f"{plain:.8g}" if isinstance(plain, float) else text_of(plain)
        cells.append(
            Cell(text if len(text) <= 60 else f"{text[:57]}…", None, "number" if heading.numeric else "", text)
        )
    return cells
