"""Catalog columns, and the rules that each one must keep.

The unit says what kind of column it is. A quantity always has one; the empty
unit means that it is dimensionless, as in the VOUnits standard. Identifiers,
names, flags and calendar dates are no quantities and have none. The unit
``count`` stands for the pixel unit of the image, which differs from image to
image: ``visit_detector.pixelUnit`` names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

FLOATS = frozenset({"float", "double"})
INTEGERS = frozenset({"short", "int", "long"})
IDENTIFIERS = ("meta.id", "meta.record", "pos.healpix")


@dataclass(frozen=True)
class Column:
    """Hold one column as the Felis file gives it.

    The name is that of the Parquet files; ``length`` is the largest number
    of characters, None unless the column is a string; ``unit`` is None for
    what is no quantity and empty for what is dimensionless. Only a table that
    is no Parquet file may have a nullable column, and no number may be one:
    its NULL is NaN.
    """

    name: str
    datatype: str
    length: int | None
    unit: str | None
    ucd: str
    description: str
    nullable: bool = False


def is_quantity(column: Column) -> bool:
    """Tell whether the column holds a number that a unit belongs to."""
    main_word = column.ucd.split(";")[0]
    return column.datatype in FLOATS or (column.datatype in INTEGERS and main_word not in IDENTIFIERS)


def faults(column: Column) -> Iterator[str]:
    """Give what is wrong with a column, each as a clause without its name.

    That UCD words and units exist is left to Felis, which knows the lists.
    """
    if not column.ucd:
        yield "has no UCD"
    if is_quantity(column) and column.unit is None:
        yield 'is a quantity without a unit (write ivoa:unit: "" when it is dimensionless)'
    if not is_quantity(column) and column.unit is not None:
        yield f"is no quantity but has the unit {column.unit!r}"
    if column.datatype in FLOATS and "NaN" not in column.description:
        yield "does not say in its description what NaN means"
