"""Differences between two files of one dataset: column by column, or plane by plane."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

Numbers = NDArray[Any]


def difference(storage: str, before: Path, after: Path) -> dict[str, Any]:
    """Say what differs between a file and its second making.

    Returns
    -------
    For a table `rows` (before, after), `ids` (those only in one, where a column of ids is there), `missing` and `new`
    columns, and for each column that differs how many values do, with the greatest absolute and relative difference.
    For an image the same for each plane, and the header cards that differ. It is what JSON can hold, but for NaN.
    """
    if storage == "image":
        return _of_images(before, after)
    return of_tables(pq.read_table(before), pq.read_table(after))


def of_tables(before: pa.Table, after: pa.Table) -> dict[str, Any]:
    """Compare tables; rows are brought together by their ids, else by their places."""
    found: dict[str, Any] = {"rows": [before.num_rows, after.num_rows]}
    found["missing"] = [name for name in before.column_names if name not in after.column_names]
    found["new"] = [name for name in after.column_names if name not in before.column_names]
    key = _key(before, after)
    if key is not None:
        found["ids"], before, after = _matched(before, after, key)
    n = min(before.num_rows, after.num_rows)
    columns = [name for name in before.column_names if name in after.column_names]
    compared = {name: _of_columns(before[name][:n], after[name][:n]) for name in columns}
    found["columns"] = {name: said for name, said in compared.items() if said is not None}
    return found


def _key(before: pa.Table, after: pa.Table) -> str | None:
    """Find the column that names the rows: the first of whole numbers called …Id without repetition in both."""
    tables = (before, after)
    for name in before.column_names:
        if not name.endswith("Id") or name not in after.column_names or not pa.types.is_integer(before[name].type):
            continue
        if all(len(pc.unique(table[name])) == table.num_rows for table in tables):
            return str(name)
    return None


def _matched(before: pa.Table, after: pa.Table, key: str) -> tuple[dict[str, Any], pa.Table, pa.Table]:
    """Keep the rows of ids that both have, in the order of the ids."""
    ids = [table[key].to_numpy() for table in (before, after)]
    both, here, there = np.intersect1d(ids[0], ids[1], assume_unique=True, return_indices=True)
    said = {"column": key, "lost": len(ids[0]) - len(both), "gained": len(ids[1]) - len(both)}
    return said, before.take(here), after.take(there)


def _of_columns(before: pa.ChunkedArray, after: pa.ChunkedArray) -> dict[str, Any] | None:
    """Compare two columns of equal length; None when they say the same."""
    if before.type != after.type:
        return {"types": [str(before.type), str(after.type)]}
    if before.equals(after):
        return None
    if pa.types.is_floating(before.type) or pa.types.is_integer(before.type):
        return of_numbers(*(column.to_numpy(zero_copy_only=False) for column in (before, after)))
    pairs = zip(before.to_pylist(), after.to_pylist(), strict=True)
    return {"n_different": sum(one != other for one, other in pairs)}


def of_numbers(before: Numbers, after: Numbers) -> dict[str, Any] | None:
    """Compare numbers; two NaN are equal, and the relative difference is that to the first value.

    Returns
    -------
    `n_different`, `n_nan` (those that are NaN in one only), `max_abs` and `max_rel` of those that are finite in both;
    None when all are equal.
    """
    before, after = (np.asarray(side, dtype=float).ravel() for side in (before, after))
    nan = np.isnan(before), np.isnan(after)
    differs = (before != after) & ~(nan[0] & nan[1])
    if not differs.any():
        return None
    known = differs & np.isfinite(before) & np.isfinite(after)
    change = np.abs(after[known] - before[known])
    size = np.abs(before[known])
    relative = change[size > 0] / size[size > 0]
    return {
        "n_different": int(differs.sum()),
        "n_nan": int((nan[0] ^ nan[1]).sum()),
        "max_abs": float(change.max(initial=0.0)),
        "max_rel": float(relative.max(initial=0.0)),
    }


def _of_images(before: Path, after: Path) -> dict[str, Any]:
    from astropy.io import fits

    from schema.image_digest import IDLE, native

    found: dict[str, Any] = {"planes": {}, "cards": {}}
    with fits.open(before) as one, fits.open(after) as other:
        names = [[hdu.name for hdu in hdus] for hdus in (one, other)]
        found["missing"] = [name for name in names[0] if name not in names[1]]
        found["new"] = [name for name in names[1] if name not in names[0]]
        for name in [name for name in names[0] if name in names[1]]:
            said = _of_planes(*(None if hdus[name].data is None else native(hdus[name].data) for hdus in (one, other)))
            if said is not None:
                found["planes"][name] = said
            keywords = sorted({*one[name].header, *other[name].header} - set(IDLE))
            values = {key: [hdus[name].header.get(key) for hdus in (one, other)] for key in keywords}
            found["cards"] |= {f"{name}.{key}": pair for key, pair in values.items() if pair[0] != pair[1]}
    return found


def _of_planes(before: Numbers | None, after: Numbers | None) -> dict[str, Any] | None:
    shapes = [None if side is None else list(side.shape) for side in (before, after)]
    if shapes[0] != shapes[1]:
        return {"shapes": shapes}
    return None if before is None or after is None else of_numbers(before, after)
