"""What the columns of loaded files hold: noted with the load, exact, and in reach of readers."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from psycopg import Connection, sql

from ingest.loads import staging
from ingest.loads.statistics import combined, statistics
from queries.client import Client
from schema.catalog.column import Column
from schema.catalog.definition import Definition, definition, sql_name
from schema.settings import Settings
from schema.store import Store
from tests.bench.sources import make_sources
from tests.support.shelf import load_each, shelve

BIG = 2**62 + 1  # which no float can hold


def of(**columns: Any) -> dict[str, list[Any]]:
    """Summarise columns."""
    table = pa.table(columns)
    made = tuple(Column(name, "", None, None, "", "") for name in columns)
    return statistics(table, Definition("toy", "", made, (), ()))


def test_each_kind_of_column_is_summarised() -> None:
    found = of(
        number=np.array([np.nan, 3.0, -np.inf, -1.5]),
        single=np.array([0.1, 0.2, 0.3, np.nan], np.float32),
        whole=np.array([BIG, -BIG, 0, 1]),
        flag=np.array([False, True, False, False]),
        text=["r", "g", "z", "g"],
        moment=pa.array([datetime(2020, 1, day, tzinfo=UTC) for day in (2, 1, 3, 2)], pa.timestamp("us", tz="UTC")),
        nothing=np.full(4, np.nan),
    )
    assert found == {
        "number": [-1.5, 3.0, 2],
        "single": [float(np.float32(0.1)), float(np.float32(0.3)), 1],
        "whole": [-BIG, BIG, 0],
        "flag": [0, 1, 0],
        "text": ["g", "z", 0],
        "moment": ["2020-01-01T00:00:00+00:00", "2020-01-03T00:00:00+00:00", 0],
        "nothing": [None, None, 4],
    }


def test_a_file_without_rows_has_no_values() -> None:
    assert of(number=np.empty(0), text=pa.array([], pa.string()), flag=pa.array([], pa.bool_())) == {
        "number": [None, None, 0],
        "text": [None, None, 0],
        "flag": [None, None, 0],
    }


def test_pieces_together_hold_what_the_whole_holds() -> None:
    whole: dict[str, Any] = {
        "number": np.array([np.nan, 3.0, -np.inf, np.inf, 0.1, -1.5, np.nan]),
        "whole": np.array([0, BIG, 1, -BIG, 2, BIG - 1, 3]),
        "flag": np.array([False, False, False, True, False, False, False]),
        "text": ["r", "", "z", "g", "Z", "é", "z"],
        "nothing": np.full(7, np.nan),
    }
    for at in range(8):
        # Of an empty list Arrow would not know that it holds texts.
        halves = [
            {name: pa.array(column[part], pa.array(column).type) for name, column in whole.items()}
            for part in (slice(at), slice(at, None))
        ]
        first, second = (of(**half) for half in halves)
        assert combined(combined(None, first), second) == of(**whole)


@pytest.mark.database
def test_a_file_that_is_read_in_pieces_is_loaded_whole(
    owner: Connection[Any], ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "BATCH", 7)
    monkeypatch.setattr(staging, "PIECE", 3)
    (file,) = shelve(owner, Store(ledger.store_root), 1, n_rows=40)
    load_each(owner, owner, Store(ledger.store_root), [file])
    whole = make_sources(40, 1, 0.0, 0.0)
    names = sql.SQL(", ").join(sql.Identifier(sql_name(column)) for column in definition("source").columns)
    rows = owner.execute(sql.SQL("select {} from catalog.source").format(names), binary=True)
    assert sorted(rows) == sorted(zip(*(column.to_pylist() for column in whole.columns), strict=True))
    ((noted,),) = owner.execute("select statistics from ingest.load_file").fetchall()
    assert noted == statistics(whole, definition("source"))


@pytest.mark.database
def test_a_reader_finds_what_was_noted_with_a_load(owner: Connection[Any], ledger: Settings) -> None:
    files = shelve(owner, Store(ledger.store_root), 2, n_rows=40)
    load_each(owner, owner, Store(ledger.store_root), files)
    asked = Client(ledger).query("file_statistics", catalog="source", column="psfFlux").pandas()
    tables = [make_sources(40, number, 0.0, 0.0) for number in (1, 2)]
    assert list(asked["minimum"]) == [np.min(table["psfFlux"]) for table in tables]
    assert list(asked["maximum"]) == [np.max(table["psfFlux"]) for table in tables]
    assert list(asked["dataset_id"]) == [file.dataset_id for file in files]
    assert list(asked["visit"]) == [1, 2]
    bands = Client(ledger).query("file_statistics", catalog="source", column="band")
    assert {row["last_text"] for row in bands} == {"r"} | {max(table["band"].to_pylist()) for table in tables}
    named = Client(ledger).sql("select count(distinct column_name) as n from file_statistics")
    assert next(iter(named))["n"] == len(definition("source").columns)
