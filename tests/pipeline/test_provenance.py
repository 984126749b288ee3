"""Provenance in files: told, the same each time, and no part of the content."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.wcs import WCS
from psycopg import Connection

from pipeline.image import Image, read_image
from pipeline.pixels.exposure import Exposure
from pipeline.provenance_file import Provenance, Relative, of_output, read_provenance
from pipeline.storage import read, write
from pipeline.task import Output
from schema.settings import Settings, settings
from tests.support.runs import run_toys

PARENT = Relative("parent", "raw", "raw_image", "7d4c", '{"exposure": 1}')
FIRST = Provenance("", "standardize", "aa" * 32, "bb" * 32, "cc" * 32, (PARENT, replace(PARENT, relation="origin")))
SECOND = replace(FIRST, code="dd" * 32, quantum="ee" * 32, relatives=())
FACTS: dict[str, str | int | float] = {
    "instrument": "Toy",
    "exposure": 1,
    "visit": 1,
    "detector": 0,
    "physical_filter": "g",
    "obs_start_mjd_tai": 58849.0,
}


def image() -> Image:
    plane = np.arange(400, dtype=np.float32).reshape(20, 20)
    mask = np.zeros((20, 20), np.int32)
    return Image(Exposure(plane, np.ones_like(plane), mask, WCS(naxis=2), "adu", 30.0, 58849.0, "g"), FACTS)


CASES = [("image", image()), ("table", pa.table({"n": [1, 2]}).replace_schema_metadata({"made": "here"}))]


@pytest.mark.parametrize(("storage", "value"), CASES, ids=["image", "table"])
def test_the_file_says_where_it_comes_from(tmp_path: Path, storage: Any, value: Any) -> None:
    path = write(Output("x", storage), value, tmp_path, "out", FIRST).path
    said = read_provenance(path)
    relatives = said.pop("relatives")
    assert said == of_output(FIRST, "out").facts()
    assert relatives == [vars(relative) for relative in FIRST.relatives]


@pytest.mark.parametrize(("storage", "value"), CASES, ids=["image", "table"])
def test_it_is_no_content_and_the_same_each_time(tmp_path: Path, storage: Any, value: Any) -> None:
    folders = [tmp_path / name for name in ("first", "again", "second", "none")]
    written = []
    for folder, said in zip(folders, (FIRST, FIRST, SECOND, None), strict=True):
        folder.mkdir()
        written.append(write(Output("x", storage), value, folder, "out", said))
    assert len({one.content_digest for one in written}) == 1
    first, again, second, none = (one.path.read_bytes() for one in written)
    assert first == again
    assert len({first, second, none}) == 3


def test_a_task_does_not_see_it(tmp_path: Path) -> None:
    table = write(Output("x", "table"), CASES[1][1], tmp_path, "table", FIRST).path
    assert read("table", table, "", "").schema.metadata == {b"made": b"here"}
    found = read_image(write(Output("x", "image"), CASES[0][1], tmp_path, "image", FIRST).path)
    assert found.facts == FACTS
    assert found.psf is None


@pytest.mark.database
def test_equal_content_under_another_provenance_keeps_the_first_file(owner: Connection[Any], toys: Settings) -> None:
    run_toys(owner, "one")
    files = sorted((settings().store_root / "files").rglob("*.parquet"))
    # Another configuration, the same result: it is computed, and no file is added.
    assert run_toys(owner, "two", sleep=0.001)["done"] >= 4
    assert sorted((settings().store_root / "files").rglob("*.parquet")) == files
    rows = owner.execute(
        """select content_digest, count(distinct uid), count(distinct path) from public.dataset
           where task = 'toy_count' group by 1"""
    ).fetchall()
    assert [row[1:] for row in rows] == [(2, 1)] * 4
