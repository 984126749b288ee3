"""The verb simulate: the same bytes twice, nothing made twice, and truth that joins in SQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from astropy.io import fits
from psycopg import Connection
from typer.testing import CliRunner

from docs.reading import ROOT, fenced
from ingest.cameras.camera import Camera
from ingest.cameras.read import read_observations
from pipeline.simulation.frame import Telescope
from pipeline.simulation.making import MANIFEST, make
from pipeline.simulation.survey import read
from schema.errors import SkyledgerError
from schema.settings import settings
from skyledger import app
from tests.support.simulated import body, first, survey
from tests.support.small_cameras import many, save, two

NOTHING = {"ra": 150.1, "dec": -20.2, "radius": 0.001, "transients": 0, "movers": 0}
CALIBRATIONS = {"bias": 1, "darks": 1, "flats": 1, "pairs": 2}


@pytest.fixture
def camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Camera]:
    """Give a camera of two small CCDs that the settings name."""
    found = many(width=32, height=64, columns=4, detectors=2)
    folder = tmp_path / "cameras"
    folder.mkdir()
    save(found, folder)
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{folder}"]')
    settings.cache_clear()
    yield found
    settings.cache_clear()


@pytest.fixture
def description(tmp_path: Path, camera: Camera) -> Path:
    """Give a survey of that camera as a file."""
    path = tmp_path / "survey.yaml"
    path.write_text(yaml.safe_dump(body(camera, calibrations=CALIBRATIONS)))
    return path


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["simulate", *map(str, words)])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "raw").iterdir())}


def test_the_same_survey_gives_the_same_bytes_and_another_seed_others(description: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    told = read(description)
    assert make(told, told.frames(), one) == len(told.frames()) == 2 * 12
    backwards = told.frames()[::-3]
    make(told, backwards, other)  # some of them, in another order
    assert contents(other).items() < contents(one).items()
    changed = told.config.model_copy(update={"seed": 4})
    again = survey(told.camera, **changed.model_dump(mode="json"))
    detector, exposure = told.camera.detectors[0], first(told, "science")
    now, then = (Telescope(which.config, told.camera).take(exposure, detector).raw["C00"] for which in (told, again))
    assert not np.array_equal(now, then)


def test_what_is_there_is_left_and_what_was_damaged_is_made_again(description: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sky"
    told = read(description)
    frames = told.frames(["bias", "dark"])
    make(told, frames, folder)
    before = contents(folder)
    assert make(told, frames, folder) == 0
    (folder / "raw" / frames[0].name).write_bytes(b"torn")
    with (folder / MANIFEST).open("a") as manifest:
        manifest.write('\n{"name": "half a li')
    assert make(told, frames, folder) == 1
    assert make(told, frames, folder) == 0
    assert contents(folder) == before
    effects = told.config.effects.model_copy(update={"read_noise": False})
    changed = survey(told.camera, **(told.config.model_copy(update={"effects": effects}).model_dump(mode="json")))
    assert make(changed, changed.frames(["bias"]), folder) == 2
    # Calibrations see nothing of the sky.
    elsewhere = body(told.camera, calibrations=CALIBRATIONS, conditions={"seeing": 2.0})
    assert make(survey(told.camera, **elsewhere), frames, folder) == 2  # the two biases of the other effects


def test_frames_are_what_ingest_expects(description: Path, tmp_path: Path) -> None:
    told = read(description)
    wanted = [told.frames([kind])[0] for kind in ("science", "bias", "flat")]
    make(told, wanted, tmp_path)
    for one in wanted:
        path = tmp_path / "raw" / one.name
        assert path.stat().st_size == one.size
        (found,) = read_observations(path)
        assert (found.exposure, found.observation_type) == (one.exposure.number, one.exposure.observation_type)
        assert found.kind == "raw"
        assert found.physical_filter == one.exposure.physical_filter
        assert found.exp_time == one.exposure.time


def test_one_image_holds_both_amplifiers_of_a_camera_like_monocle(tmp_path: Path) -> None:
    camera = two()
    told = survey(camera)
    make(told, told.frames(["bias"])[:1], tmp_path)
    (path,) = (tmp_path / "raw").iterdir()
    with fits.open(path) as hdus:
        assert len(hdus) == 1
        assert hdus[0].data.shape == (128, 160)
        assert hdus[0].header["DATASECB"] == "[97:160,1:128]"
    assert path.stat().st_size == told.frames(["bias"])[0].size


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seeed": 1}, "seeed: Extra inputs are not permitted"),
        ({"camera": "Nocam"}, "camera: 'Nocam' is not defined"),
        ({"camera": "PANOPTES"}, "PANOPTES cannot be simulated"),
        ({"science": {"filters": ["w"]}}, "science.filters: w is not described"),
        ({"detectors": [7]}, "detectors: Many has no detector 7"),
        ({"nights": []}, "nights: "),
        ({"sky": {"ra": 150.0, "dec": 80.0, "radius": 0.1}}, "never stands higher"),
        ({"sky": {"ra": 1, "dec": 2, "radius": 0.1, "stars": {"density": 1, "bright": 9, "faint": 8, "slope": 1}}},
         "bright 9 must be a smaller magnitude"),
    ],
)  # fmt: skip
def test_a_bad_description_is_refused_in_one_sentence(
    camera: Camera, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(body(camera) | change))
    with pytest.raises(SkyledgerError, match=sentence) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SkyledgerError, match=r"none\.yaml: cannot be read"):
        read(tmp_path / "none.yaml")


def test_a_dry_run_lists_frames_and_writes_nothing(description: Path, tmp_path: Path) -> None:
    answer = run(description, "--to", tmp_path / "sky", "--only", "flat", "--dry-run", "--output", "csv")
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert lines[0] == "file,begin,filter,bytes"
    assert len(lines) == 1 + 2 * (2 + 4)
    assert not (tmp_path / "sky").exists()
    nothing = run(description, "--to", tmp_path / "sky", "--only", "focus")
    assert "no exposures of type focus" in str(nothing.exception)


@pytest.mark.database
def test_truth_joins_what_is_measured(owner: Connection[Any], description: Path, tmp_path: Path) -> None:
    words = (description, "--to", tmp_path / "sky", "--only", "science", "--ingest", "--jobs", "1")
    assert run(*words).exit_code == 0
    told = read(description)
    counts = {
        table: owner.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 (names of ours)
        for table in ("truth_object", "truth_source", "truth_detector", "truth_crosstalk")
    }
    assert counts["truth_detector"] == (16,)
    assert counts["truth_crosstalk"] == (2 * 56,)
    files = [pq.read_table(tmp_path / "sky" / "truth" / one.truth) for one in told.frames(["science"])]
    assert counts["truth_source"] == (sum(file.num_rows for file in files),)
    (stars,) = owner.execute(
        """select count(*) from truth_source s join truth_object o using (truthid, kind)
           join exposure e on e.instrument = s.instrument and e.exposure = s.visit
           where s.kind = 'star' and e.observation_type = 'science'
             and abs(s.ra - o.ra) < 1e-3 and s.mag < o.rmag + 5"""
    ).fetchone() or (0,)
    assert stars > 20
    made_of = owner.execute(
        """select distinct i.dataset_type from lineage l join dataset d using (dataset_id)
           join dataset i on i.dataset_id = l.input_dataset_id where d.dataset_type = 'truth_source'"""
    ).fetchall()
    assert made_of == [("truth_object",)]
    (question,) = fenced((ROOT / "docs" / "simulation.md").read_text(), "sql")
    assert owner.execute(question.encode()).fetchall() == []  # nobody has measured anything
    again = run(*words)
    assert again.exit_code == 0
    assert owner.execute("select count(*) from truth_source").fetchone() == counts["truth_source"]


@pytest.mark.database
def test_the_truth_of_a_survey_that_was_changed_takes_the_place_of_the_old(
    owner: Connection[Any], camera: Camera, tmp_path: Path
) -> None:
    path, gains = tmp_path / "survey.yaml", []
    for scatter in (0.0, 0.05):
        path.write_text(yaml.safe_dump(body(camera, effects={"gain_scatter": scatter}, sky=NOTHING)))
        assert run(path, "--to", tmp_path / "sky", "--only", "bias", "--ingest", "--jobs", "1").exit_code == 0
        rows = owner.execute("select gain from truth_detector order by detector, amplifier")
        gains.append([gain for (gain,) in rows])
    assert gains[0] == [gain for one in camera.detectors for gain in one.gain]
    assert len(gains[1]) == len(gains[0])
    assert gains[1] != gains[0]


def test_processes_side_by_side_give_the_same_bytes(description: Path, tmp_path: Path) -> None:
    told = read(description)
    frames = told.frames(["bias"])
    for folder, jobs in (("one", 1), ("two", 2)):
        assert make(told, frames, tmp_path / folder, jobs) == 2
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
