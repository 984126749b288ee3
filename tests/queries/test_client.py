"""The client of notebooks: Arrow, astropy, pandas, files."""

from pathlib import Path
from typing import Any
from uuid import UUID

import astropy.units as u
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import Connection

from queries.client import Client, connect
from queries.columns import split_comment
from queries.errors import RefusedSql, TimeLimit, UnknownDataset
from schema.errors import NoDatabase, StoreBroken
from schema.settings import Settings
from schema.store import Store
from tests.support.catalogs import STAR, Survey

EVERY_TYPE = """
select 1::int2 as short, 2::int4 as whole, 3::int8 as long, 0.5::float4 as single, 'NaN'::float8 as double,
       1.25::numeric as exact, 'a'::text as word, true as yes, timestamptz '2020-01-02 03:04:05+01' as moment,
       date '2020-01-02' as day, '00000000-0000-0000-0000-000000000005'::uuid as uid, '{"a": [1]}'::jsonb as body,
       '{[1,3)}'::int4multirange as ranges, '\\x00ff'::bytea as digest, array[1, 2]::int8[] as list,
       null::int8 as nothing
"""


@pytest.fixture
def client(surveyed: Settings) -> Client:
    return Client(surveyed)


def test_every_type_has_its_place_in_arrow(client: Client) -> None:
    table = client.sql(EVERY_TYPE).arrow()
    assert [str(field.type) for field in table.schema] == [
        "int16", "int32", "int64", "float", "double", "double", "string", "bool", "timestamp[us, tz=UTC]",
        "date32[day]", "string", "string", "string", "binary", "list<item: int64>", "int64",
    ]  # fmt: skip
    (row,) = table.to_pylist()
    assert np.isnan(row.pop("double"))
    assert row.pop("moment").isoformat() == "2020-01-02T02:04:05+00:00"
    assert str(row.pop("day")) == "2020-01-02"
    assert row == {
        "short": 1, "whole": 2, "long": 3, "single": 0.5, "exact": 1.25, "word": "a", "yes": True,
        "uid": str(UUID(int=5)), "body": '{"a": [1]}', "ranges": "{[1,3)}", "digest": b"\x00\xff", "list": [1, 2],
        "nothing": None,
    }  # fmt: skip


def test_times_that_arrow_cannot_hold_make_their_column_text(client: Client) -> None:
    statement = "select day, array[day] as days from (values (date '2020-01-02'), ('infinity'), (null)) as t (day)"
    table = client.sql(statement).arrow()
    assert table.schema.types == [pa.string(), pa.string()]
    assert table["day"].to_pylist() == ["2020-01-02", "infinity", None]
    assert table["days"].to_pylist() == ['["2020-01-02"]', '["infinity"]', "[null]"]


def test_an_empty_answer_keeps_its_types(client: Client) -> None:
    assert client.sql("select ra, band from source where false").arrow().schema.types == [pa.float64(), pa.string()]


def test_columns_that_come_straight_from_a_view_have_unit_and_description(client: Client) -> None:
    table = client.query("light_curve", ra=STAR[0], dec=STAR[1]).table()
    assert len(table) == 3
    assert table["mjd_tai"].unit == u.day
    assert table["psfflux"].unit == u.nJy
    assert table["psfflux"].description.startswith("Flux of the best fit of the PSF model")
    assert table["separation"].unit is None
    assert table["band"].tolist() == ["g", "r", "g"]
    assert (table["psfflux"][0] * table["psfflux"].unit).to(u.ABmag).value == pytest.approx(20.0, abs=1e-4)


def test_units_survive_other_names_joins_and_subqueries(client: Client) -> None:
    table = client.sql(
        """select s.far as right_ascension, v.seeing, s.far + 0 as computed
           from (select ra as far, visit, detector from source) s join visit_detector v using (visit, detector)"""
    ).table()
    assert (table["right_ascension"].unit, table["seeing"].unit, table["computed"].unit) == (u.deg, u.arcsec, None)
    assert client.sql("select ra from source").arrow().schema.field("ra").metadata[b"unit"] == b"deg"


def test_null_is_masked_and_nan_is_not(client: Client) -> None:
    table = client.sql(
        """select x::int8 as n, 'a' || x as word, case x when 3 then 'NaN' else x::float8 end as value
           from (values (1), (null), (3)) as t (x)"""
    ).table()
    assert table["n"].mask.tolist() == [False, True, False]
    assert table["word"].tolist() == ["a1", None, "a3"]
    assert table["value"].mask.tolist() == [False, True, False]
    assert np.isnan(table["value"][2])


