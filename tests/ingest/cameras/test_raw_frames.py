"""Raw frames with amplifiers: what they say is held against the camera's definition, word by word."""

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from psycopg import Connection

from ingest.cameras.amplifiers import Layout
from ingest.cameras.camera import Camera
from ingest.cameras.errors import BadExposureFile
from ingest.cameras.observation import Observation
from ingest.cameras.raw_pixels import assembled, read_amplifiers
from ingest.cameras.read import read_observations
from ingest.exposures import ingest_exposures
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.raw_frames import YAML, frame, sky, toy

Change = Callable[[fits.HDUList], object]


@pytest.fixture(autouse=True)
def small_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Name a folder with the small camera in the settings."""
    folder = tmp_path / "cameras"
    folder.mkdir()
    (folder / "toyraw.yaml").write_text(YAML)
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{folder}"]')
    settings.cache_clear()
    yield
    settings.cache_clear()


def read(path: Path) -> Observation:
    (seen,) = read_observations(path)
    return seen


def test_a_frame_says_what_it_is(tmp_path: Path) -> None:
    seen = read(frame(tmp_path / "a.fits"))
    assert (seen.instrument, seen.exposure, seen.detector, seen.kind, seen.part) == ("Toyraw", 17, 0, "raw", "")
    assert (seen.physical_filter, seen.band, seen.observation_type, seen.day_obs) == ("g", "g", "science", 20251231)
    assert (seen.exp_time, seen.dark_time, seen.shape, seen.pixel_unit) == (30.0, 31.5, (14, 12), "adu")
    assert seen.corners is not None
    # T0 lies 0.1 deg along xi, which is at position angle 20 + 90.
    center = seen.corners.mean(axis=0)
    assert center[1] == pytest.approx(-30 + 0.1 * math.cos(math.radians(110)), abs=1e-3)
    assert center[0] == pytest.approx(150 + 0.1 * math.sin(math.radians(110)) / math.cos(math.radians(30)), abs=1e-3)


def test_bias_and_dark_have_neither_filter_nor_sky(tmp_path: Path) -> None:
    for kind in ("BIAS", "DARK"):
        seen = read(frame(tmp_path / "a.fits", OBSTYPE=kind))
        assert (seen.observation_type, seen.physical_filter, seen.band, seen.corners) == (kind.lower(), "", "", None)
        assert math.isnan(seen.ra)
    flat = read(frame(tmp_path / "a.fits", OBSTYPE="FLAT"))
    assert (flat.observation_type, flat.band, flat.corners) == ("flat", "g", None)


def test_amplifiers_are_given_as_they_were_read_and_go_back_to_their_places(tmp_path: Path) -> None:
    path, camera = frame(tmp_path / "a.fits"), toy()
    found = read_amplifiers(path, "", camera, camera.detectors[0])
    assert [one.name for one in found] == ["LL", "LR", "UL", "UR"]
    assert [one.data[0, 0] for one in found] == [sky()[0, 0], sky()[0, -1], sky()[-1, 0], sky()[-1, -1]]
    for one in found:
        assert one.horizontal_overscan is not None
        assert one.vertical_overscan is not None
        assert one.prescan is not None
        assert one.prescan.tolist() == [[400, 401]] * 7
        assert one.horizontal_overscan.tolist() == [[408, 409, 410]] * 7
        assert one.vertical_overscan.shape == (2, 6)
    image = assembled(found, camera.detectors[0])
    assert image.dtype == np.uint16
    assert np.array_equal(image, sky())


def test_where_no_corner_is_known_pixels_are_as_in_the_image(tmp_path: Path) -> None:
    path, body = frame(tmp_path / "a.fits"), toy().model_dump()
    for one in body["amplifiers"]["four"]["amplifiers"]:
        one["read_from"] = None
    camera = Camera.model_validate(body)
    found = read_amplifiers(path, "", camera, camera.detectors[0])
    assert [one.flips for one in found] == [(False, False)] * 4
    assert np.array_equal(found[3].data, sky()[7:, 6:])
    assert np.array_equal(assembled(found, camera.detectors[0]), sky())


def altered(path: Path, change: Change) -> Path:
    with fits.open(path, memmap=False) as hdus:
        change(hdus)
        hdus.writeto(path, overwrite=True)
    return path


def keyword(number: int, name: str, value: Any) -> Change:
    return lambda hdus: hdus[number].header.set(name, value)


def renamed(number: int, name: str) -> Change:
    return lambda hdus: setattr(hdus[number], "name", name)


def swapped(hdus: fits.HDUList) -> None:
    hdus[2].data = hdus[2].data.T.copy()


BAD: dict[str, tuple[Change, str]] = {
    "missing amplifier": (lambda hdus: hdus.pop(3), "EXTNAME C00 names no HDU"),
    "doubled amplifier": (renamed(4, "C11"), "EXTNAME C11 stands in 2 HDUs"),
    "axes swapped": (swapped, "HDU 2: NAXIS1 x NAXIS2 is '9 x 11' but must be 11 x 9 as in toyraw.yaml"),
    "gain NaN": (keyword(1, "GAIN", "NaN"), "HDU 1: GAIN is 'nan' but must be a number above 0"),
    "gain zero": (keyword(4, "GAIN", 0.0), "HDU 4: GAIN is '0.0' but must be a number above 0"),
    "no pixels": (keyword(2, "DATASEC", "[0:0,0:0]"), "HDU 2: DATASEC is '[0:0,0:0]' but must be [3:8,1:7]"),
    "bias lies": (keyword(2, "BIASSEC", "[9:12,1:7]"), "HDU 2: BIASSEC is '[9:12,1:7]' but must be [9:11,1:7]"),
    "not mirrored": (keyword(2, "DETSEC", "[7:12,1:7]"), "HDU 2: DETSEC is '[7:12,1:7]' but must be [12:7,1:7]"),
    "no section": (keyword(3, "DETSEC", "all"), "HDU 3: DETSEC is 'all' but must be [1:6,14:8] as in toyraw.yaml"),
    "no such detector": (keyword(0, "DETECTOR", 7), "DETECTOR '7' is no detector of Toyraw"),
    "no filter": (keyword(0, "FILTER", ""), "FILTER is '' but must be text"),
    "unknown filter": (keyword(0, "FILTER", "q"), "unknown filter 'q'; add it to toyraw.yaml"),
    "no number": (lambda hdus: hdus[0].header.remove("EXPID"), "keyword EXPID is missing or unreadable"),
    "filter gone": (lambda hdus: hdus[0].header.remove("FILTER"), "keyword FILTER is missing or unreadable"),
    "no type": (lambda hdus: hdus[0].header.remove("OBSTYPE"), "keyword OBSTYPE is missing or unreadable"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_header_that_contradicts_the_camera_is_refused_by_one_sentence(what: str, tmp_path: Path) -> None:
    change, said = BAD[what]
    path = altered(frame(tmp_path / "a.fits"), change)
    with pytest.raises(BadExposureFile) as refusal:
        read_observations(path)
    assert str(refusal.value).startswith(f"a.fits: {said}")


def test_sections_may_be_left_out(tmp_path: Path) -> None:
    def silent(hdus: fits.HDUList) -> None:
        for hdu in hdus[1:]:
            for name in ("DETSEC", "DATASEC", "BIASSEC", "GAIN"):
                del hdu.header[name]

    assert repr(read(altered(frame(tmp_path / "a.fits"), silent))) == repr(read(frame(tmp_path / "b.fits")))


@pytest.mark.parametrize("seed", range(40))
def test_a_frame_with_a_flipped_bit_is_read_or_refused_by_one_sentence(seed: int, tmp_path: Path) -> None:
    """Damage headers and pixels, or cut the end off: never a traceback, never another geometry."""
    dice, path = random.Random(seed), frame(tmp_path / "a.fits")
    content = bytearray(path.read_bytes())
    if seed % 4 == 0:
        del content[dice.randrange(1, len(content)) :]
    else:
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)
    shape, sentence = outcome(path)
    if sentence:
        assert sentence.startswith("a.fits: ")
        assert "\n" not in sentence
    else:
        assert seed % 4
        assert shape == (14, 12)


def outcome(path: Path) -> tuple[tuple[int, ...], str]:
    """Read header and pixels: the shape of the image, or the sentence of a refusal; anything else is a traceback."""
    camera = toy()
    try:
        detector = camera.detectors[read(path).detector]
        return assembled(read_amplifiers(path, "", camera, detector), detector).shape, ""
    except BadExposureFile as error:
        return (), str(error)


def test_amplifiers_with_and_without_an_hdu_do_not_mix() -> None:
    body = toy().amplifiers["four"].model_dump()
    body["amplifiers"][2]["hdu"] = ""
    with pytest.raises(ValueError, match="one of the amplifiers LL and UL has an HDU of its own, one none"):
        Layout.model_validate(body)


MOSAIC = """
amplifiers:
  one:
    nx: 5
    ny: 3
    amplifiers:
      - {name: A, detector: '[1:4,1:3]', raw: '[1:5,1:3]', data: '[1:4,1:3]', horizontal_overscan: '[5:5,1:3]'}
