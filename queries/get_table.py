"""Parts of tables: some columns, some rows, without reading the rest of the file."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from queries.errors import BadPart


def read_table(
    path: Path, columns: Sequence[str] | None, rows: tuple[int, int] | None, where: pc.Expression | None
) -> pa.Table:
    """Read a Parquet file or a part of it.

    Parameters
    ----------
    columns
        Names; all when None. The others are not read.
    rows
        First row, from 0, and the one behind the last. Only the row groups are read that they lie in.
    where
        Condition on columns: row groups whose statistics exclude it are not read.

    Raises
    ------
    BadPart
        Raised if there is no such column or row.
    """
    file = pq.ParquetFile(path)
    known = file.schema_arrow.names
    for name in columns or ():
        if name not in known:
            raise BadPart(path.name, f"there is no column {name!r}; there are {', '.join(known)}")
    if where is not None:
        if rows is not None:
            raise BadPart(path.name, "rows are chosen by number or by condition, not by both")
        return pq.read_table(path, columns=columns, filters=where)
    if rows is None:
        return file.read(columns=columns)
    return _read_rows(file, columns, rows, path.name)


def _read_rows(file: pq.ParquetFile, columns: Sequence[str] | None, rows: tuple[int, int], name: str) -> pa.Table:
    """Read the row groups that rows lie in, and cut the rest of them away."""
    total = file.metadata.num_rows
    first, last = rows[0], min(rows[1], total)
    if not 0 <= first <= last:
        raise BadPart(name, f"it has {total} rows: rows {rows[0]}:{rows[1]} are none of them")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    ends = list(accumulate(sizes))
    groups = [i for i, end in enumerate(ends) if end > first and end - sizes[i] < last]
    before = ends[groups[0]] - sizes[groups[0]] if groups else 0
    return file.read_row_groups(groups, columns=columns).slice(first - before, last - first)
