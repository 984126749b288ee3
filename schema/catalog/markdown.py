"""Reference pages of the catalogs, in Markdown."""

from schema.catalog.column import Column
from schema.catalog.definition import Definition

HEAD = "| Name | Type | Unit | UCD | Description |\n|---|---|---|---|---|\n"


def reference(definition: Definition) -> str:
    """Give a Markdown table of a catalog's columns, in the order of the SQL table.

    Names are those of the Parquet files; SQL does not mind their case.
    """
    return HEAD + "".join(_row(column) for column in (*definition.ledger, *definition.columns))


def _row(column: Column) -> str:
    unit = "" if column.unit is None else column.unit or "dimensionless"
    cells = (f"`{column.name}`", column.datatype, unit, column.ucd, column.description)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
