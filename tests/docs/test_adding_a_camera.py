"""The page about adding a camera, followed word for word for a real one."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from astropy.io import fits
from psycopg import Connection
from typer.testing import CliRunner

from docs.reading import ROOT, commands, fenced
from ingest.cameras.camera import load_cameras
from ingest.cameras.errors import BadExposureFile
from ingest.cameras.read import read_observations
from ingest.exposures import ingest_exposures
from pipeline.code import code_digest
from pipeline.definition import read
from pipeline.errors import BadInput, BadPipeline, NoWork
from pipeline.image import Image
from pipeline.pixels.exposure import Exposure
from pipeline.planner.submit import submit
from pipeline.running import make_plan
from pipeline.storage import File
from pipeline.tasks import task
from pipeline.tasks.standardize import Standardize, StandardizeConfig
from schema.settings import Settings, settings
from schema.store import Store
from skyledger import app
from tests.support.runs import states, work_off

PAGE = (ROOT / "docs" / "adding_a_camera.md").read_text()
FRAME = ROOT / "tests" / "data" / "apogee_eso085-030" / "aligned_eso085-030-004.fit.gz"
DEFINITION, INSTRUMENTS = fenced(PAGE, "yaml")
READER, LAYOUT, OWN_TEST = fenced(PAGE, "python")
HEADER, ANSWER = fenced(PAGE, "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the folder that the page tells to make, and name it in the variable."""
    made = tmp_path / "cameras"
    made.mkdir()
    (made / "apogee.yaml").write_text(DEFINITION)
    (made / "apogee.py").write_text(f"{READER}\n\n{LAYOUT}")
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{made}"]')
    monkeypatch.chdir(ROOT)
    settings.cache_clear()
    code_digest.cache_clear()  # the folder is part of it, and a test before may have asked without one
    yield made
    settings.cache_clear()
    code_digest.cache_clear()


def run(words: list[str]) -> Any:
    return CliRunner().invoke(app, words[1:], catch_exceptions=False)


def line(words: list[str]) -> str:
    """Give the first three words of a command, to find it on the page."""
    return " ".join(words[:3])


def test_the_header_is_that_of_the_frame() -> None:
    start = gzip.decompress(FRAME.read_bytes())[:2880].decode()
    cards = {start[at : at + 80].rstrip() for at in range(0, len(start), 80)}
    assert set(HEADER.splitlines()) <= cards


def test_before_it_is_added_the_frame_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    first = next(words for words in commands(PAGE) if line(words).startswith("skyledger describe"))
    result = run(first)
    assert result.exit_code == 1
    assert "unknown instrument (INSTRUME 'Apogee USB/Net'" in result.stderr


@pytest.mark.database
def test_the_commands_of_the_page_answer_what_the_page_says(folder: Path, ledger: Settings) -> None:
    settings.cache_clear()  # both fixtures have set variables
    steps = [words for words in commands(PAGE) if words[1] in ("describe", "ingest", "sql")][1:]
    described, ingested, asked = (run(words) for words in steps)
    assert described.exit_code == 0, described.stderr
    assert "Apogee" in described.stdout
    assert ingested.exit_code == 0, ingested.stderr
    assert ingested.stdout.split() == ["files", "outcome", "1", "new"]
    assert asked.stdout == ANSWER


def test_its_own_test_holds(folder: Path) -> None:
    space: dict[str, Any] = {}
    exec(compile(OWN_TEST, "test_apogee.py", "exec"), space)
    space["test_the_frame_says_what_its_header_says"]()


@pytest.mark.parametrize(
    ("keyword", "value", "sentence"),
    [
        ("INSTRUME", "Other", "unknown camera (INSTRUME 'Other'"),
        ("EXPTIME", None, "keyword EXPTIME is missing"),
        ("DATE-OBS", "1970-01-01T00:00:08", "DATE-OBS is '1970-01-01T00:00:08"),
        ("FILTER", "Sloan q", "unknown filter 'Sloan'; add it to apogee.yaml if it is real"),
    ],
)
def test_a_spoiled_copy_is_refused_with_a_sentence(
    folder: Path, tmp_path: Path, keyword: str, value: str | None, sentence: str
) -> None:
    with fits.open(FRAME) as hdus:
        if value is None:
            del hdus[0].header[keyword]
        else:
            hdus[0].header[keyword] = value
        hdus.writeto(tmp_path / "spoiled.fits")
    with pytest.raises(BadExposureFile) as refusal:
        read_observations(tmp_path / "spoiled.fits")
    assert str(refusal.value).startswith(f"spoiled.fits: {sentence}")
    assert "\n" not in str(refusal.value)


