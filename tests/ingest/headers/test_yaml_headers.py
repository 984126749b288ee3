"""Headers as YAML: nothing is guessed and nothing is run."""

from pathlib import Path

import pytest

from ingest.headers.cards import read_headers
from ingest.headers.errors import NotAHeader


def cards(folder: Path, text: str) -> dict[str, object]:
    path = folder / "header.yaml"
    path.write_text(text)
    (header,) = read_headers(path).headers
    return dict(header.cards)


def test_text_stays_text(tmp_path: Path) -> None:
    text = "DATE: 2018-09-21\nDATE-OBS: 2018-09-21T06:12:18.210\nRA: 02:51:16.686\nVIGN: NO\nCAMSN: 012070048413\n"
    assert cards(tmp_path, text) == {
        "DATE": "2018-09-21", "DATE-OBS": "2018-09-21T06:12:18.210", "RA": "02:51:16.686", "VIGN": "NO",
        "CAMSN": "012070048413",
    }  # fmt: skip


def test_numbers_and_truth_are_read_and_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    text = "A: -5\nB: 1.5e-3\nC: 1E5\nD: true\nE: null\nF: ~\nG: ''\nH: .5\nI: 7.\n"
    assert cards(tmp_path, text) == {"A": -5, "B": 0.0015, "C": 1e5, "D": True, "H": 0.5, "I": 7.0}


def test_a_property_list_gives_first_values(tmp_path: Path) -> None:
    lines = [
        "!<lsst.daf.base.PropertyList>",
        "- [N, Int, [0, 2], twice]",
        "- [N, Int, 3, again]",
        "- [X, Undef, null, '']",
    ]
    assert cards(tmp_path, "\n".join(lines)) == {"N": 0}


@pytest.mark.parametrize(
    "text",
    [
        "A: !!python/object/apply:os.system [touch run]",
        "!!python/object/apply:os.system [touch run]",
        "A: !<lsst.afw.image.Exposure> {}",
        "!<lsst.daf.base.PropertyList> {A: 1}",
        "!<lsst.daf.base.PropertyList>\n- [A, Int]",
        "A: [",
        "[" * 5000,
        "- 1",
        "just text",
        "{}",
        "a\x00b",
    ],
)
def test_what_is_no_header_is_refused_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotAHeader) as refusal:
        cards(tmp_path, text)
    assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["header.yaml"]
