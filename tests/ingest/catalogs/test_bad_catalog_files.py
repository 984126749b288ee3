"""Catalog files that cannot be used: one sentence each, nothing of them registered, the others come in."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import Connection

from ingest.catalogs.errors import ForeignRun, UnknownInstrument
from ingest.catalogs.ingest import ingest_catalogs
from schema.settings import Settings
from schema.store import Store
from tests.support.foreign import columns, recipe, register_exposures, register_raw, write

pytestmark = pytest.mark.database


def bad_files(folder: Path) -> dict[Path, str]:
    """Write one file of each kind; give what its sentence must say."""
    whole = write(folder, 1).read_bytes()
    (folder / "cat_2_0.parquet").write_bytes(whole[: len(whole) // 2])
    (folder / "cat_3_0.parquet").write_bytes(b"NUMBER,X_IMAGE\n1,2\n")
    (folder / "cat_4_0.parquet").touch()
    flipped = bytearray(whole)
    flipped[200:400] = bytes(200)
    (folder / "cat_5_0.parquet").write_bytes(flipped)
    again = {**columns(5), "NUMBER": [1, 2, 2, 4, 5]}
    return {
        folder / "cat_2_0.parquet": "begins as Parquet but has no end; fetch the file again",
        folder / "cat_3_0.parquet": "is no Parquet file; give Parquet files",
        folder / "cat_4_0.parquet": "is empty (0 bytes); fetch the file again",
        folder / "cat_5_0.parquet": "cannot be read (",
        folder / "cat_6_0.parquet": "cannot be read (No such file or directory)",
        write(folder, 7, {"MAG_PSF": ["a"] * 5}): "MAG_PSF is of type string and not a number",
        write(folder, 8, {"X_IMAGE": None}): "it has no columns X_IMAGE; it has columns that nobody asked for: CLASS",
        write(folder, 99): "visit 99 of Toy is not registered; ingest its exposures first",
        write(folder, 9, detector="N4"): "Toy has no detector N4",
        write(folder / "again", 1): f"holds exposure 1, detector 0, which {folder / 'cat_1_0.parquet'} has already",
        write(folder, 10, {"DELTA_J2000": np.full(5, np.nan)}): "dec nan deg, which is not on the sky",
        write(folder, 11, {"ALPHA_J2000": np.full(5, 540.0)}): "row 1 of 5 is at ra 540",
        write(folder, 12, again): "exposure 12, detector 0 has sourceId 2 more than once",
        write(folder, 13).rename(folder / "source-13.parquet"): "its path does not match the pattern",
    }


def test_each_bad_file_has_one_sentence_and_the_good_one_comes_in(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 13)
    expected = bad_files(tmp_path / "files")
    good = tmp_path / "files" / "cat_1_0.parquet"
    mapped = {**recipe().model_dump(mode="json", exclude_defaults=True)["columns"], "sourceId": "NUMBER"}
    said = recipe(columns=mapped)
    advanced: list[None] = []
    store = Store(ledger.store_root)
    for _ in range(2):
        report = ingest_catalogs(
            owner, store, [good, *expected], lambda: advanced.append(None), recipe=said, name="catalogs/toy"
        )
        assert report.outcomes[good] in ("new", "known")
        assert {path for path, outcome in report.outcomes.items() if outcome == "refused"} == expected.keys()
        for path, problem in expected.items():
            (sentence,) = [one for one in report.sentences if one.startswith(f"{path.name}: ") and problem in one]
            assert len(sentence.splitlines()) == 1
        assert len(report.sentences) == len(expected)
    assert len(advanced) == 2 * len(report.outcomes)
    assert owner.execute("select dataset_type, file_name, n_rows from dataset order by 1").fetchall() == [
        ("catalog_file", good.name, None),
        ("source", None, 5),
    ]
    assert owner.execute("select count(*), count(distinct visit) from source").fetchone() == (5, 1)
    assert len(list(store.root.glob("files/*/*"))) == 2
    assert list(store.root.glob("staging/*")) == []


def test_a_number_that_two_images_have_is_refused(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 3)
    paths = [write(tmp_path, 1), write(tmp_path, 2, {"NUMBER": [9, 8, 3, 7, 6]}), write(tmp_path, 3)]
    pq.write_table(pa.table({**columns(5), "NUMBER": [11, 12, 13, 14, 15]}), paths[2])
    mapped = {**recipe().model_dump(mode="json", exclude_defaults=True)["columns"], "sourceId": "NUMBER"}
    for dry_run in (True, False):
        report = ingest_catalogs(
            owner,
            Store(ledger.store_root),
            paths,
            recipe=recipe(columns=mapped),
            name="catalogs/toy",
            dry_run=dry_run,
        )
        assert report.counts() == {"new": 2, "refused": 1}
        assert report.sentences == [
            "cat_2_0.parquet: has sourceId 3, which cat_1_0.parquet has for another image; take it out of the recipe: "
            "it is made then"
        ]
    assert owner.execute("select count(*) from source").fetchone() == (10,)


def test_rows_that_lie_elsewhere_than_the_image_are_refused(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 3)
    register_raw(owner, ledger, tmp_path, 1)
    register_raw(owner, ledger, tmp_path, 2, center=(150.0, -40.0))
    paths = [write(tmp_path, visit) for visit in (1, 2, 3)]
    report = ingest_catalogs(owner, Store(ledger.store_root), paths, recipe=recipe(), name="catalogs/toy")
    assert report.counts() == {"new": 2, "refused": 1}
    assert report.sentences == [
        "cat_2_0.parquet: none of the rows that were looked at lies on the image that it is said to be of; correct the "
        "data_id or a unit of the recipe"
    ]


def test_a_visit_of_several_exposures_must_be_named_by_exposure(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 1)
    owner.execute("insert into registry.exposure values ('Toy', 100, 1, 'g', 20200101, 58850.5, 86.4)")
    store, path = Store(ledger.store_root), write(tmp_path, 1)
    report = ingest_catalogs(owner, store, [path], recipe=recipe(), name="catalogs/toy")
    assert "visit 1 of Toy has 2 exposures; " in report.sentences[0]
    by_exposure = recipe(data_id={"constant": {"exposure": 100, "detector": 0}})
    report = ingest_catalogs(owner, store, [path], recipe=by_exposure, name="catalogs/toy")
    assert report.counts() == {"new": 1}
    assert owner.execute("select distinct visit, midpointmjdtai from source").fetchall() == [(1, 58850.5005)]


def test_an_image_whose_time_nobody_knows_is_refused(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 1)
    owner.execute("insert into registry.exposure (instrument, exposure, visit) values ('Toy', 200, 1)")
    said = {"data_id": {"constant": {"exposure": 200, "detector": 0}}}
    path, store = write(tmp_path, 1), Store(ledger.store_root)
    report = ingest_catalogs(owner, store, [path], recipe=recipe(**said), name="catalogs/toy")
    assert "nobody knows the middle of exposure 200: map midpointMjdTai" in report.sentences[0]
    told = {**columns(5), "MJD": np.full(5, 58849.25)}
    pq.write_table(pa.table(told), path)
    mapped = {**recipe().model_dump(mode="json", exclude_defaults=True)["columns"], "midpointMjdTai": "MJD"}
    report = ingest_catalogs(owner, store, [path], recipe=recipe(columns=mapped, **said), name="catalogs/toy")
    assert report.counts() == {"new": 1}
    assert owner.execute("select distinct midpointmjdtai, band from source").fetchall() == [(58849.25, "")]


def test_one_image_under_two_names_is_refused(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 1)
    path = tmp_path / "all.parquet"
    pq.write_table(pa.table({**columns(2), "CCD": ["D0", "0"]}), path)
    said = recipe(data_id={"constant": {"visit": 1}, "columns": {"detector": "CCD"}})
    report = ingest_catalogs(owner, Store(ledger.store_root), [path], recipe=said, name="catalogs/toy")
    assert f"holds exposure 1, detector 0, which {path} has already" in report.sentences[0]


def test_where_the_first_file_of_an_image_is_refused_the_next_one_comes_in(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 2)
    off = {"ALPHA_J2000": np.full(5, 540.0)}
    bad = [write(tmp_path / "first", 1, off), write(tmp_path / "second", 1, off)]
    good, late, other = write(tmp_path / "third", 1), write(tmp_path / "fourth", 1), write(tmp_path, 2)
    advanced: list[None] = []
    for dry_run, outcome in ((True, "new"), (False, "new"), (False, "known")):
        report = ingest_catalogs(
            owner,
            Store(ledger.store_root),
            [*bad, good, late, other],
            lambda: advanced.append(None),
            recipe=recipe(),
            name="catalogs/toy",
            dry_run=dry_run,
        )
        assert report.outcomes == {**dict.fromkeys([*bad, late], "refused"), good: outcome, other: outcome}
        assert [f"which {good} has already" in sentence for sentence in report.sentences] == [False, False, True]
    assert len(advanced) == 15
    assert owner.execute("select count(*) from source").fetchone() == (10,)


def test_a_path_that_is_not_utf8_is_refused_in_a_sentence_that_can_be_printed(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 1)
    good = write(tmp_path, 1)
    name = os.fsdecode(b"\xff_cat_1_0.parquet")
    (tmp_path / "odd").mkdir()
    odd = tmp_path / "odd" / name
    odd.write_bytes(good.read_bytes())
    report = ingest_catalogs(owner, Store(ledger.store_root), [odd, good], recipe=recipe(), name="catalogs/toy")
    assert report.outcomes == {odd: "refused", good: "new"}
    assert report.sentences == ["\ufffd_cat_1_0.parquet: its path is not UTF-8; rename it"]


def test_an_instrument_without_exposures_and_a_run_of_another_kind_are_refused(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    store, paths = Store(ledger.store_root), [write(tmp_path, 1)]
    with pytest.raises(UnknownInstrument, match="no exposure of 'Toy' is registered, only of no instrument"):
        ingest_catalogs(owner, store, paths, recipe=recipe(), name="catalogs/toy")
    register_exposures(owner, 1)
    owner.execute("insert into registry.collection (name, kind, doc) values ('good', 'tagged', 'Good.')")
    with pytest.raises(ForeignRun, match="that name is taken"):
        ingest_catalogs(owner, store, paths, recipe=recipe(), name="good")
    with pytest.raises(ForeignRun, match="begin with a letter or digit"):
        ingest_catalogs(owner, store, paths, recipe=recipe(), name=" a")
