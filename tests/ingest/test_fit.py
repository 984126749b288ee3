"""Files that do not fit their catalog: one sentence with every difference, from footers alone."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.loads.fit import misfit
from schema.catalog.definition import definition
from schema.catalog.history import LENGTHS
from tests.bench.sources import make_sources

SOURCE = definition("source")


def written(folder: Path, table: pa.Table) -> Path:
    """Write a table."""
    pq.write_table(table, folder / "file.parquet")
    return folder / "file.parquet"


def differences(folder: Path, table: pa.Table) -> tuple[str, ...]:
    """Give what is wrong with a table as a file."""
    found = misfit(written(folder, table), SOURCE)
    return () if found is None else found.differences


def test_a_catalog_fits_in_any_order_and_of_an_earlier_revision(tmp_path: Path) -> None:
    table = make_sources(5, 1, 0.0, 0.0)
    assert differences(tmp_path, table) == ()
    assert differences(tmp_path, table.select(table.column_names[::-1])) == ()
    assert differences(tmp_path, table.select(table.column_names[: LENGTHS["0001"]["source"]])) == ()


def test_one_sentence_tells_all_differences(tmp_path: Path) -> None:
    table = make_sources(5, 1, 0.0, 0.0).drop_columns(["ra", "dec"])
    table = table.append_column("RA", pa.array(np.zeros(5))).append_column("note", pa.array(["x"] * 5))
    at = table.column_names.index("psfFlux")
    table = table.set_column(at, "psfFlux", pa.array(np.zeros(5, np.float32)))
    at = table.column_names.index("band")
    table = table.set_column(at, "band", pa.array(["g", None, "g", None, "g"]))
    path = written(tmp_path, table)
    assert str(misfit(path, SOURCE)) == (
        f"{path} is not a source catalog: it has no columns ra, dec; it has the unknown columns RA, note; "
        "band holds NULL in 2 rows; psfFlux is of type float and not double"
    )


def test_what_is_no_parquet_file_is_told(tmp_path: Path) -> None:
    whole = written(tmp_path, make_sources(5, 1, 0.0, 0.0)).read_bytes()
    path = tmp_path / "cut.parquet"
    for content in (
        b"",
        b"text",
        whole[:-100],
        whole[:-8] + b"\xff\xff\x00\x00PAR1",
        b"PAR1" + bytes(100) + whole[-8:],
    ):
        path.write_bytes(content)
        assert str(misfit(path, SOURCE)) == f"{path} is not a source catalog: it is no whole Parquet file"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        misfit(path, SOURCE)
