"""Content digests: storage does not count, content does."""

import datetime
import hashlib
import io
import itertools
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema import arrow_digest
from schema.arrow_digest import UndigestibleColumn, digest, schema_digest

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=60)
UTC = pa.timestamp("us", tz="UTC")
VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.bool_(): st.booleans(),
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats(),
    pa.string(): st.text(max_size=5),
    pa.binary(): st.binary(max_size=5),
    UTC: st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2090, 1, 1), timezones=st.just(datetime.UTC)),
}


@st.composite
def tables(draw: st.DrawFn, min_rows: int = 0) -> pa.Table:
    """Draw a table of 1 to 4 columns, with NULL, NaN of both signs and -0.0."""
    n_rows = draw(st.integers(min_rows, 40))
    columns = {}
    for number in range(draw(st.integers(1, 4))):
        data_type = draw(st.sampled_from(list(VALUES)))
        value = st.one_of(st.none(), VALUES[data_type])
        columns[f"c{number}"] = pa.array(draw(st.lists(value, min_size=n_rows, max_size=n_rows)), data_type)
    return pa.table(columns)


def golden_table() -> pa.Table:
    """Give one column of each kind, with NULL in all but the first."""
    fields = [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("flux", pa.float64(), metadata={"unit": "nJy", "description": "any words"}),
        pa.field("chi2", pa.float32(), metadata={"unit": ""}),
        pa.field("flag", pa.bool_()),
        pa.field("band", pa.string()),
        pa.field("taken", UTC),
    ]
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
    columns = [
        [1, 2, 3],
        [1.5, float("nan"), None],
        [None, -0.0, 1.0],
        [True, None, False],
        ["g", None, "é"],
        [noon, None, noon],
    ]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, fields, strict=True)], schema=pa.schema(fields)
    )


def test_digest_is_the_published_one() -> None:
    """Digests are stored for ever: no new version of pyarrow or numpy may move them."""
    assert digest(golden_table()).hex() == "1eb9c5b003d534395f13fc2c54eb8b9eb88123a199ef3e0125301009853202b8"
    assert (
        digest(golden_table().slice(0, 0)).hex() == "2fefea167223377dfb2e9585a565c43c645bca012e8c52f65c2a5e326d9ab48e"
    )
    assert (
        schema_digest(golden_table().schema).hex() == "7e15143c09544e0b1ca85c1c9b0ca1fdb075f1beb46f254c8c16dfb9fa4532fc"
    )


def test_digest_is_sha256_of_the_documented_bytes() -> None:
    """The layout by hand: a second implementation can be written from it."""
    table = pa.table({"x": pa.array([1.0, None, float("nan")]), "s": pa.array(["ab", None, "c"])})
    columns = b'[["x","double",null],["s","string",null]]'
    x = struct.pack("<QBdd", 3, 0b101, 1.0, 0.0) + bytes.fromhex("000000000000f87f")
    s = struct.pack("<QB4q", 3, 0b101, 0, 2, 2, 3) + b"abc"
    expected = hashlib.sha256(b"skyledger table 1\n" + hashlib.sha256(columns).digest() + x + s).digest()
    assert digest(table) == expected


@REPEATABLE
@given(tables(), st.lists(st.integers(0, 40), max_size=5))
def test_chunks_do_not_count(table: pa.Table, cuts: list[int]) -> None:
    """Cut a table anywhere, even into empty chunks."""
    edges = [0, *sorted(min(cut, len(table)) for cut in cuts), len(table)]
    pieces = [table.slice(low, high - low) for low, high in itertools.pairwise(edges)]
    assert digest(pa.concat_tables(pieces)) == digest(table)


@REPEATABLE
@given(tables(), st.data())
def test_a_slice_is_the_same_as_its_copy(table: pa.Table, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(table)))
    part = table.slice(start, data.draw(st.integers(0, len(table) - start)))
    copy = pa.table({name: pa.array(part[name].to_pylist(), part[name].type) for name in part.column_names})
    assert digest(part) == digest(copy)


@REPEATABLE
@given(tables())
def test_dictionary_encoding_does_not_count(table: pa.Table) -> None:
    encoded = [column if pa.types.is_boolean(column.type) else column.dictionary_encode() for column in table.columns]
    assert digest(pa.table(encoded, names=table.column_names)) == digest(table)


@REPEATABLE
@given(tables(), st.sampled_from(["none", "snappy", "zstd"]), st.booleans(), st.integers(1, 50))
def test_parquet_round_trip_keeps_the_digest(table: pa.Table, codec: str, encode: bool, rows: int) -> None:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression=codec, use_dictionary=encode, row_group_size=rows)
    assert digest(pq.read_table(buffer)) == digest(table)