@pytest.fixture
def pipeline_file(folder: Path, tmp_path: Path) -> Path:
    """Give the copy of the shipped pipeline that the page tells to make."""
    body = yaml.safe_load((ROOT / "pipeline" / "pipelines" / "single_frame.yaml").read_text())
    copy = tmp_path / "apogee_frames.yaml"
    copy.write_text(yaml.safe_dump({**body, "specifications": [], **yaml.safe_load(INSTRUMENTS)}, sort_keys=False))
    return copy


def test_the_pipeline_takes_its_entry(pipeline_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(str(pipeline_file)).config("standardize", "Apogee").model_dump()["layout"] == "own"
    monkeypatch.delenv("SKYLEDGER_CAMERAS")
    settings.cache_clear()
    with pytest.raises(BadPipeline, match="'Apogee', which is no camera"):
        read(str(pipeline_file))


def standardized(path: Path) -> Exposure:
    """Make the exposure of a frame as the pipeline does."""
    standardize = Standardize(StandardizeConfig(layout="own"))
    image = standardize.run(File(path, "", path.name), None, None).outputs["image"]
    assert isinstance(image, Image)
    return image.exposure


@pytest.fixture
def solved(folder: Path, tmp_path: Path) -> Path:
    """Give a copy of the frame with a WCS of the camera's scale, somewhere on the sky."""
    scale = load_cameras()["Apogee"].pixel_scale / 3600
    path = tmp_path / "solved.fits"
    with fits.open(FRAME) as hdus:
        hdus[0].header.update({
            "CTYPE1": "RA---TAN", "CRPIX1": 512.5, "CRVAL1": 75.0, "CD1_1": -scale, "CD1_2": 0.0,
            "CTYPE2": "DEC--TAN", "CRPIX2": 341.5, "CRVAL2": -63.0, "CD2_1": 0.0, "CD2_2": scale,
        })  # fmt: skip
        hdus.writeto(path)
    return path


def test_the_pixels_of_a_solved_copy_become_an_exposure(solved: Path) -> None:
    (seen,) = read_observations(solved)
    assert seen.wcs == "solved", seen.wcs_problem
    made = standardized(solved)
    pixels = fits.getdata(FRAME).astype(float)
    assert made.image.shape == (682, 1024)
    assert made.image == pytest.approx((pixels - np.median(pixels)) / 60.0, rel=1e-5, abs=1e-3)
    assert np.count_nonzero(pixels == 65535) > 0
    np.testing.assert_array_equal(made.mask != 0, pixels == 65535)


@pytest.mark.database
def test_a_solved_copy_is_measured(solved: Path, ledger: Settings, owner: Connection[Any], pipeline_file: Path) -> None:
    settings.cache_clear()
    report = ingest_exposures(owner, Store(settings().store_root), [solved])
    assert report.counts() == {"new": 1}, report.sentences
    run_id = submit(owner, make_plan(owner, read(str(pipeline_file)), [], None), "apogee")
    work_off(run_id, workers=1)
    assert states(owner, run_id).keys() == {"done"}
    row = owner.execute("select instrument, band, nsource > 20, seeing between 1 and 8 from visit_detector").fetchone()
    assert row == ("Apogee", "clear", True, True)


def test_the_unsolved_frame_goes_no_further(folder: Path) -> None:
    with pytest.raises(NoWork, match="has no WCS: solve it"):
        standardized(FRAME)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("", r"there is no function layout\(source\) in apogee\.py"),
        ("def layout(source):\n    return 5\n", r"layout\(source\) in apogee\.py gives no Exposure"),
    ],
)
def test_a_bad_layout_is_named(folder: Path, code: str, problem: str) -> None:
    (folder / "apogee.py").write_text(f"{READER}\n\n{code}")
    with pytest.raises(BadInput, match=problem):
        standardized(FRAME)


def test_the_folder_belongs_to_the_recipe_of_what_reads_camera_files(folder: Path) -> None:
    standardize, calibrate = task("standardize"), task("calibrate")
    before = [code_digest(standardize), code_digest(calibrate)]
    (folder / "apogee.py").write_text(f"{READER}\n\n{LAYOUT}\nMORE = 1\n")
    code_digest.cache_clear()
    after = [code_digest(standardize), code_digest(calibrate)]
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_other_cameras_stay(folder: Path) -> None:
    assert {"Apogee", "DECam", "SDSS"} <= load_cameras().keys()
