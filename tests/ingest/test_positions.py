"""Lists of positions: what is read, what is refused, what the ledger keeps."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import Connection
from typer.testing import CliRunner

from ingest.position_file import BadPositionList, read_positions
from ingest.positions import BadListName, ingest_positions
from schema.settings import Settings
from schema.store import Store
from skyledger import app

GOOD = "name,RA, Dec ,ID\nx,10.5,-20.25,7\ny,-349.5,20,5\nz,10.6,-20.2,6\n"


def write(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_list_is_read_in_any_case_and_sorted_along_the_sky(tmp_path: Path) -> None:
    table = read_positions(write(tmp_path, GOOD), "sn")
    rows = {row["objectId"]: (row["ra"], row["dec"]) for row in table.to_pylist()}
    assert rows == {5: (10.5, 20.0), 6: (10.6, -20.2), 7: (10.5, -20.25)}
    assert np.all(np.diff(table["_healpix_29"].to_numpy()) > 0)
    assert set(table["positionList"].to_pylist()) == {"sn"}
    assert table["pmRa"].to_pylist() == [0.0, 0.0, 0.0]


def test_rows_without_identifiers_are_numbered_and_motion_keeps_its_epoch(tmp_path: Path) -> None:
    table = read_positions(write(tmp_path, "ra,dec,pmra,pmdec,epoch\n1,2,100,-50,2015.5\n1,2.001,0,0,2016\n"), "a")
    rows = {row["objectId"]: row for row in table.to_pylist()}
    assert rows.keys() == {1, 2}
    assert (rows[1]["pmRa"], rows[1]["pmDec"], rows[1]["epochMjdTai"]) == (100.0, -50.0, 57205.875)


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "list.dat"
    pq.write_table(pa.table({"ra": [10.5, -349.5, 10.6], "dec": [-20.25, 20.0, -20.2], "id": [7, 5, 6]}), path)
    assert read_positions(path, "sn").equals(read_positions(write(tmp_path, GOOD), "sn"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ra,dec\n1,2\n3,north\n", "row 2 has dec 'north', which is no number"),
        ("ra,dec\n1,2\n3,\n", "row 2 has dec '', which is no number"),
        ("ra,dec\n1,2\nnan,4\n", "row 2 has ra 'nan', which is no number"),
        ("ra,dec\n1,95\n", "row 1 has dec 95, which is not between -90 and 90"),
        ("ra,dec\n400,5\n", "row 1 has ra 400, which is not between -360 and 360"),
        ("id,ra,dec\n4,1,2\n4,3,4\n", "row 2 has id 4, which row 1 has too"),
        ("id,ra,dec\n4.5,1,2\n", "row 1 has id '4.5', which is no whole number"),
        ("id,ra,dec\n-4,1,2\n", "row 1 has id '-4', which is no whole number"),
        ("ra,dec,pmra\n1,2,5\n", "has proper motions but no column epoch"),
        ("ra,dec,pmra,epoch\n1,2,5,57000\n", "row 1 has epoch 57000, which is not between 1800 and 2200"),
        ("ra,DE\n1,2\n", "has no column dec"),
        ("ra,dec\n", "holds no position"),
        ("ra,dec,RA\n1,2,3\n", "has more than one column ra"),
        ("", "is neither CSV nor Parquet"),
        ("ra,dec\n1,2,3\n", "is neither CSV nor Parquet"),
        ("PAR1", "is neither CSV nor Parquet"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(BadPositionList) as caught:
        read_positions(write(tmp_path, text), "bad")
    assert str(caught.value).startswith(f"list.csv: {problem}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPositionList, match="cannot be read"):
        read_positions(tmp_path / "none.csv", "bad")


def current(owner: Connection[Any], name: str) -> list[tuple[int, int]]:
    """Give cell and number of rows of each dataset that a list consists of."""
    return owner.execute(
        """select c.healpix, d.n_rows from registry.member m join registry.collection l using (collection_id)
           join registry.dataset d using (dataset_id) join registry.coordinate c on c.coordinate_id = d.coordinate_id
           where l.name = %s and m.until = 'infinity' order by 1""",
        [f"positions/{name}"],
    ).fetchall()


@pytest.mark.database
def test_each_cell_is_a_dataset_with_lineage_to_the_file(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    store = Store(ledger.store_root)
    assert ingest_positions(owner, store, "sn", write(tmp_path, GOOD)).counts() == {"new": 1}
    assert [rows for _, rows in current(owner, "sn")] == [2, 1] or [rows for _, rows in current(owner, "sn")] == [1, 2]
    names = owner.execute(
        """select distinct f.file_name, f.dataset_type from dataset d
           cross join lateral registry.upstream(array[d.dataset_id]) u join dataset f on f.dataset_id = u.dataset_id
           where d.dataset_type = 'position' and u.depth = 1"""
    ).fetchall()
    assert names == [("list.csv", "position_file")]


@pytest.mark.database
def test_the_same_list_again_changes_nothing_and_another_takes_its_place(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    store = Store(ledger.store_root)
    ingest_positions(owner, store, "sn", write(tmp_path, GOOD))
    before = current(owner, "sn")
    assert ingest_positions(owner, store, "sn", write(tmp_path, GOOD)).counts() == {"known": 1}
    assert current(owner, "sn") == before
    other = write(tmp_path, "ra,dec\n200,5\n", "other.csv")
    assert ingest_positions(owner, store, "sn", other).counts() == {"other content": 1}
    assert [rows for _, rows in current(owner, "sn")] == [1]
    assert ingest_positions(owner, store, "second", write(tmp_path, GOOD)).counts() == {"new": 1}
    assert ingest_positions(owner, store, "sn", write(tmp_path, GOOD)).counts() == {"other content": 1}
    assert current(owner, "sn") == before


@pytest.mark.database
@pytest.mark.parametrize("name", ["", " a", "a\nb", "a'b", "n" * 65])
def test_a_name_that_nobody_could_type_is_refused(owner: Connection[Any], tmp_path: Path, name: str) -> None:
    with pytest.raises(BadListName, match="a list of positions cannot be called"):
        ingest_positions(owner, Store(tmp_path), name, write(tmp_path, "ra,dec\n1,2\n"))
    assert owner.execute("select from registry.collection").fetchone() is None


@pytest.mark.database
def test_the_command_line_ends_with_1_and_one_sentence(ledger: Settings, tmp_path: Path) -> None:
    bad = write(tmp_path, "ra,dec\n1,2\n3,north\n")
    answer = CliRunner().invoke(app, ["ingest", "positions", "sn", str(bad)])
    assert answer.exit_code == 1
    assert "row 2 has dec 'north'" in answer.output
    good = CliRunner().invoke(app, ["ingest", "positions", "sn", str(write(tmp_path, GOOD))])
    assert good.exit_code == 0, good.output
