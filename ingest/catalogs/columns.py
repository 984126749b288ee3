"""One column of a catalog made elsewhere into one of ours."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.catalogs.recipe import Given
from ingest.catalogs.units import BadUnit, converter


class BadColumn(ValueError):
    """Values that cannot be ours."""


def plain_type(data_type: pa.DataType) -> pa.DataType:
    """Give the type of the values, however they are encoded."""
    return plain_type(data_type.value_type) if pa.types.is_dictionary(data_type) else data_type


def differences(theirs: pa.Field, ours: pa.Field, given: Given) -> str:
    """Say why a column cannot become ours, by its type and unit alone; '' when it can."""
    found = plain_type(theirs.type)
    if not _can_become(found, ours.type, bool(given.bits)):
        wanted = "an integer type, whose bits are asked for" if given.bits else _kind(ours.type)
        return f"{theirs.name} is of type {theirs.type} and not {wanted}"
    if ours.metadata.get(b"unit") is None:
        return ""
    unit = stated(theirs)
    if given.unit is not None and unit not in (None, given.unit):
        return f"{theirs.name} is in {unit!r} by the file and in {given.unit!r} by the recipe"
    try:
        converter(unit if given.unit is None else given.unit, ours.metadata[b"unit"].decode())
    except BadUnit as error:
        return f"{theirs.name}: {error}"
    return ""


def stated(field: pa.Field) -> str | None:
    """Give the unit that a file states for a column."""
    unit = (field.metadata or {}).get(b"unit")
    return None if unit is None else unit.decode(errors="replace")


def values(theirs: pa.ChunkedArray, stated_unit: str | None, ours: pa.Field, given: Given) -> NDArray[Any]:
    """Give the values of a column in our type and unit; NULL becomes NaN where there is a NaN.

    Raises
    ------
    BadColumn
        Raised if values are NULL or do not fit into the type.
    """
    if pa.types.is_floating(ours.type):
        unit = stated_unit if given.unit is None else given.unit
        return _floats(theirs, unit, ours, given)
    if theirs.null_count:
        raise BadColumn(f"{given.column} holds NULL in {theirs.null_count} rows")
    if given.bits:
        numbers = theirs.cast(pa.int64()).to_numpy()
        return np.asarray((numbers & given.bits) != 0)
    try:
        return _array(theirs.cast(ours.type).to_numpy())
    except pa.ArrowInvalid:
        raise BadColumn(f"{given.column} holds numbers that do not fit into {ours.type}") from None


def repeated(value: Any, ours: pa.Field, count: int) -> NDArray[Any]:
    """Give a constant as a column.

    Raises
    ------
    BadColumn
        Raised if it is not of our type.
    """
    try:
        return _array(pa.repeat(pa.scalar(value, ours.type), count).to_numpy(zero_copy_only=False))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, TypeError):
        raise BadColumn(f"the value {value!r} of the recipe is no {ours.type} for {ours.name}") from None


def _floats(theirs: pa.ChunkedArray, unit: str | None, ours: pa.Field, given: Given) -> NDArray[Any]:
    numbers = np.asarray(pc.fill_null(theirs.cast(pa.float64(), safe=False), np.nan).to_numpy(), dtype=np.float64)
    if given.nan:
        numbers = np.where(np.isin(numbers, given.nan), np.nan, numbers)
    with np.errstate(all="ignore"):  # what overflows becomes NaN: no measurement is infinite
        converted = converter(unit, ours.metadata.get(b"unit", b"").decode())(numbers) + given.offset
        narrow = converted.astype(ours.type.to_pandas_dtype())
    return np.where(np.isfinite(narrow), narrow, narrow.dtype.type(np.nan))


def _array(found: NDArray[Any]) -> NDArray[Any]:
    """Give text as text: an array of objects cannot be sorted by several keys."""
    return found.astype(str) if found.dtype.kind == "O" else found


def _can_become(found: pa.DataType, wanted: pa.DataType, by_bits: bool) -> bool:
    """Tell which types lose nothing that matters: whole numbers stay whole, text stays text."""
    if by_bits:
        return bool(pa.types.is_boolean(wanted) and pa.types.is_integer(found))
    if pa.types.is_floating(wanted):
        return bool(pa.types.is_floating(found) or pa.types.is_integer(found))
    if pa.types.is_integer(wanted):
        return bool(pa.types.is_integer(found))
    if pa.types.is_boolean(wanted):
        return bool(pa.types.is_boolean(found))
    return bool(pa.types.is_string(found) or pa.types.is_large_string(found))


def _kind(wanted: pa.DataType) -> str:
    """Name the types that would do."""
    if pa.types.is_floating(wanted):
        return "a number"
    return "a whole number" if pa.types.is_integer(wanted) else str(wanted)