detectors:
  - {number: 0, name: T0, nx: 4, ny: 3, amplifiers: one}
  - {number: 1, name: T1, nx: 4, ny: 3, amplifiers: one}
"""


def mosaic(path: Path, *numbers: int) -> Path:
    header = fits.Header({"INSTRUME": "Toyraw", "EXPID": 3, "DATE-OBS": "2026-01-01", "TIME-OBS": "3:00:00"})
    header.update({"EXPTIME": 1.0, "OBSTYPE": "FLAT", "FILTER": "g"})
    hdus = [fits.PrimaryHDU(header=header)]
    for number in numbers:
        image = fits.ImageHDU(np.full((3, 5), 7 + number, np.int16), name=f"ccd{number}")
        image.header["CCD"] = number
        hdus.append(image)
    fits.HDUList(hdus).writeto(path, overwrite=True)
    return path


def test_a_mosaic_has_a_frame_in_each_hdu(tmp_path: Path) -> None:
    rules = "raw: {mosaic: true, names: {DETECTOR: CCD}}"
    text = YAML.replace("DETECTOR:", "CCD:").replace("raw: {}", rules)
    (tmp_path / "cameras" / "toyraw.yaml").write_text(text[: text.index("amplifiers:\n  four")] + MOSAIC)
    path = mosaic(tmp_path / "mosaic.fits", 0, 1)
    seen = read_observations(path)
    assert [(one.detector, one.part, one.exposure) for one in seen] == [(0, "CCD0", 3), (1, "CCD1", 3)]
    assert {one.day_obs for one in seen} == {20251231}
    (second,) = read_amplifiers(path, "CCD1", toy(), toy().detectors[1])
    assert second.data.tolist() == [[8] * 4] * 3
    with pytest.raises(BadExposureFile, match=r"mosaic.fits: detector 1 stands in 2 HDUs; "):
        read_observations(mosaic(path, 1, 1))


@pytest.mark.database
def test_files_of_an_exposure_must_agree_on_what_was_observed(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    files = [frame(tmp_path / "a.fits"), frame(tmp_path / "b.fits", DETECTOR=1, OBSTYPE="FLAT")]
    files.append(frame(tmp_path / "c.fits", EXPID=18, OBSTYPE="BIAS", EXPTIME=0.0))
    report = ingest_exposures(owner, Store(ledger.store_root), files)
    assert report.counts() == {"new": 2, "refused": 1}
    (sentence,) = report.sentences
    assert sentence.startswith("b.fits: ")
    assert "observation_type" in sentence
    assert owner.execute("select exposure, observation_type, band from exposure order by 1").fetchall() == [
        (17, "science", "g"),
        (18, "bias", None),
    ]
    datasets = owner.execute("select dataset_type, exposure, detector from dataset order by 2").fetchall()
    assert datasets == [("raw", 17, 0), ("raw", 18, 0)]
    assert owner.execute("select count(*) from registry.region").fetchall() == [(1,)]
