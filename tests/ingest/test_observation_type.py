"""Types of observations that nobody told contradict nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from ingest.cameras.read import read_observations
from ingest.dimensions import register_exposures, register_instruments
from ingest.merging import Contradiction, merge
from ingest.records.elements import ELEMENTS
from pipeline.planner.search import Search
from pipeline.planner.taint import read_taint
from pipeline.task import Input
from schema.ledger.collections import find
from schema.registry.exposure import exposure
from schema.settings import Settings, settings
from tests.support.ledgers import register_toy_camera
from tests.support.raw_frames import YAML, frame

TYPES = "select observation_type from exposure order by exposure"


@pytest.fixture
def small_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Name a folder with a small camera in the settings."""
    (tmp_path / "cameras").mkdir()
    (tmp_path / "cameras" / "toyraw.yaml").write_text(YAML)
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{tmp_path / "cameras"}"]')
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.database
@pytest.mark.usefixtures("small_camera", "ledger")
def test_a_file_that_tells_goes_with_one_that_did_not(owner: Connection[Any], tmp_path: Path) -> None:
    path = frame(tmp_path / "a.fits")
    (seen,) = read_observations(path)
    register_instruments(owner, [seen.instrument])
    for told in ("", "flat", "dark"):
        register_exposures(owner, [(path, replace(seen, observation_type=told))])
    assert owner.execute(TYPES).fetchall() == [("unknown",)]


@pytest.mark.database
def test_what_nobody_told_contradicts_no_row_and_words_do(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_toy_camera(owner, ledger, 1, tmp_path)
    for number, told in ((2, "unknown"), (3, "flat")):
        owner.execute(
            "insert into registry.exposure (instrument, exposure, visit, observation_type) values ('Toy', %s, 1, %s)",
            [number, told],
        )

    def given(number: int, told: str) -> Contradiction | None:
        row = {"instrument": "Toy", "exposure": number, "observation_type": told}
        return merge(owner, exposure, ("instrument", "exposure"), [row], blank=ELEMENTS["exposure"].blank)[1]

    assert [given(number, "flat") for number in (1, 2, 3)] == [None, None, None]
    assert given(3, "unknown") is None
    assert given(3, "dark") == Contradiction("Toy 3", "observation_type", "flat", "dark")


@pytest.mark.database
def test_a_plan_takes_what_an_old_ledger_did_not_ask_for_science(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_toy_camera(owner, ledger, 2, tmp_path)
    assert owner.execute(TYPES).fetchall() == [(None,)]
    search = Search(owner, find(owner, ["Toy/raw"]), read_taint(owner), "raw_image")
    found = {
        kind: len(search.find(Input("raw_image", "file", observation_type=kind)).datasets)
        for kind in ("science", "bias")
    }
    assert found == {"science": 2, "bias": 0}


def test_a_record_of_no_type_is_one_of_science() -> None:
    told = [{"instrument": "HSC", "id": 1, "observation_type": None}, {"instrument": "HSC", "id": 2}]
    told.append({"instrument": "HSC", "id": 3, "observation_type": "dark"})
    rows = ELEMENTS["exposure"].rows({"exposure": told})
    assert [row["observation_type"] for row in rows] == ["science", "science", "dark"]
