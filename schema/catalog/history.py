"""Catalogs as they were: files of an earlier revision keep fitting."""

from typing import Any

import numpy as np
import pyarrow as pa

from schema.catalog.definition import Definition, arrow_schema

# How many columns a definition had when a revision landed; later ones come after them. Parquet files are never
# rewritten, so every length that any ledger may hold files of stays here.
LENGTHS: dict[str, dict[str, int]] = {
    "0001": {"source": 58, "reference_star": 22, "visit_detector": 47},
}


def completed(table: pa.Table, definition: Definition) -> pa.Table:
    """Give a table of an earlier revision the columns that came since.

    They say that nothing was measured: NaN, a raised `…_flag`, an empty text. That is what the migration wrote into
    the rows that were in the database then. Any other table is given back as it is.
    """
    names = arrow_schema(definition).names
    lengths = {known[definition.name] for known in LENGTHS.values() if definition.name in known}
    had = len(table.column_names)
    if had == len(names) or had not in lengths or set(table.column_names) != set(names[:had]):
        return table
    for field in list(arrow_schema(definition))[had:]:
        table = table.append_column(field, pa.array(np.full(table.num_rows, unmeasured(field)), type=field.type))
    return table


def unmeasured(field: pa.Field) -> Any:
    """Give what a column holds where nothing was measured."""
    if pa.types.is_boolean(field.type):
        return field.name.endswith("_flag")
    if pa.types.is_floating(field.type):
        return np.nan
    return "" if pa.types.is_string(field.type) else 0
