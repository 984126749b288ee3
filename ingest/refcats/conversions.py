"""Conversions: the quanta that make the stars of cells from reference files."""

from collections.abc import Sequence

import pyarrow as pa

from ingest.conversion import Conversion, Converted, Reading, store_table
from ingest.refcats.contents import RefcatFile
from ingest.refcats.stars import OUTPUT, Reader
from schema.catalog.definition import definition
from schema.catalog.definition import digest as definition_digest
from schema.code import code_digest
from schema.sky import cell_ranges
from schema.store import Store

TASK = "convert_refcat"
ROLE = "file"
FOLLOWED = ("ingest.refcats", "ingest.cameras.fitsfile", "schema.sky")


def recipe(reader: Reader) -> bytes:
    """Give the digest of the code that converts a catalog, and of the table that it fills."""
    return code_digest(reader.module, FOLLOWED, definitions=(definition_digest(definition(OUTPUT)),))


def conversion(
    catalog: str, code: bytes, cell: int, files: Sequence[RefcatFile], task: str = TASK, output: str = OUTPUT
) -> Conversion:
    """Describe the stars of one cell, from all files of a catalog that reach into it."""
    inputs = [Reading(ROLE, n, file.digest, file.dataset_id) for n, file in enumerate(files)]
    return Conversion(task, code, {"catalog": catalog}, {"healpix": cell}, inputs, output)


def store_stars(store: Store, conversion: Conversion, stars: pa.Table) -> Converted:
    """Write the stars of a cell into the store."""
    return store_table(store, conversion, stars, cell_ranges(conversion.place["healpix"]))
