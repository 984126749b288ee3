"""Catalog definitions: Felis YAML, and the Arrow and SQL tables made from it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
import yaml

from schema import arrow_digest
from schema.catalog.column import FLOATS, Column, faults
from schema.errors import SkyledgerError

FOLDER = Path(__file__).parent / "definitions"
TYPES: dict[str, tuple[pa.DataType, sa.types.TypeEngine[Any]]] = {
    "boolean": (pa.bool_(), sa.Boolean()),
    "short": (pa.int16(), sa.SmallInteger()),
    "int": (pa.int32(), sa.Integer()),
    "long": (pa.int64(), sa.BigInteger()),
    "float": (pa.float32(), sa.REAL()),
    "double": (pa.float64(), sa.Double()),
    "string": (pa.string(), sa.Text()),
    "timestamp": (pa.timestamp("us", tz="UTC"), sa.DateTime(timezone=True)),
}
# The ledger's own columns come first in SQL; the Parquet files do not have them.
LOAD = Column("load_id", "long", None, None, "meta.id", "Load that brought the row; ingest.load. Only in SQL.")
DATASET = Column(
    "dataset_id", "long", None, None, "meta.id", "Dataset that the row is of; registry.dataset. Only in SQL."
)
# Written row by row when exposures come in; every other table takes whole loads, one partition each.
PLAIN = frozenset({"visit"})


class BadDefinition(SkyledgerError):
    """A definition file breaks the rules for catalogs."""

    def __init__(self, path: Path, reasons: Iterable[str]) -> None:
        self.path, self.reasons = path, tuple(reasons)
        super().__init__(f"the catalog definition {path} cannot be used: {'; '.join(self.reasons)}")


class UnknownCatalog(SkyledgerError):
    """No catalog has the name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no catalog {name!r}: choose one of {', '.join(names())}")


@dataclass(frozen=True)
class Index:
    """Hold one index of the SQL table, its columns in order."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Definition:
    """Hold one catalog; ``key`` is what identifies a row within one dataset."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[Column, ...]
    indexes: tuple[Index, ...]

    @property
    def ledger(self) -> tuple[Column, ...]:
        """Columns that only the SQL table has, before all others."""
        return (DATASET,) if self.name in PLAIN else (LOAD, DATASET)


