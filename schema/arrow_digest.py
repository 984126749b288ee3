"""Content digests of Arrow tables: what they say, not how they are stored.

The digest covers names, types, units and, column by column, the number of
rows, which of them are valid, and the values, bit by bit. How the table is
cut into chunks, encoded by dictionary, compressed or described does not
count; the order of rows and columns does.

Every NaN counts as the same NaN, because no computation tells them apart.
-0.0 is another value than 0.0, because some do (1 / x, arctan2): two tables
with one digest must be the same input to any task.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schema.errors import SkyledgerError

VERSION = b"skyledger table 1\n"
# Rows hashed at a time: small enough for the cache; a multiple of 8, so that packed bits of blocks join up.
BLOCK = 1 << 16


class UndigestibleColumn(SkyledgerError):
    """A column is of a type that has no content digest."""

    def __init__(self, name: str, data_type: pa.DataType) -> None:
        self.name, self.data_type = name, data_type
        super().__init__(
            f"column {name} is of type {data_type}, which has no content digest: "
            "use numbers, booleans, strings, bytes or times"
        )


def digest(table: pa.Table) -> bytes:
    """Give the SHA-256 of a table's content.

    Nothing is copied but one block of rows at a time, and the blocks are cut
    anew, so chunks of the table may have any size.

    Raises
    ------
    UndigestibleColumn
        When a column is nested, or of another type without a plain value.
    """
    content = hashlib.sha256(VERSION + schema_digest(table.schema))
    for field, column in zip(table.schema, table.columns, strict=True):
        content.update(len(column).to_bytes(8, "little"))
        for part in _parts(field):
            for piece in part(column):
                content.update(piece.data)
    return content.digest()


def schema_digest(schema: pa.Schema) -> bytes:
    """Give the SHA-256 of the names, types and units of columns, in order."""
    columns = [[field.name, str(_plain_type(field.type)), _unit(field)] for field in schema]
    return hashlib.sha256(json.dumps(columns, separators=(",", ":")).encode()).digest()


def _unit(field: pa.Field) -> str | None:
    unit = (field.metadata or {}).get(b"unit")
    return None if unit is None else unit.decode()


def _plain_type(data_type: pa.DataType) -> pa.DataType:
    """Give the type that all encodings of the same values share."""
    if pa.types.is_dictionary(data_type):
        return _plain_type(data_type.value_type)
    if pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type):
        return pa.string()
    if pa.types.is_large_binary(data_type) or pa.types.is_binary_view(data_type):
        return pa.binary()
    return data_type


def _parts(field: pa.Field) -> tuple[Callable[[pa.ChunkedArray], Iterator[NDArray[Any]]], ...]:
    """Give the passes over a column that make its share of the content."""
    data_type = _plain_type(field.type)
    if pa.types.is_boolean(data_type):
        return _validity, _booleans
    if pa.types.is_primitive(data_type) and not pa.types.is_interval(data_type):
        return _validity, _numbers
    if data_type in (pa.string(), pa.binary()):
        return _validity, _offsets, _characters
    raise UndigestibleColumn(field.name, field.type)


def _blocks(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """Cut a column anew, each block in the plain type with 64-bit offsets."""
    data_type = _plain_type(column.type)
    stored = pa.large_binary() if data_type in (pa.string(), pa.binary()) else data_type
    for start in range(0, len(column), BLOCK):
        block = column.slice(start, BLOCK).cast(stored)
        yield block.chunk(0) if block.num_chunks == 1 else block.combine_chunks()


def _is_valid(block: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(block.is_valid())


def _validity(column: pa.ChunkedArray) -> Iterator[NDArray[Any]]:
    for block in _blocks(column):
        yield np.packbits(_is_valid(block), bitorder="little")


def _booleans(column: pa.ChunkedArray) -> Iterator[NDArray[Any]]:
    for block in _blocks(column):
        yield np.packbits(block.fill_null(False).to_numpy(zero_copy_only=False), bitorder="little")


def _numbers(column: pa.ChunkedArray) -> Iterator[NDArray[Any]]:
    """Give the values as little-endian numbers, times as integers; null slots are 0."""
    kind = "f" if pa.types.is_floating(_plain_type(column.type)) else "u"
    for block in _blocks(column):
        values = _buffer(block, 1, np.dtype(f"{kind}{block.type.bit_width // 8}"))[: len(block)]
        if block.null_count:
            values = np.where(_is_valid(block), values, values.dtype.type(0))
        if kind == "f" and (is_nan := np.isnan(values)).any():
            values = np.where(is_nan, values.dtype.type(np.nan), values)
        yield values.astype(values.dtype.newbyteorder("<"), copy=False)


def _offsets(column: pa.ChunkedArray) -> Iterator[NDArray[Any]]:
    """Give where each value of the column starts, and the end of the last; nulls are empty."""
    end = np.zeros(1, "<i8")
    yield end
    for block in _blocks(column):
        lengths = np.diff(_buffer(block, 1, np.dtype("i8"))[: len(block) + 1])
        ends = end[-1] + np.cumsum(np.where(_is_valid(block), lengths, 0))
        end = ends.astype("<i8", copy=False)
        yield end


def _characters(column: pa.ChunkedArray) -> Iterator[NDArray[Any]]:
    """Give the bytes of all values, without what may lie under nulls."""
    for block in _blocks(column):
        if len(valid := block.drop_null()):
            offsets = _buffer(valid, 1, np.dtype("i8"))
            yield np.frombuffer(valid.buffers()[2] or b"", "u1")[offsets[0] : offsets[len(valid)]]


def _buffer(block: pa.Array, number: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """View a buffer of an array from the array's first slot on."""
    return np.frombuffer(block.buffers()[number], dtype)[block.offset :]
