"""Rows of a catalog made elsewhere into rows of ours, image by image."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ingest.catalogs.columns import BadColumn, repeated, stated, values
from ingest.catalogs.delivered import Delivered, Key, opened, rows_by_key
from ingest.catalogs.errors import BadCatalogFile, damaged
from ingest.catalogs.images import Image
from ingest.catalogs.recipe import Recipe
from schema.catalog.definition import arrow_schema, definition
from schema.catalog.history import unmeasured
from schema.sky import healpix29
from schema.source_id import SourceIdsFull, first_source_id

Columns = dict[str, NDArray[Any]]


def convert(file: Delivered, recipe: Recipe, images: Mapping[Key, Image]) -> list[tuple[Image, pa.Table]]:
    """Give the rows of each image of a file, sorted along the sky.

    The file has to fit into memory. Every row is looked at before anything is given.

    Parameters
    ----------
    images
        Image of each key of the file.

    Raises
    ------
    BadCatalogFile
        Raised if a position is not on the sky, an identifier stands twice in an image, or values do not fit.
    """
    try:
        with opened(file.path) as parquet:
            columns = _columns(file, parquet, recipe)
            rows = rows_by_key(file.path, parquet, recipe)
        if rows.keys() != set(file.keys):
            raise BadCatalogFile(file.path, "changed while it was read", "ingest it again when it is whole")
        _refuse_bad_positions(columns, recipe)
        return [
            (images[key], _table(recipe, images[key], {name: column[rows[key]] for name, column in columns.items()}))
            for key in file.keys
        ]
    except (BadColumn, SourceIdsFull) as error:
        raise BadCatalogFile(file.path, str(error)) from error
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise damaged(file.path, error) from error


def _columns(file: Delivered, parquet: pq.ParquetFile, recipe: Recipe) -> Columns:
    """Read what the file has of our columns, in our types and units."""
    ours = arrow_schema(definition(recipe.catalog))
    lengths = {column.name: column.length for column in definition(recipe.catalog).columns}
    theirs = parquet.read(columns=sorted({given.column for given in file.sources.values() if given.column}))
    theirs.validate(full=True)  # text must be UTF-8
    columns: Columns = {}
    for name, given in file.sources.items():
        field = ours.field(name)
        if given.column:
            unit = stated(theirs.schema.field(given.column))
            columns[name] = values(theirs[given.column], unit, field, given, lengths[name])
        else:
            columns[name] = repeated(given.value, field, theirs.num_rows)
    return columns


def _table(recipe: Recipe, image: Image, columns: Columns) -> pa.Table:
    """Make the table of an image: what the ledger says of it, what the file says, what nobody says."""
    target, found = recipe.target, definition(recipe.catalog)
    count = len(columns[target.ra])
    columns |= {name: np.full(count, getattr(image, name)) for name in target.ledger if name != "_healpix_29"}
    columns["_healpix_29"] = healpix29(columns[target.ra], columns[target.dec])
    if target.midpoint not in columns:
        if np.isnan(image.midpoint):
            raise BadColumn(f"nobody knows the middle of exposure {image.exposure}: map {target.midpoint}")
        columns[target.midpoint] = np.full(count, image.midpoint)
    if target.number and target.number not in columns:
        columns[target.number] = first_source_id(image.exposure, image.detector, count) + np.arange(1, count + 1)
    key = [columns[column.name] for column in found.key]
    order = np.lexsort((*key, columns["_healpix_29"]))
    _refuse_doubles(image, [column.name for column in found.key], key)
    arrays = []
    for field in arrow_schema(found):
        if field.name in columns:
            arrays.append(pa.array(columns[field.name][order], type=field.type))
        else:
            arrays.append(pa.array(np.full(count, unmeasured(field)), type=field.type))
    return pa.Table.from_arrays(arrays, schema=arrow_schema(found))


def _refuse_bad_positions(columns: Columns, recipe: Recipe) -> None:
    """Refuse what is not on the sky; right ascensions come into [0, 360)."""
    ra, dec = columns[recipe.target.ra], columns[recipe.target.dec]
    bad = ~((np.abs(ra) <= 360.0) & (np.abs(dec) <= 90.0))  # NaN is bad, too
    if np.any(bad):
        row = int(np.argmax(bad))
        raise BadColumn(
            f"row {row + 1} of {len(ra)} is at ra {ra[row]:g}, dec {dec[row]:g} deg, which is not on the sky"
        )
    turned = ra % 360.0
    columns[recipe.target.ra] = np.where(turned < 360.0, turned, 0.0)  # a tiny negative angle is rounded up to 360


def _refuse_doubles(image: Image, names: list[str], key: list[NDArray[Any]]) -> None:
    """Refuse rows of an image that have one identity."""
    order = np.lexsort(key)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in key:
        same &= column[order][1:] == column[order][:-1]
    if np.any(same):
        first = order[int(np.argmax(same))]
        told = ", ".join(f"{name} {column[first]}" for name, column in zip(names, key, strict=True))
        raise BadColumn(f"exposure {image.exposure}, detector {image.detector} has {told} more than once")
