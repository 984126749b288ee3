"""Dimension records: a real part of HSC RC2 comes in, once, and contradicts nothing."""

import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from psycopg import Connection

from ingest.records.document import read_records
from ingest.records.elements import ELEMENTS
from ingest.records.errors import BadRecords, ContradictingRecord
from ingest.records.region import decode_polygon
from ingest.records.register import ingest_records
from pipeline.definition import read
from pipeline.errors import BadPipeline, BadWhere
from pipeline.planner import expected
from pipeline.planner.expected import foresee
from pipeline.tasks.standardize import Standardize
from schema.settings import Settings
from tests.support.frames import DATA

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

RC2 = DATA / "registry" / "hsc-rc2-part.yaml.xz"
TRACT = (
    "706d49172fb089ebbf7a416963e047e03f04da8d4822dd983f748955c6dc00ecbfd7f213e3c3eede3f6f79884d22dd983f55833497bef8ebbf"
    "15b3fe207ce5de3fae43c0300f6eab3fd5c00f009281ebbf37cf35823c43e03f9417422b0f6eab3f"
)
SQUARE = "70" + np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype="<f8").tobytes().hex()


@pytest.fixture(scope="module")
def text() -> str:
    """Give the file as text."""
    return lzma.open(RC2, "rt").read()


def changed(text: str, old: str, new: str, folder: Path) -> Path:
    """Give a file with other words at one place."""
    assert old in text
    path = folder / "changed.yaml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_an_octant_is_an_octant() -> None:
    assert decode_polygon(SQUARE) == pytest.approx(np.array([[0.0, 0.0], [90.0, 0.0], [0.0, 90.0]]))


