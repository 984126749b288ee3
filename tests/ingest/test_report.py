"""The files that paths name."""

import os
from pathlib import Path

import pytest

from ingest.errors import NothingToIngest
from ingest.report import NotAFile, files_in


def test_folders_give_the_fits_files_below_them(tmp_path: Path) -> None:
    inside = tmp_path / "night.fits"  # a folder of such a name is a folder
    inside.mkdir()
    for name in ("a.fits", "b.txt", "night.fits/c.fits.fz"):
        (tmp_path / name).touch()
    assert files_in([tmp_path, tmp_path / "a.fits"]) == [tmp_path / "a.fits", inside / "c.fits.fz"]


def test_a_file_that_is_missing_is_left_to_the_reader_to_refuse(tmp_path: Path) -> None:
    assert files_in([tmp_path / "gone.fits"]) == [tmp_path / "gone.fits"]


def test_a_folder_without_any_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingToIngest, match="no file found in"):
        files_in([tmp_path])


@pytest.mark.parametrize("inside", [True, False])
def test_a_pipe_is_refused_by_name(tmp_path: Path, inside: bool) -> None:
    os.mkfifo(tmp_path / "pipe.fits")
    with pytest.raises(NotAFile, match=r"pipe\.fits is no regular file"):
        files_in([tmp_path if inside else tmp_path / "pipe.fits"])


def test_a_device_is_refused_by_name() -> None:
    with pytest.raises(NotAFile, match=r"^/dev/zero is no regular file"):
        files_in([Path("/dev/zero")])
