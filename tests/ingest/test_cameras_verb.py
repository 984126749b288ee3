"""The verb `cameras` shows what the definitions say."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest.cameras.camera import load_cameras
from ingest.cameras_cli import NoSuchCamera
from schema.settings import settings
from skyledger import app


def ask(*words: str) -> str:
    result = CliRunner().invoke(app, ["cameras", *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def rows(*words: str) -> dict[str, dict[str, Any]]:
    """Give the rows of the JSON by their first or second column, which is a name."""
    answer = json.loads(ask(*words, "--output", "json"))
    return {row.get("name", row.get("instrument")): row for row in answer}


def test_every_camera_has_a_row() -> None:
    shown = rows()
    assert shown.keys() == load_cameras().keys()
    assert shown["DECam"] == {
        "instrument": "DECam",
        "description": "DECam, 62 CCDs on the Blanco 4 m telescope at Cerro Tololo.",
        "detectors": 62,
        "amplifiers": 124,
        "bands": "u g r i z y VR",
        "pixel_scale": 0.263,
    }
    counts = {name: shown[name]["amplifiers"] for name in ("HSC", "MegaPrime", "LSSTCam", "SDSS")}
    assert counts == {"HSC": 112 * 4, "MegaPrime": 40 * 2, "LSSTCam": (189 + 8) * 16, "SDSS": None}


def test_a_camera_shows_its_detectors_and_what_is_unknown_is_empty() -> None:
    shown = rows("DECam")
    assert len(shown) == 62
    assert shown["S1"] == {
        "detector": 25, "name": "S1", "purpose": "science", "nx": 2048, "ny": 4096,
        "xi": -0.9316, "eta": 0.0832, "rotation": 269.93, "amplifiers": ["A", "B"],
        "gain": [4.104, 3.958], "read_noise": [6.119, 6.0], "saturation": [40469.0, 42151.0],
    }  # fmt: skip
    assert (shown["N30"]["xi"], shown["N30"]["rotation"], shown["N30"]["gain"]) == (None, None, [3.7, 4.14])


def test_a_camera_shows_its_amplifiers() -> None:
    shown = json.loads(ask("LSSTCam", "--amplifiers", "--output", "json"))
    assert len(shown) == 2 * 16
    assert shown[15] == {
        "layout": "itl", "amplifier": "C00", "hdu": "Segment00", "detector": "[509:1,4000:2001]",
        "raw": "[1:576,1:2048]", "data": "[4:512,1:2000]", "horizontal_overscan": "[513:576,1:2000]",
        "vertical_overscan": "[4:512,2001:2048]", "prescan": "[1:3,1:2000]", "read_from": "upper right",
    }  # fmt: skip
    assert json.loads(ask("SDSS", "--amplifiers", "--output", "json")) == []


def test_tables_and_csv_say_the_same() -> None:
    (g1, *_) = (row for row in csv.DictReader(io.StringIO(ask("SDSS", "--output", "csv"))) if row["name"] == "g1")
    assert (g1["detector"], g1["ny"], g1["gain"], g1["xi"]) == ("12", "1489", "", "")
    lines = ask("HSC").splitlines()
    assert len(lines) == 113
    assert lines[1].split()[:8] == ["0", "1_53", "science", "2048", "4176", "0.3049", "-0.677", "88.46"]


def test_a_name_that_no_camera_has_gets_one_sentence() -> None:
    with pytest.raises(NoSuchCamera) as refusal:
        ask("hsc")
    assert str(refusal.value) == f"there is no camera 'hsc': known are {', '.join(load_cameras())}"


def test_cameras_of_your_own_are_among_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy.yaml").write_text("""
name: Toy
description: A toy.
recognize: {INSTRUME: toy}
utc_offset_hours: 0
pixel_scale: 1.0
field_radius: 1.0
pixel_units: {image: adu}
filters: [{name: R, band: r}]
keywords: {}
amplifiers:
  one:
    nx: 9
    ny: 7
    amplifiers: [{name: A, detector: '[1:8,1:7]', raw: '[1:9,1:7]', data: '[1:8,1:7]'}]
detectors:
  - {number: 1, name: CCD, nx: 8, ny: 7, amplifiers: one, gain: [2.5]}
""")
    monkeypatch.setenv("SKYLEDGER_CAMERAS", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    try:
        assert rows("Toy")["CCD"]["gain"] == [2.5]
        assert rows()["Toy"]["amplifiers"] == 1
    finally:
        monkeypatch.undo()
        settings.cache_clear()