@pytest.mark.parametrize(
    ("comment", "unit", "text"),
    [
        (
            "Right ascension, in [0, 360). NaN when unknown. [deg] (pos.eq.ra)",
            "deg",
            "Right ascension, in [0, 360). NaN when unknown.",
        ),
        ("Chi-square. [dimensionless] (stat.fit.chi2)", "", "Chi-square."),
        ("Short name. (meta.id;instr)", None, "Short name."),
        ("Opening of the shutter, MJD (TAI) [d].", "d", "Opening of the shutter, MJD (TAI)."),
        ("When it began (UTC).", None, "When it began (UTC)."),
    ],
)
def test_comments_give_unit_and_description(comment: str, unit: str | None, text: str) -> None:
    assert split_comment(comment) == (unit, text)


def test_every_unit_of_a_view_is_one_that_astropy_knows(owner: Connection[Any]) -> None:
    comments = owner.execute(
        """select d.description from pg_description d join pg_class c on c.oid = d.objoid
           where c.relnamespace = 'public'::regnamespace and d.objsubid > 0"""
    ).fetchall()
    units = {unit for (comment,) in comments if (unit := split_comment(comment)[0])}
    assert units >= {"deg", "nJy", "arcsec", "s", "MiB"}
    for unit in units:
        u.Unit(unit)


def test_rows_are_dicts_and_a_frame_and_html(client: Client) -> None:
    result = client.sql("select band, count(*) as n from source group by 1 order by 1")
    assert list(result) == [{"band": "g", "n": 80}, {"band": "r", "n": 40}]
    assert (len(result), repr(result)) == (2, "<Result: 2 rows of band, n>")
    assert result.pandas().set_index("band")["n"].to_dict() == {"g": 80, "r": 40}
    assert "<td>80</td>" in result._repr_html_()
    assert "&lt;b&gt;" in client.sql("select '<b>' as x")._repr_html_()


def test_a_notebook_says_when_rows_are_missing(client: Client) -> None:
    result = client.sql("select ra from source", row_limit=7)
    assert len(result) == 7
    assert result.note is not None
    assert result.note in result._repr_html_()


def test_limits_and_refusals_hold_here_too(client: Client) -> None:
    with pytest.raises(TimeLimit):
        client.sql("select count(*) from generate_series(1, 1000000000000)", time_limit=0.2)
    with pytest.raises(RefusedSql):
        client.sql("drop view source")


def test_a_connection_string_is_enough(surveyed: Settings) -> None:
    assert surveyed.database_url
    reader = surveyed.database_url.get_secret_value()
    assert list(connect(reader).sql("select count(*) as n from visit_detector")) == [{"n": 6}]


def test_a_connection_string_that_is_none_is_one_sentence(surveyed: Settings) -> None:
    with pytest.raises(NoDatabase, match='missing "=" after "garbage"'):
        connect("garbage").sql("select 1")


def test_without_one_the_ledger_of_the_environment_is_read(ledger: Settings) -> None:
    assert list(connect().sql("select count(*) as n from source")) == [{"n": 0}]


def test_a_dataset_comes_as_table_or_file(ledger: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    Survey(visits=1, detectors=1).make(owner)
    client, store = Client(ledger), Store(ledger.store_root)
    kept = pa.table({"n": [1, 2]})
    pq.write_table(kept, tmp_path / "source.parquet")
    (tmp_path / "image.fits").write_bytes(b"SIMPLE")
    for name, dataset_type in (("source.parquet", "source"), ("image.fits", "post_isr_image")):
        stored = store.take_in(tmp_path / name)
        owner.execute(
            """insert into registry.artifact (content_digest, path, file_digest, n_bytes)
               select decode(content_digest, 'hex'), %s, %s, %s from public.dataset where dataset_type = %s""",
            [stored.path, stored.file_digest, stored.n_bytes, dataset_type],
        )
    datasets = {row["dataset_type"]: row for row in client.sql("select * from dataset where visit = 1")}
    found = client.get(datasets["source"]["dataset_id"])
    assert isinstance(found, pa.Table)
    assert found.equals(kept)
    place = client.get(datasets["post_isr_image"]["uid"])
    assert isinstance(place, Path)
    assert place.read_bytes() == b"SIMPLE"
    with pytest.raises(StoreBroken, match=r"c4d_1\.fits\.fz is missing"):
        client.get(datasets["raw_image"]["dataset_id"])
    with pytest.raises(UnknownDataset, match="has no file left in the store"):
        client.get(datasets["visit_detector"]["dataset_id"])


@pytest.mark.parametrize("dataset", [10**9, "no-uid", str(UUID(int=1))])
def test_a_dataset_that_is_not_there_is_one_sentence(client: Client, dataset: int | str) -> None:
    with pytest.raises(UnknownDataset, match=f"the dataset {dataset} .*; the view `dataset` lists what there is"):
        client.get(dataset)
