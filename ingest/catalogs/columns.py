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


def values(
    theirs: pa.ChunkedArray, stated_unit: str | None, ours: pa.Field, given: Given, length: int | None
) -> NDArray[Any]:
    """Give the values of a column in our type and unit; NULL becomes NaN where there is a NaN.

    Parameters
    ----------
    length
        Most characters of a text; None where there is no limit, and of numbers.

    Raises
    ------
    BadColumn
        Raised if values are NULL or do not fit into the type or length.
    """
    if pa.types.is_floating(ours.type):
        unit = stated_unit if given.unit is None else given.unit
        return _floats(theirs, unit, ours, given)
    if theirs.null_count:
        raise BadColumn(f"{given.column} holds NULL in {theirs.null_count} rows")
    if pa.types.is_string(ours.type):
        return _texts(theirs.cast(ours.type), given.column, length)
    wanted = pa.int64() if given.bits else ours.type
    try:
        found = theirs.cast(wanted).to_numpy()
    except pa.ArrowInvalid:
        raise BadColumn(f"{given.column} holds numbers that do not fit into {wanted}") from None
    return np.asarray((found & given.bits) != 0 if given.bits else found)


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
        numbers = np.where(np.isin(numbers, _marks(given, plain_type(theirs.type))), np.nan, numbers)
    with np.errstate(all="ignore"):  # what overflows becomes NaN: no measurement is infinite
        converted = converter(unit, ours.metadata.get(b"unit", b"").decode())(numbers) + given.offset
        narrow = converted.astype(ours.type.to_pandas_dtype())
    return np.where(np.isfinite(narrow), narrow, narrow.dtype.type(np.nan))


def _marks(given: Given, found: pa.DataType) -> NDArray[np.float64]:
    """Give the numbers that stand for none as such a column holds them: in single precision 99.9 is another number."""
    marks = np.asarray(given.nan, dtype=np.float64)
    if not pa.types.is_floating(found):
        return marks
    with np.errstate(all="ignore"):  # what does not fit is in no row
        return marks.astype(found.to_pandas_dtype()).astype(np.float64)


def _texts(found: pa.ChunkedArray, column: str, length: int | None) -> NDArray[Any]:
    """Give text that PostgreSQL takes, and that its indexes hold."""
    if pc.any(pc.match_substring(found, "\0")).as_py():
        raise BadColumn(f"{column} holds NUL characters")
    if length is not None and pc.any(pc.greater(pc.utf8_length(found), length)).as_py():
        raise BadColumn(f"{column} holds text of more than {length} characters")
    return _array(found.to_numpy())


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