@REPEATABLE
@given(tables(min_rows=1), st.data())
def test_another_value_makes_another_digest(table: pa.Table, data: st.DataObject) -> None:
    """Replace one value by NULL, NULL by a value, or a value by an unlike one."""
    name = data.draw(st.sampled_from(table.column_names))
    row = data.draw(st.integers(0, len(table) - 1))
    values = table[name].to_pylist()
    old = values[row]
    new = data.draw(st.one_of(st.none(), VALUES[table[name].type]).filter(lambda value: repr(value) != repr(old)))
    values[row] = new
    changed = table.set_column(table.column_names.index(name), name, pa.array(values, table[name].type))
    assert digest(changed) != digest(table)


@REPEATABLE
@given(tables(min_rows=2))
def test_order_of_rows_counts(table: pa.Table) -> None:
    turned = table.take(list(reversed(range(len(table)))))
    same = all(repr(column.to_pylist()) == repr(column.to_pylist()[::-1]) for column in table.columns)
    assert (digest(turned) == digest(table)) == same


def test_every_nan_is_one_nan_but_zeros_differ() -> None:
    nans = np.array([0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001], "u8").view("f8")
    assert len({digest(pa.table({"x": nans[i : i + 1]})) for i in range(3)}) == 1
    assert digest(pa.table({"x": [0.0]})) != digest(pa.table({"x": [-0.0]}))


def test_what_lies_under_null_does_not_count() -> None:
    """Arrow leaves the slots of NULL undefined, for numbers and for strings."""
    valid = pa.py_buffer(b"\x05")
    offsets = pa.py_buffer(np.array([0, 1, 4, 5], "i4").tobytes())
    strings = pa.Array.from_buffers(pa.string(), 3, [valid, offsets, pa.py_buffer(b"a???b")])
    numbers = pa.Array.from_buffers(pa.int64(), 3, [valid, pa.py_buffer(np.array([1, 99, 2]).tobytes())])
    dirty = pa.table({"s": strings, "n": numbers})
    clean = pa.table({"s": ["a", None, "b"], "n": pa.array([1, None, 2])})
    assert dirty.equals(clean)
    assert digest(dirty) == digest(clean)


def test_names_types_and_units_count_but_words_do_not() -> None:
    def one(name: str = "x", data_type: pa.DataType = UTC, **metadata: str) -> bytes:
        field = pa.field(name, data_type, metadata=metadata)
        return digest(pa.table([pa.array([7], pa.int64()).cast(data_type)], schema=pa.schema([field])))

    different = [
        one(),
        one(name="y"),
        one(data_type=pa.int64()),
        one(data_type=pa.timestamp("ns", tz="UTC")),
        one(data_type=pa.timestamp("us")),
        one(unit=""),
        one(unit="nJy"),
        one(unit="mag"),
    ]
    assert len(set(different)) == len(different)
    assert one(unit="nJy", description="flux", ucd="phot.flux") == one(unit="nJy")
    assert digest(pa.table({"s": pa.array(["a"], pa.large_string())})) == digest(pa.table({"s": ["a"]}))


def test_neighbors_in_a_column_do_not_run_together() -> None:
    assert digest(pa.table({"s": ["ab", "c"]})) != digest(pa.table({"s": ["a", "bc"]}))
    assert digest(pa.table({"s": ["", None]})) != digest(pa.table({"s": [None, ""]}))
    assert digest(pa.table({"b": [True]})) != digest(pa.table({"b": [True, False]}))


def test_blocks_join_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets and packed bits run on from one block of rows to the next."""
    rng = np.random.default_rng(7)
    n_rows = 1003
    masked = pa.array(rng.normal(size=n_rows), mask=rng.random(n_rows) < 0.3)
    words = pa.array([None if i % 11 == 0 else "w" * (i % 5) for i in range(n_rows)])
    table = pa.table({"x": masked, "s": words, "b": pa.array(rng.random(n_rows) < 0.5)})
    whole = digest(table)
    monkeypatch.setattr(arrow_digest, "BLOCK", 64)
    assert digest(table) == whole


@pytest.mark.parametrize(
    "data_type", [pa.list_(pa.float32()), pa.null(), pa.decimal128(9, 2), pa.month_day_nano_interval()]
)
def test_other_types_are_refused_by_name(data_type: pa.DataType) -> None:
    with pytest.raises(UndigestibleColumn, match="column odd is of type") as caught:
        digest(pa.table({"odd": pa.nulls(2, data_type)}))
    assert caught.value.data_type == data_type
