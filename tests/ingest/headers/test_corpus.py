"""Every header file of the corpus is described, or refused with one sentence that is typed here."""

import json
from pathlib import Path

import pytest

from ingest.headers.batch import describe_files
from ingest.headers.description import Description

REFUSED = {
    # Corrections to headers, not headers.
    "DECam-ct4m20121211t220632.yaml": "unknown instrument (no INSTRUME, TELESCOP or ORIGIN)",
    "SCUBA_test-20000101_00002.yaml": "unknown instrument (no INSTRUME, TELESCOP or ORIGIN)",
    # Spoiled on purpose: EXPTIME and OBSTYPE were taken out; a list; keywords of no instrument.
    "bad-megaprime.yaml": "keyword EXPTIME is missing or unreadable",
    "bad-sidecar.json": "holds no keywords with values",
    "small.fits": "unknown instrument (no INSTRUME, TELESCOP or ORIGIN)",
    # Translated headers of an invented camera.
    "obsinfo-extensions-unknown-translator.json": "unknown instrument (instrument 'TestCam')",
    "obsinfo-full-extensions.json": "unknown instrument (instrument 'TestCam')",
    "obsinfo-full.json": "unknown instrument (instrument 'TestCam')",
    "obsinfo-unregistered.json": "unknown instrument (instrument 'TestCam')",
    # Invented headers of the future: no controller is called X; the night is ten years after the date.
    "latiss-future.yaml": "OBSID, CONTRLLR, DAYOBS, SEQNUM is 'AT_X_20200329_000022, 20200329, 22' but must be",
    "latiss-future-bad.yaml": "OBSID, CONTRLLR, DAYOBS, SEQNUM is 'AT_X_20200329_000022, 20200329, 22' but must be",
    "lsstCam-faked-future-ccs.yaml": "DAYOBS is '20290319' but must be the night of the start, 2019-03-19T15:50:28.145",
    # A rehearsal whose night was moved by two years, and whose dates were not.
    "comCamSim-CC_S_20240321_000093_R22_S22.yaml": "DAYOBS is '20260321' but must be the night of the start",
    # Samples of dialects of the WCS, of cameras that nobody needs here (Spitzer, Mosaic2, photographic plates).
    "dss_test1.hdr": "unknown instrument (TELESCOP 'UK Schmidt (new optics)'",
    "dss_test2.hdr": "unknown instrument (TELESCOP 'UK Schmidt (new optics)'",
    "wcstest.hdr": "unknown instrument (TELESCOP 'Palomar 48-inch Schmidt'",
    "sipsample.hdr": "unknown instrument (INSTRUME 'IRAC', TELESCOP 'Spitzer'",
    "tnx.hdr": "unknown instrument (no INSTRUME, TELESCOP or ORIGIN)",
    "tpv.hdr": "unknown instrument (TELESCOP 'CTIO 4.0 meter telescope'",
    "zpx.hdr": "unknown instrument (TELESCOP 'CTIO 4.0 meter telescope'",
    # The exposure time was never written.
    "latiss-AT_C_20220426_000004_R00_S00.yaml": "keyword EXPTIME is missing or unreadable",
    "latiss-AT_O_20190329_000022-ats-wfs_ccd.yaml": "keyword EXPTIME is missing or unreadable",
}
# Described without their start: a clock that was not set, and two simulated headers whose MJD-OBS is ten years early.
WITHOUT_START = {
    "latiss-AT_O_20191031_000004.yaml",
    "latiss-AT_O_20191104_000003.yaml",
    "latiss-AT_O_20191113_000061.yaml",
    "latiss-AT_O_20191118_000011.yaml",
    "latiss-AT_O_20200121_000045.yaml",
    "comCam-CC_H_20100217_006001_R22_S00.yaml",
    "lsstCam-MC_H_20100217_000032_R22_S00.yaml",
}
INSTRUMENTS = {
    "DECam", "HSC", "LATISS", "LSST-TS3", "LSST-TS8", "LSST-UCDCam", "LSSTCam", "LSSTCam-PhoSim", "LSSTCam-imSim",
    "LSSTCamSim", "LSSTComCam", "LSSTComCamSim", "MegaPrime", "SDSS",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(corpus: Path) -> list[Path]:
    folders = (corpus, corpus.parent / "wcs_dialects")
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def outcome(files: list[Path]) -> tuple[list[Description], list[str]]:
    return describe_files(files)


def test_every_file_is_described_or_refused_as_typed_here(
    files: list[Path], outcome: tuple[list[Description], list[str]]
) -> None:
    described, refused = outcome
    assert len(files) == 89
    assert {sentence.split(": ")[0] for sentence in refused} == REFUSED.keys()
    for sentence in refused:
        name, rest = sentence.split(": ", 1)
        assert rest.startswith(REFUSED[name])
        assert "\n" not in sentence
    assert {one.file for one in described} == {path.name for path in files} - REFUSED.keys()
    assert {one.instrument for one in described} == INSTRUMENTS
    assert {one.file for one in described if not one.start} == WITHOUT_START
    assert {one.file for one in described if one.remark} == WITHOUT_START


def test_dumps_of_megacam_give_one_row_per_ccd(outcome: tuple[list[Description], list[str]]) -> None:
    dumps = [one for one in outcome[0] if one.file.endswith(".fits.header.gz")]
    ccds = {name: [one.detector for one in dumps if one.file == name] for name in {one.file for one in dumps}}
    # NEXTEND of each primary header; 36 CCDs until 2014.
    assert {name: len(found) for name, found in ccds.items()} == {
        "1000003f.fits.header.gz": 36,
        "11Bm04.flat.z.36.02.fits.header.gz": 36,
        "19Bm03.bias.0.40.00.fits.header.gz": 40,
        "2452990p.fits.header.gz": 40,
        "2463796o.fits.header.gz": 40,
        "2463854b.fits.header.gz": 40,
        "2463857d.fits.header.gz": 40,
    }
    assert all(found == list(range(len(found))) for found in ccds.values())


def test_a_translated_sidecar_says_what_its_header_says(corpus: Path) -> None:
    folder = corpus / "astro_metadata_translator"
    described, _ = describe_files([folder / "fitsheader-hsc.json", folder / "fitsheader-hsc.yaml"])
    sidecar, header = (one.row()[1:] for one in described)
    assert sidecar == header


def test_lsst_files_are_called_as_we_describe_them(outcome: tuple[list[Description], list[str]]) -> None:
    """Names that LSST's own software gave: exposure, raft, slot, number of the detector."""
    told = {one.file.removesuffix(".fits"): one for one in outcome[0]}
    for name, exposure, raft, number in (
        ("3018092000065-det000", 3018092000065, "R00_S00", 0),
        ("3019053000001-R22-S00-det000", 3019053000001, "R22_S00", 0),
        ("30211212000310-R22-S22-det098", 3021121200310, "R22_S22", 98),  # night and six digits
        ("3023073000237-R22-S01-det001", 3023073000237, "R22_S01", 1),
        ("CC_S_20240404_000780_R22_S01", 7024040400780, "R22_S01", 1),
        ("201607220607067-R071-S00-det071", 201607220607067, "ITL-3800C-098", 71),  # LSST counts CCDs of all stands
    ):
        one = told[name]
        assert (one.exposure, one.detector_name, one.detector) == (exposure, raft, number)


def test_a_sidecar_of_a_camera_that_says_its_night_says_it(corpus: Path, tmp_path: Path) -> None:
    cards = json.loads((corpus / "astro_metadata_translator" / "obsinfo-full.json").read_text())
    path = tmp_path / "sidecar.json"
    path.write_text(json.dumps({**cards, "instrument": "LSSTComCam"}))
    ((one,), _) = describe_files([path])
    # observing_day, exposure_id, detector_num, detector_name, datetime_begin (Julian date 2460817 - 0.44184)
    assert (one.day_obs, one.exposure, one.detector, one.detector_name) == (20250520, 987654321, 42, "S00")
    assert one.start == "2025-05-21T01:23:45.000"
    assert (one.ra, one.dec, one.band) == (123.456, -45.678, "r")


@pytest.mark.parametrize("controller", ["CH", "X", "", "0"])
def test_only_a_controller_numbers_an_exposure(corpus: Path, tmp_path: Path, controller: str) -> None:
    cards = json.loads((corpus / "obs_lsst" / "latiss-AT_O_20230705_000379_R00_S00.json").read_text())
    path = tmp_path / "latiss.json"
    path.write_text(json.dumps({**cards, "OBSID": "AT", "FILENAME": "AT", "CONTRLLR": controller}))
    described, refused = describe_files([path])
    assert described == []
    assert refused[0].startswith("latiss.json: OBSID, CONTRLLR, DAYOBS, SEQNUM is ")
