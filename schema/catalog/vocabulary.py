"""What Felis says of a catalog definition: its words, units and references."""

from pathlib import Path

import felis
from pydantic import ValidationError

from schema.catalog.column import Column
from schema.catalog.definition import BadDefinition, Definition, read


def validate(path: Path) -> Definition:
    """Read a definition, and let Felis read the same file: it knows UCDs and units, and needs a second for that.

    Raises
    ------
    BadDefinition
        When `read` refuses the file, Felis refuses it, or finds something else in it.
    """
    ours = read(path)
    with path.open(encoding="utf-8") as stream:
        try:
            schema = felis.Schema.from_stream(stream, {"id_generation": True, "check_description": True})
        except ValidationError as error:
            reasons = [f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}" for item in error.errors()]
            raise BadDefinition(path, reasons) from error
    theirs = tuple(_column(column) for column in schema.tables[0].columns)
    if strange := [known.name for found, known in zip(theirs, ours.columns, strict=True) if found != known]:
        raise BadDefinition(path, [f"Felis understands the columns {', '.join(strange)} in another way"])
    return ours


def _column(column: felis.Column) -> Column:
    """Take over what we use of a Felis column."""
    return Column(
        column.name,
        column.datatype.value,
        column.length,
        column.ivoa_unit,
        column.ivoa_ucd or "",
        column.description or "",
        bool(column.nullable),
    )
