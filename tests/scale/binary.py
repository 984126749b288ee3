"""Rows in PostgreSQL's binary form, made by NumPy as a whole."""

from collections.abc import Mapping
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.catalog.column import Column
from schema.catalog.definition import Definition, sql_name

# Big-endian, as COPY wants them.
KINDS = {
    "boolean": "?", "short": ">i2", "int": ">i4", "long": ">i8", "float": ">f4", "double": ">f8", "timestamp": ">i8",
}  # fmt: skip
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"


class RowMaker:
    """Makes rows of a catalog; what is not given is 0, false, NaN or empty."""

    def __init__(self, catalog: Definition) -> None:
        self.columns = [(sql_name(column), column) for column in (*catalog.ledger, *catalog.columns)]

    @property
    def names(self) -> list[str]:
        """Names of the columns, in the order of the rows."""
        return [name for name, _ in self.columns]

    def rows(self, values: Mapping[str, Any]) -> bytes:
        """Give rows.

        Parameters
        ----------
        values
            By SQL name: arrays of n numbers, or one number or text for all rows; `ra` is such an array.
        """
        texts = {name: str(values.get(name, "")).encode() for name, one in self.columns if one.datatype == "string"}
        kind = _row_type(tuple((name, _form(column, len(texts.get(name, b"")))) for name, column in self.columns))
        block: NDArray[Any] = np.zeros(len(values["ra"]), kind)
        block["fields"] = len(self.columns)
        for name, column in self.columns:
            block[f"{name} bytes"] = kind[name].itemsize
            missing = np.nan if column.datatype in ("float", "double") else 0
            block[name] = np.bytes_(texts[name]) if name in texts else values.get(name, missing)
        return block.tobytes()


def _form(column: Column, length: int) -> str:
    return f"S{length}" if column.datatype == "string" else KINDS[column.datatype]


@cache
def _row_type(forms: tuple[tuple[str, str], ...]) -> np.dtype[Any]:
    """Give the layout of a row: the number of fields, then each with its length before it."""
    pairs = (((f"{name} bytes", ">i4"), (name, form)) for name, form in forms)
    return np.dtype([("fields", ">i2"), *chain.from_iterable(pairs)])
