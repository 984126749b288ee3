"""The check of a Parquet catalog against its definition."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from schema.catalog.definition import Definition, arrow_schema
from schema.errors import SkyledgerError


class SchemaMismatch(SkyledgerError):
    """A table does not have the columns of its catalog."""

    def __init__(self, catalog: str, differences: Iterable[str]) -> None:
        self.catalog, self.differences = catalog, tuple(differences)
        super().__init__(f"the table is not a {catalog} catalog: {'; '.join(self.differences)}")


def check(table: pa.Table, definition: Definition, noted: Mapping[str, int] | None = None) -> None:
    """Refuse a table whose columns are not those of the definition.

    The order of the columns is free. A unit that the table does not state is
    taken to be the right one; another unit is refused.

    Parameters
    ----------
    noted
        Column to how many rows are NULL in the whole that the table is a piece of, as far as that is known.

    Raises
    ------
    SchemaMismatch
        When columns are missing, too many, of another type or unit, or hold
        NULL: missing numbers are NaN in the catalogs.
    """
    nulls = {name: column.null_count for name, column in zip(table.column_names, table.columns, strict=True)}
    nulls |= noted or {}
    if found := differences(table.schema, nulls, definition):
        raise SchemaMismatch(definition.name, found)


def differences(schema: pa.Schema, nulls: Mapping[str, int], definition: Definition) -> list[str]:
    """Give what keeps columns from being those of a definition, without their values: a footer is enough.

    Parameters
    ----------
    nulls
        Column to how many rows of it are NULL, as far as that is known.

    Returns
    -------
    A clause for what is missing, what is unexpected, and each column of another type or unit, or with NULL.
    """
    wanted = arrow_schema(definition)
    expected, given = wanted.names, schema.names  # Arrow makes these lists anew each time
    found = [
        *_listed("has no", (name for name in expected if name not in given)),
        *_listed("has the unknown", (name for name in given if name not in expected)),
        *_listed("has more than one of the", (name for name in expected if given.count(name) > 1)),
    ]
    for field in wanted:
        for position in schema.get_all_field_indices(field.name):
            found += _differences(field, schema.field(position), nulls.get(field.name, 0))
    return found


def nulls_noted(metadata: pq.FileMetaData) -> Counter[str]:
    """Count the NULLs of each column of a Parquet file, where its footer has noted them."""
    found: Counter[str] = Counter()
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.statistics is not None and column.statistics.has_null_count:
                found[column.path_in_schema] += column.statistics.null_count
    return found


def _listed(verb: str, names: Iterable[str]) -> Iterator[str]:
    listed = ", ".join(names)
    if listed:
        yield f"it {verb} columns {listed}"


def _differences(wanted: pa.Field, found: pa.Field, null_count: int) -> Iterator[str]:
    """Give what is wrong with one column."""
    if found.type != wanted.type:
        yield f"{wanted.name} is of type {found.type} and not {wanted.type}"
    stated, unit = ((field.metadata or {}).get(b"unit", b"").decode() for field in (found, wanted))
    if stated and stated != unit:
        yield f"{wanted.name} is in {stated} and not in {unit or 'no unit'}"
    if null_count:
        yield f"{wanted.name} holds NULL in {null_count} rows"
