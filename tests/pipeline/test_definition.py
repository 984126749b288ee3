"""Pipeline files that cannot be meant are refused in one sentence."""

from pathlib import Path

import pytest

from pipeline.definition import read
from pipeline.errors import BadPipeline

HEAD = "name: mine\ndescription: Mine.\n"
TASKS = "tasks: {standardize: {layout: instcal}}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "must be a mapping with name, description and tasks"),
        (b"- a list", "must be a mapping with name, description and tasks"),
        (b"name: \xff", "'utf-8' codec can't decode"),
        (b"name: x\ndescription: [", "at line 2, column 15"),
        (b"name: 2020-99-99", "month must be in 1..12"),
        (f"{HEAD}tasks: {{}}".encode(), "tasks: Dictionary should have at least 1 item"),
        (f"{HEAD}{TASKS}instruments: {{Nope: {{}}}}".encode(), "'Nope', which is no camera: known are .*DECam"),
        (
            f"{HEAD}{TASKS}instruments: {{DECam: {{nope: {{}}}}}}".encode(),
            "instruments.DECam names 'nope'; its tasks are standardize",
        ),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: bytes, problem: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(text)
    with pytest.raises(BadPipeline, match=problem) as refusal:
        read(str(file))
    assert "\n" not in str(refusal.value)


def test_a_folder_is_no_pipeline(tmp_path: Path) -> None:
    folder = tmp_path / "mine.yaml"
    folder.mkdir()
    with pytest.raises(BadPipeline, match="cannot be read: Is a directory"):
        read(str(folder))


def test_overrides_of_a_camera_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"{HEAD}{TASKS}instruments: {{SDSS: {{standardize: {{layout: sdss_frame}}}}}}")
    found = read(str(file))
    assert found.config("standardize", "SDSS") != found.config("standardize", "DECam")
