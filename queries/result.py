"""Results for notebooks: rows as dicts, Arrow, astropy or pandas."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from psycopg import postgres

from queries.columns import Column
from queries.readonly import Answer

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Column as AstropyColumn
    from astropy.table import Table

TYPES = {
    "bool": pa.bool_(), "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "oid": pa.int64(),
    "float4": pa.float32(), "float8": pa.float64(), "numeric": pa.float64(), "bytea": pa.binary(), "date": pa.date32(),
    "timestamp": pa.timestamp("us"), "timestamptz": pa.timestamp("us", tz="UTC"), "interval": pa.duration("us"),
}  # fmt: skip
SHOWN = 60  # rows in a notebook


class Result:
    """The answer to a question.

    It is iterated as dicts. `note` says when rows are missing, and is None when the answer is whole.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.columns = answer.names
        self.note = answer.note

    def __len__(self) -> int:
        return len(self._answer.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row, strict=True)) for row in self._answer.rows)

    def __repr__(self) -> str:
        return f"<Result: {len(self)} rows of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        note = f"<p>{self.note}</p>" if self.note else ""
        return f"{self.pandas().to_html(max_rows=SHOWN, notebook=True)}{note}"

    def arrow(self) -> pa.Table:
        """Give an Arrow table; unit and description are in the metadata of the fields.

        NULL stays null, NaN stays NaN; what has no Arrow type of its own (JSON, uid, ranges) is text, and so is a
        column of times with one that Arrow cannot hold, such as infinity.
        """
        columns = self._answer.columns
        values = zip(*self._answer.rows, strict=True) if self._answer.rows else ([] for _ in columns)
        arrays = [_array(list(given), _type(column.type)) for given, column in zip(values, columns, strict=True)]
        fields = [_field(column, array.type) for column, array in zip(columns, arrays, strict=True)]
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    def table(self) -> "Table":
        """Give an astropy table; columns that come straight from a view have their unit and description."""
        from astropy.table import Table

        arrow = self.arrow()
        return Table([_astropy(column, arrow[column.name]) for column in self._answer.columns])

    def pandas(self) -> "pd.DataFrame":
        """Give a pandas frame."""
        frame: pd.DataFrame = self.arrow().to_pandas()
        return frame


def _field(column: Column, data_type: pa.DataType) -> pa.Field:
    metadata = {"unit": column.unit, "description": column.description}
    return pa.field(column.name, data_type, metadata={k: v for k, v in metadata.items() if v is not None})


def _type(oid: int) -> pa.DataType:
    """Give the Arrow type of a PostgreSQL type; text where there is none."""
    found = postgres.types.get(oid)
    if found is None:
        return pa.string()
    single = TYPES.get(found.name, pa.string())
    return pa.list_(single) if oid == found.array_oid else single


def _array(values: list[Any], data_type: pa.DataType) -> pa.Array:
    if pa.types.is_string(data_type):
        values = [_string(value) for value in values]
    try:
        return pa.array(values, data_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([_string(value) for value in values])


def _string(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def _astropy(column: Column, array: pa.ChunkedArray) -> "AstropyColumn":
    """Give a column, masked where there are NULLs."""
    import astropy.units as u
    from astropy.table import Column as AstropyColumn
    from astropy.table import MaskedColumn

    valid = array.drop_null().to_numpy(zero_copy_only=False)
    if pa.types.is_string(array.type):
        valid = valid.astype(str)
    unit = None if column.unit is None else u.Unit(column.unit, parse_strict="silent")
    facts = {"name": column.name, "unit": unit, "description": column.description}
    if not array.null_count:
        return AstropyColumn(valid, **facts)
    present = np.asarray(array.is_valid())
    data = np.zeros(len(array), valid.dtype)
    data[present] = valid
    return MaskedColumn(data, mask=~present, **facts)
