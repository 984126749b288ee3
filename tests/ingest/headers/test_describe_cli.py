"""`skyledger describe`: rows of what can be described, a sentence for the rest."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest.cli import mount
from ingest.headers.description import COLUMNS
from tests.support.typer_app import app_of


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app_of(mount), ["describe", *arguments], catch_exceptions=False)


def test_a_folder_is_described_and_what_is_refused_is_named(corpus: Path) -> None:
    result = run(str(corpus / "astro_metadata_translator"), "--output", "json")
    rows = json.loads(result.stdout)
    assert {row["file"] for row in rows} >= {"fitsheader-decam.yaml", "fitsheader-hsc.json"}
    assert all(tuple(row) == COLUMNS for row in rows)
    sentences = result.stderr.splitlines()
    assert len(sentences) == 9
    assert (
        "bad-megaprime.yaml: keyword EXPTIME is missing or unreadable; fetch the file again or add the keyword"
        in sentences
    )
    assert result.exit_code == 1


def test_csv_has_a_row_per_ccd(corpus: Path) -> None:
    result = run(str(corpus / "cfht_megacam" / "1000003f.fits.header.gz"), "--output", "csv")
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert result.exit_code == 0
    assert [row["detector"] for row in rows] == [str(ccd) for ccd in range(36)]
    assert {(row["exposure"], row["band"], row["observation_type"]) for row in rows} == {("1000003", "z", "flat")}


def test_what_ingest_takes_is_read_as_ingest_reads_it(corpus: Path) -> None:
    frame = corpus.parent / "sdss_run94_camcol1_field131" / "frame-g-000094-1-0131.fits.bz2"
    (row,) = json.loads(run(str(frame), "--output", "json").stdout)
    assert (row["exposure"], row["detector"], row["detector_name"], row["day_obs"]) == (9401312, 12, "g1", 19980918)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run(str(tmp_path / "gone.fits"))
    assert result.exit_code == 1
    assert "gone.fits: No such file or directory; check the path" in result.stderr


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\x1f\x8b cut", b"SIMPLE  = no header\n", b"hello"])
def test_what_is_no_header_gets_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.fits").write_bytes(content)
    result = run(str(tmp_path / "odd.fits"))
    assert result.exit_code == 1
    assert result.stderr.startswith("odd.fits: ")
    assert len(result.stderr.splitlines()) == 1
