"""Correction files: what they may say, and what becomes of the headers that they are about."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from docs.reading import ROOT, fenced
from ingest.cameras.corrections.correction import read_corrections, record, recorded, shipped_corrections
from ingest.cameras.errors import BadCorrections, ImpossibleValue, NotKnown
from ingest.cameras.read import read_observations
from tests.support.frames import DATA

Edit = Callable[..., Path]
G_IMAGE = "c4d_170329_044212_ooi_g_ls9.N3.fits"
REASON = "The observer's log says so."


def correction_file(folder: Path, text: str) -> Path:
    path = folder / "corrections.yaml"
    path.write_text(text)
    return path


def test_a_users_file_corrects_a_header(instcal: Path, tmp_path: Path) -> None:
    text = f"""
    corrections:
      - name: c4d_170329_044212_oo[idw]_*
        keywords:
          EXPTIME: {{value: 130.0, reason: "{REASON}"}}
          OBJECT: {{value: null, reason: "{REASON}"}}
    """
    corrections = read_corrections(correction_file(tmp_path, text))
    (seen,) = read_observations(instcal / G_IMAGE, corrections=corrections)
    (plain,) = read_observations(instcal / G_IMAGE)
    assert (seen.exp_time, plain.exp_time) == (130.0, 131.0)  # EXPTIME
    assert (seen.target_name, plain.target_name) == ("", "DECaLS_9568_g")  # OBJECT
    assert [(c.keyword, c.header_value, c.value, c.reason) for c in seen.changes] == [
        ("EXPTIME", 131.0, 130.0, REASON),
        ("OBJECT", "DECaLS_9568_g", None, REASON),
    ]
    assert plain.changes == ()


def test_it_may_go_by_the_bytes_alone(instcal: Path, tmp_path: Path) -> None:
    digest = sha256((instcal / G_IMAGE).read_bytes()).hexdigest()
    text = f"corrections: [{{sha256: {digest}, keywords: {{EXPTIME: {{value: 9, reason: {REASON}}}}}}}]"
    corrections = read_corrections(correction_file(tmp_path, text))
    assert read_observations(instcal / G_IMAGE, corrections=corrections)[0].exp_time == 9.0
    other = instcal / G_IMAGE.replace("ooi", "oow")
    assert read_observations(other, corrections=corrections)[0].exp_time == 131.0


def test_the_first_that_is_about_a_file_counts(instcal: Path, tmp_path: Path) -> None:
    one = f"{{name: '*', keywords: {{EXPTIME: {{value: 1, reason: {REASON}}}}}}}"
    text = f"corrections: [{one}, {one.replace('value: 1', 'value: 2')}]"
    corrections = read_corrections(correction_file(tmp_path, text))
    assert read_observations(instcal / G_IMAGE, corrections=corrections)[0].exp_time == 1.0


def test_what_was_recorded_is_applied_again_whatever_is_shipped_later(calexp: Path) -> None:
    (seen,) = read_observations(calexp)
    kept = record(seen.changes)
    assert kept is not None
    (again,) = read_observations(calexp, corrections=recorded(kept))
    assert again.changes == seen.changes
    assert (again.exposure, again.detector, again.day_obs) == (seen.exposure, seen.detector, seen.day_obs)
    assert recorded([]) == ()
    assert recorded(None) is None
    assert record(()) is None


@pytest.mark.parametrize(("written", "kept"), [("NaN", "nan"), (1 + 2j, "(1+2j)"), (True, True), (7, 7)])
def test_whatever_a_header_says_can_be_kept(
    instcal: Path, tmp_path: Path, edit: Edit, written: object, kept: object
) -> None:
    """The ledger keeps it as JSON, which has no NaN and no complex numbers."""
    text = f"corrections: [{{name: '*', keywords: {{EXPTIME: {{value: 5, reason: {REASON}}}}}}}]"
    corrections = read_corrections(correction_file(tmp_path, text))
    (seen,) = read_observations(edit(instcal / G_IMAGE, {"EXPTIME": written}), corrections=corrections)
    assert seen.exp_time == 5.0
    assert json.loads(json.dumps(record(seen.changes), allow_nan=False)) == [
        {"keyword": "EXPTIME", "header_value": kept, "value": 5, "reason": REASON}
    ]


def test_a_corrected_value_must_be_possible(instcal: Path, tmp_path: Path) -> None:
    text = f"corrections: [{{name: '*', keywords: {{EXPTIME: {{value: -1, reason: {REASON}}}}}}}]"
    with pytest.raises(ImpossibleValue, match="EXPTIME is '-1'"):
        read_observations(instcal / G_IMAGE, corrections=read_corrections(correction_file(tmp_path, text)))


@pytest.mark.parametrize("keyword", ["EXPTIME", "DATE-OBS", "FILTER", "CCDNUM", "TELRA"])
def test_a_camera_says_what_it_cannot_do_without(instcal: Path, tmp_path: Path, keyword: str) -> None:
    text = f"corrections: [{{name: '*', keywords: {{{keyword}: {{value: null, reason: {REASON}}}}}}}]"
    corrections = read_corrections(correction_file(tmp_path, text))
    with pytest.raises(NotKnown, match=f"keyword {keyword} is given up by a header correction, but no image of DECam"):
        read_observations(instcal / G_IMAGE, corrections=corrections)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("corrections: [{keywords: {A: {value: 1, reason: Because of it.}}}]", "give the name of the files"),
        ("corrections: [{name: a, keywords: {}}]", "at least 1 item"),
        ("corrections: [{name: a, keywords: {A: {value: 1}}}]", "keywords A reason: Field required"),
        ("corrections: [{name: a, keywords: {A: {reason: Because of it.}}}]", "keywords A value: Field required"),
        ("corrections: [{name: a, keywords: {A: {value: 1, reason: so}}}]", "at least 10 characters"),
        ("corrections: [{name: a, keywords: {A: {value: .nan, reason: Because of it.}}}]", "finite number"),
        ("corrections: [{name: a, keywords: {A: {value: [1], reason: Because of it.}}}]", "text, a number"),
        ("corrections: [{name: a, keywords: {A: {value: 2014-02-05, reason: Because of it.}}}]", "put them in quotes"),
        ("corrections: [{sha256: abc, keywords: {A: {value: 1, reason: Because of it.}}}]", "sha256"),
        (
            "corrections: [{name: a, keywords: {CRVAL1: {value: 1, reason: Because of it.}}}]",
            "CRVAL1 cannot be correct",
        ),
        (
            "corrections: [{name: a, keywords: {NAXIS1: {value: 1, reason: Because of it.}}}]",
            "NAXIS1 cannot be correct",
        ),
        (
            "corrections: [{name: a, keywords: {CTYPE1: {value: x, reason: Because of it.}}}]",
            "CTYPE1 cannot be correct",
        ),
        ("corrections: [{name: a, keywords: {exptime: {value: 1, reason: Because of it.}}}]", "exptime is no keyword"),
        ("files: []", "corrections: Field required"),
        ("- 1", "valid dictionary"),
        ("corrections: [", "it is no YAML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_one_sentence(tmp_path: Path, text: str, problem: str) -> None:
    path = correction_file(tmp_path, text)
    with pytest.raises(BadCorrections, match=problem) as caught:
        read_corrections(path)
    assert str(caught.value).startswith(f"the header corrections {path} cannot be used: ")
    assert str(caught.value).isprintable()


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadCorrections, match="No such file"):
        read_corrections(tmp_path / "none.yaml")


def test_what_is_shipped_is_about_files_by_their_bytes() -> None:
    digests = {sha256(path.read_bytes()).hexdigest() for path in DATA.rglob("*.fits*")}
    here = [one for one in shipped_corrections() if one.sha256 in digests]
    assert len(here) == 7 + 9  # the others are about raw frames of which we have a few rows
    for correction in shipped_corrections():
        assert correction.sha256
        assert correction.name
        assert all(replacement.reason.endswith(".") for replacement in correction.keywords.values())


def test_the_example_on_the_page_is_a_correction_file(tmp_path: Path) -> None:
    (text,) = (block for block in fenced((ROOT / "docs" / "cameras.md").read_text(), "yaml") if "corrections:" in block)
    first, second = read_corrections(correction_file(tmp_path, text))
    assert (first.keywords["EXPTIME"].value, first.keywords["OBJECT"].value) == (30.0, None)
    assert second.keywords["DATE-OBS"].value == "2016-08-18T04:33:31"