def test_tract_9813_is_the_cosmos_field() -> None:
    """The rings of `hsc_rings_v1` are 1.68 deg wide, and COSMOS (150.1, +2.2) is in the middle of tract 9813."""
    corners = decode_polygon(TRACT)
    assert corners.mean(axis=0) == pytest.approx([150.2474, 2.2312], abs=1e-3)
    assert np.ptp(corners[:, 1]) == pytest.approx(1.68, abs=0.001)


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        ("63" + SQUARE[2:], "no ConvexPolygon"),
        (SQUARE[:-2], "72 bytes are no polygon"),
        (SQUARE[:98], "49 bytes are no polygon"),
        ("70" + 9 * np.float64(2).tobytes().hex(), "no unit vectors"),
        ("70" + 9 * np.float64("nan").tobytes().hex(), "no unit vectors"),
        ("xyz", "hexadecimal"),
    ],
)
def test_what_is_no_polygon_is_refused(encoded: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode_polygon(encoded)


def test_all_records_come_in_and_a_second_time_none(scratch: Connection[Any]) -> None:
    first = {element: (n, new) for element, n, new in ingest_records(scratch, RC2)}
    assert first["visit_detector_region"] == (165, 165)
    assert first["exposure"] == (21, 21)  # 20 visits are exposures, too; one exposure has no visit of its own
    assert [first[name] for name in ("skymap", "tract", "patch", "visit_region")] == [(1, 1), (2, 2), (2, 2), (20, 20)]
    assert first["detector"] == (111, 0)  # as our own definition of the camera says
    assert {new for _, _, new in ingest_records(scratch, RC2)} == {0}


def test_visits_overlap_the_patches_that_they_were_chosen_for(scratch: Connection[Any], text: str) -> None:
    ingest_records(scratch, RC2)
    found = scratch.execute("select tract, count(*), count(distinct visit) from visit_patch group by 1 order by 1")
    counts = {tract: (n, visits) for tract, n, visits in found}
    assert counts.keys() == {9615, 9813}
    assert sum(n for n, _ in counts.values()) == 20  # each visit of RC2 is in one of the two fields
    # The records are of the images that touch these patches: there is no other.
    apart = scratch.execute(
        """select count(*) from expected_image i where not exists (select from patch p where p.ranges && i.ranges)"""
    ).fetchone()
    assert apart == (0,)


def test_what_a_record_says_is_kept(scratch: Connection[Any], text: str) -> None:
    ingest_records(scratch, RC2)
    one = next(part for part in yaml_visits(text) if part["id"] == 318)
    row = scratch.execute(
        "select physical_filter, day_obs, exp_time, obs_start_mjd_tai from exposure where exposure = 318"
    ).fetchone()
    assert row is not None
    assert row[:3] == (one["physical_filter"], one["day_obs"], one["exposure_time"])
    assert row[3] == pytest.approx(56741.39883835648, abs=1e-8)  # 2014-03-25 09:34:19.634 TAI
    (skymap,) = scratch.execute(
        "select definition ->> 'hash', definition -> 'tract_max' from registry.skymap"
    ).fetchall()
    assert skymap == ("e29fe9f1008e359f36a3677e7d69cc439376d1e6", 18938)


def yaml_visits(text: str) -> list[dict[str, Any]]:
    """Read the visits by plain YAML, without tags."""
    body = yaml.safe_load(text.replace("!<lsst.sphgeom.ConvexPolygon>", "").replace("!butler_time/tai/iso", ""))
    return next(part["records"] for part in body["data"] if part["element"] == "visit")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "tract_max: 18938",
            "tract_max: 18939",
            "skymap hsc_rings_v1 has definition {'tract_max': 18938} in the ledger, and {'tract_max': 18939}",
        ),
        (
            "name: HSC-G\n    band: g",
            "name: HSC-G\n    band: r",
            "physical_filter HSC HSC-G has band g .* r in the file",
        ),
        ("full_name: '1_53'", "full_name: '1_35'", "detector HSC 0 has name 1_53 in the ledger, and 1_35 in the file"),
        ("physical_filter: HSC-Y", "physical_filter: HSC-Z", "visit HSC 318 has physical_filter HSC-Y"),
        ("cell_x: 5", "cell_x: 6", "patch hsc_rings_v1 9615 14 has cell_x 5"),
    ],
)
def test_a_contradiction_is_refused_by_name_and_nothing_comes(
    scratch: Connection[Any], text: str, tmp_path: Path, old: str, new: str, said: str
) -> None:
    ingest_records(scratch, RC2)
    fresh = changed(text, old, new, tmp_path)
    fresh.write_text(fresh.read_text().replace("id: 903342", "id: 903343"))
    with pytest.raises(ContradictingRecord, match=said):
        ingest_records(scratch, fresh)
    assert scratch.execute("select count(*) from exposure where exposure = 903343").fetchone() == (0,)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: HSC\n", "name: NoCam\n", "the instrument NoCam is no camera"),
        ("skymap: hsc_rings_v1\n    id: 9615", "skymap: other\n    id: 9615", "tract refers to what is not there"),
        ("    cell_y: 1\n", "", "a record of patch is not whole: KeyError 'cell_y'"),
        ("encoded: 70", "encoded: 7", "is no YAML of dimension records"),
        ("!<lsst.sphgeom.ConvexPolygon>", "!!python/object:os.system", "is no YAML of dimension records"),
        ("description: Butler Data Repository Export", "description: Groceries", "is no export of a Butler"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(
    scratch: Connection[Any], text: str, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(BadRecords, match=said):
        ingest_records(scratch, changed(text, old, new, tmp_path))
    assert scratch.execute("select count(*) from registry.instrument").fetchone() == (0,)


def test_a_torn_archive_is_refused(tmp_path: Path) -> None:
    torn = tmp_path / "torn.yaml.xz"
    torn.write_bytes(RC2.read_bytes()[:-100])
    with pytest.raises(BadRecords, match="cannot be read"):
        read_records(torn)


def test_a_reprocessing_is_planned_before_its_files_are_there(
    owner: Connection[Any], ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_records(owner, RC2)
    pipeline = read("single_frame")
    foreseen = foresee(owner, pipeline, "instrument = 'HSC'")
    science = owner.execute("select count(*) from expected_image").fetchone()
    assert science == (foreseen.n_expected,)
    assert list(foreseen.plan.counts()) == [
        ("standardize", 165, 0), ("calibrate", 165, 0), ("load_catalog", 2, 0),
    ]  # fmt: skip
    again = foresee(owner, pipeline, "instrument = 'HSC'")
    assert again.plan.digest == foreseen.plan.digest
    assert foresee(owner, pipeline, "band = 'i'").n_expected < foreseen.n_expected
    assert owner.execute("select count(*) from registry.quantum").fetchone() == (0,)
    with pytest.raises(BadWhere, match="on the view expected_image is refused"):
        foresee(owner, pipeline, "colour = 'red'")
    monkeypatch.setattr(expected, "MOST_IMAGES", foreseen.n_expected - 1)
    with pytest.raises(BadWhere, match=f"it selects more than {foreseen.n_expected - 1} images: plan them in parts"):
        foresee(owner, pipeline, "instrument = 'HSC'")
    monkeypatch.setattr(Standardize, "dimensions", ("instrument", "visit"))
    with pytest.raises(BadPipeline, match="not from detector images"):
        foresee(owner, pipeline, "true")


def test_an_exposure_is_in_the_visit_that_its_definition_says() -> None:
    exposures: list[dict[str, Any]] = [{"instrument": "HSC", "id": n} for n in (1, 2, 3)]
    pairs = [{"instrument": "HSC", "exposure": n, "visit": 9} for n in (1, 2)]
    told = {"exposure": exposures, "visit": [{"instrument": "HSC", "id": 9}], "visit_definition": pairs}
    assert [row["visit"] for row in ELEMENTS["exposure"].rows(told)] == [9, 9, 3]
    assert [row["visit"] for row in ELEMENTS["visit"].rows(told)] == [9, 3]
    more = told | {"visit_definition": [*pairs, {"instrument": "HSC", "exposure": 1, "visit": 8}]}
    with pytest.raises(ValueError, match=r"exposure 1 is in the visits \[8, 9\]"):
        list(ELEMENTS["exposure"].rows(more))


def test_an_instrument_without_a_name_is_refused(scratch: Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "nameless.yaml"
    path.write_text(
        "description: Butler Data Repository Export\n"
        "data: [{type: dimension, element: instrument, records: [{visit_max: 1}]}]\n"
    )
    with pytest.raises(BadRecords, match="a record of instrument is not whole"):
        ingest_records(scratch, path)
