"""What is made of a delivered file: tables in the store, or in memory alone for a rehearsal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.catalogs.convert import convert
from ingest.catalogs.errors import BadCatalogFile
from ingest.catalogs.footprints import Sample, samples
from ingest.catalogs.images import Image
from ingest.catalogs.numbers import brought
from ingest.catalogs.plan import Planned
from ingest.catalogs.recipe import Recipe
from ingest.conversion import Converted, store_table
from schema.arrow_digest import digest
from schema.canonical import coordinate_digest
from schema.store import Store, Stored


@dataclass(frozen=True)
class Made:
    """What was made of a file.

    Attributes
    ----------
    contents
        Content digest of each table.
    numbers
        Identifiers that the file brings along.
    samples
        Where some rows of each image lie.
    stored, converted
        The file and the tables in the store; None and nothing where all was tried in memory only.
    """

    planned: Planned
    contents: Sequence[bytes]
    numbers: NDArray[np.int64]
    samples: Sequence[Sample]
    stored: Stored | None = None
    converted: Sequence[Converted] = ()


def make(store: Store, recipe: Recipe, planned: Planned) -> Made:
    """Convert a file, and put it and what it gives into the store."""
    tables = convert(planned.file, recipe, planned.images)
    stored = store.take_in(planned.file.path)
    if stored.file_digest != planned.file.digest:
        raise BadCatalogFile(planned.file.path, "changed while it was read", "ingest it again when it is whole")
    converted = [store_table(store, planned.conversions[image], table) for image, table in tables]
    contents = [one.content for one in converted]
    return Made(planned, contents, *_facts(recipe, planned, tables), stored, converted)


def rehearse(recipe: Recipe, planned: Planned) -> Made:
    """Convert a file in memory."""
    tables = convert(planned.file, recipe, planned.images)
    return Made(planned, [digest(table) for _, table in tables], *_facts(recipe, planned, tables))


def _facts(
    recipe: Recipe, planned: Planned, tables: Sequence[tuple[Image, pa.Table]]
) -> tuple[NDArray[np.int64], list[Sample]]:
    """Give the identifiers that a file brings along, and where some of its rows lie."""
    numbers = brought(planned.file, recipe, [table for _, table in tables])
    return numbers, [one for image, table in tables for one in samples(coordinate_digest(image.place), table)]