def names() -> tuple[str, ...]:
    """Give the names of all catalogs, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def definition(name: str) -> Definition:
    """Give the definition of a catalog.

    Raises
    ------
    UnknownCatalog
        When no catalog has the name.
    """
    if name not in names():
        raise UnknownCatalog(name)
    return read(FOLDER / f"{name}.yaml")


def read(path: Path) -> Definition:
    """Read a definition from a Felis file that holds one table.

    Every process does so at its start: it takes the few keys that catalogs use. `schema.catalog.vocabulary` lets Felis
    read the same file, with the words and units that it knows, whenever tables are built from it.

    Raises
    ------
    BadDefinition
        When the file holds something else, or a column breaks a rule of ours.
    """
    table = _table(path)
    columns = {f"#{table['name']}.{raw.get('name')}": _column(raw) for raw in table.get("columns", ())}
    key = _listed(table.get("primaryKey"))
    indexes = {str(index.get("name")): _listed(index.get("columns")) for index in table.get("indexes", ())}
    used = [*key, *(identifier for listed in indexes.values() for identifier in listed)]
    reasons = ["it has no primaryKey"] * (not key)
    reasons += [f"its keys and indexes use {one}, which is no column" for one in used if one not in columns]
    if reasons := [*reasons, *_reasons(path.stem, [_column(raw) for raw in table.get("columns", ())])]:
        raise BadDefinition(path, reasons)
    return Definition(
        path.stem,
        table.get("description", ""),
        tuple(columns.values()),
        tuple(columns[identifier] for identifier in key),
        tuple(Index(name, tuple(columns[one] for one in listed)) for name, listed in indexes.items()),
    )


def _table(path: Path) -> Mapping[str, Any]:
    """Read the one table of a file."""
    try:
        with path.open("rb") as stream:
            tables = yaml.load(stream, yaml.CSafeLoader)["tables"]
        names = [table["name"] for table in tables]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise BadDefinition(path, [f"it is no Felis file ({' '.join(str(error).split())})"]) from error
    if names != [path.stem]:
        raise BadDefinition(path, [f"it must hold one table, called {path.stem}"])
    table: Mapping[str, Any] = tables[0]
    return table


def _listed(identifiers: str | list[str] | None) -> list[str]:
    """Give column identifiers as a list, however Felis lets them be written."""
    return [identifiers] if isinstance(identifiers, str) else identifiers or []


def _column(raw: Mapping[str, Any]) -> Column:
    """Take over what we use of a Felis column."""
    return Column(
        raw.get("name", ""),
        raw.get("datatype", ""),
        raw.get("length"),
        raw.get("ivoa:unit"),
        raw.get("ivoa:ucd", ""),
        raw.get("description", ""),
        raw.get("nullable", True),
    )


def _reasons(table: str, columns: Sequence[Column]) -> Iterator[str]:
    """Give all rules of ours that the columns break."""
    yield from (f"column {c.name} is nullable" for c in columns if c.nullable and not _may_be_null(table, c))
    for column in columns:
        yield from (f"column {column.name} {fault}" for fault in faults(column))
        if column.datatype not in TYPES:
            yield f"column {column.name} is of type {column.datatype}, which catalogs do not use"
    called = Counter(sql_name(column) for column in (LOAD, DATASET, *columns))
    yield from (f"{count} columns are called {name} in SQL" for name, count in called.items() if count > 1)


def _may_be_null(table: str, column: Column) -> bool:
    """Tell whether NULL may stand for what nobody knows: NaN does so wherever there is a NaN."""
    return table in PLAIN and column.datatype not in FLOATS


@cache
def arrow_schema(definition: Definition) -> pa.Schema:
    """Give the schema of a catalog's Parquet files.

    The metadata of a field are its ucd, its description and, for a quantity,
    its unit.
    """
    return pa.schema([_field(column) for column in definition.columns])


def _field(column: Column) -> pa.Field:
    unit = {} if column.unit is None else {"unit": column.unit}
    metadata = {**unit, "ucd": column.ucd, "description": column.description}
    return pa.field(column.name, TYPES[column.datatype][0], nullable=column.nullable, metadata=metadata)


def digest(definition: Definition) -> bytes:
    """Give the SHA-256 of names, types and units; changed words do not change it."""
    return arrow_digest.schema_digest(arrow_schema(definition))


def sql_name(column: Column) -> str:
    """Give the name in SQL: lower case, so that psfFlux can be typed without quotes.

    PostgreSQL folds every unquoted name; a name in mixed case would have to
    be quoted wherever it is used.
    """
    return column.name.lower()


def sql_comment(column: Column) -> str:
    """Give the comment in SQL: description, [unit] if it is a quantity, (ucd)."""
    unit = "" if column.unit is None else f" [{column.unit or 'dimensionless'}]"
    return f"{column.description}{unit} ({column.ucd})"


def sql_table(definition: Definition, metadata: sa.MetaData) -> sa.Table:
    """Declare a catalog's table in the PostgreSQL schema catalog.

    A table that takes loads is partitioned by them. Its key is a unique index
    and not a constraint: a staged partition then needs only an equal index to
    be attached without a build under the lock. It demands no values: each
    partition does so by itself (`ingest.stage`), and need not be compared.
    """
    name, partitioned = definition.name, LOAD in definition.ledger
    table = sa.Table(
        name,
        metadata,
        *(_sql_column(column, partitioned or column.nullable) for column in (*definition.ledger, *definition.columns)),
        schema="catalog",
        comment=definition.description,
        postgresql_partition_by="LIST (load_id)" if partitioned else None,
    )
    if partitioned:
        # A load may hold several processings of one image, so the key is one only within a dataset.
        sa.Index(f"{name}_once_key", *_sql_columns(table, (*definition.key, DATASET, LOAD)), unique=True)
    else:
        table.append_constraint(sa.PrimaryKeyConstraint(*_sql_columns(table, definition.key), name=f"{name}_pkey"))
    sa.Index(f"{name}_dataset_idx", table.c.dataset_id)
    for index in definition.indexes:
        sa.Index(index.name, *_sql_columns(table, index.columns))
    return table


def _sql_columns(table: sa.Table, columns: Iterable[Column]) -> list[sa.Column[Any]]:
    return [table.c[sql_name(column)] for column in columns]


def _sql_column(column: Column, nullable: bool) -> sa.Column[Any]:
    """Declare one column; a float defaults to NaN, so that a new one can be added to old loads."""
    sql_type = TYPES[column.datatype][1]
    default = sa.text("'NaN'") if isinstance(sql_type, sa.Float) else None
    return sa.Column(sql_name(column), sql_type, nullable=nullable, server_default=default, comment=sql_comment(column))
