"""What the columns of a Parquet file hold, for pruning and for who judges the data."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schema.catalog.definition import Definition, sql_name

Summary = list[Any]  # least value, greatest value, how many have none


def statistics(table: pa.Table, catalog: Definition) -> dict[str, Summary]:
    """Summarise each column of a catalog, by its name in SQL.

    Returns
    -------
    Least and greatest finite number, and how many are not finite; of text the first and the last; of times their
    ISO texts. Without any value both are None. A column of integers keeps every digit.
    """
    return {sql_name(column): _summary(table.column(column.name)) for column in catalog.columns}


def combined(one: dict[str, Summary] | None, other: dict[str, Summary]) -> dict[str, Summary]:
    """Summarise two pieces of a file together, from their summaries."""
    return other if one is None else {name: _of_both(one[name], summary) for name, summary in other.items()}


def _of_both(one: Summary, other: Summary) -> Summary:
    if one[0] is None or other[0] is None:
        low, high = one[:2] if other[0] is None else other[:2]
    else:
        low, high = min(one[0], other[0]), max(one[1], other[1])
    return [low, high, one[2] + other[2]]


def _summary(column: pa.ChunkedArray) -> Summary:
    if pa.types.is_floating(column.type):
        return _of_numbers(column.to_numpy())
    found = pc.min_max(column)
    low, high = (found[end].as_py() for end in ("min", "max"))
    if pa.types.is_boolean(column.type):
        low, high = (None if value is None else int(value) for value in (low, high))
    elif pa.types.is_timestamp(column.type):
        low, high = (None if value is None else value.isoformat() for value in (low, high))
    return [low, high, column.null_count]


def _of_numbers(values: Any) -> Summary:
    # The footer of the file knows no number of NaN, and may count infinity as greatest.
    finite = np.isfinite(values)
    n_missing = int(values.size - np.count_nonzero(finite))
    if n_missing:
        values = values[finite]
    if values.size == 0:
        return [None, None, n_missing]
    return [float(values.min()), float(values.max()), n_missing]
