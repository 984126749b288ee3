"""Cameras of one's own: what is wrong with their files is said in one sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.cameras.camera import load_cameras, own_definition
from ingest.cameras.own import BadCamera, own_digest, own_module
from schema.settings import settings

YAML = """
name: Toycam
description: A toy.
recognize: {INSTRUME: Toycam}
utc_offset_hours: 0
pixel_scale: 1.0
field_radius: 1.0
pixel_units: {image: adu, mask: "", weight: adu**-2}
filters: [{name: g, band: g}]
detectors: [{number: 1, name: D1, nx: 10, ny: 10}]
keywords: {}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder that the settings name."""
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{tmp_path}"]')
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_an_empty_folder_adds_nothing(folder: Path) -> None:
    assert list(folder.iterdir()) == []
    assert "Toycam" not in load_cameras()


def test_a_definition_and_its_reader_are_found(folder: Path) -> None:
    (folder / "toycam.yaml").write_text(YAML)
    (folder / "toycam.py").write_text("def read(path, camera, hdus):\n    return []\n")
    assert load_cameras()["Toycam"].pixel_scale == 1.0
    assert own_definition("Toycam") == folder / "toycam.yaml"
    assert own_module(folder / "toycam.yaml").read(folder, load_cameras()["Toycam"], []) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: Toycam", "Field required"),
        ("a: [", "while parsing a flow node"),
        (YAML.replace("Toycam", "DECam"), r"DECam is defined in .*/decam\.yaml already"),
        (YAML.replace("nx: 10", "nx: wide"), r"detectors\.0\.nx"),
    ],
)
def test_a_bad_definition_is_named(folder: Path, text: str, problem: str) -> None:
    (folder / "toycam.yaml").write_text(text)
    with pytest.raises(BadCamera, match=f"toycam.yaml: .*{problem}.*SKYLEDGER_CAMERAS") as refusal:
        load_cameras()
    assert "\n" not in str(refusal.value)


def test_a_missing_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{tmp_path / "gone"}"]')
    settings.cache_clear()
    with pytest.raises(BadCamera, match="gone: there is no such folder"):
        load_cameras()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (None, "is missing: the camera's YAML needs its reader beside it"),
        ("import nothing_of_that_name", r"cannot be imported \(ModuleNotFoundError: "),
        ("1 / 0", r"cannot be imported \(ZeroDivisionError: "),
        ("read = 5", "there is no function read"),
    ],
)
def test_a_bad_reader_is_named(folder: Path, code: str | None, problem: str) -> None:
    if code is not None:
        (folder / "toycam.py").write_text(code)
    with pytest.raises(BadCamera, match=f"toycam.py: {problem}"):
        own_module(folder / "toycam.yaml")


def test_the_digest_follows_definition_and_reader(folder: Path) -> None:
    digests = {own_digest()}
    for name, text in (("toycam.yaml", YAML), ("toycam.py", "a"), ("toycam.py", "b"), ("toycam.yaml", f"{YAML}#")):
        (folder / name).write_text(text)
        digests.add(own_digest())
    assert len(digests) == 5
