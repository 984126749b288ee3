"""Spoiled headers of every form: described or refused with one sentence, never a traceback."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from ingest.cameras.errors import BadExposureFile
from ingest.headers.cards import read_headers
from ingest.headers.describe import TRANSLATORS, describe_file
from ingest.headers.description import Description

JUNK: tuple[Any, ...] = (
    "", None, 0, -1, 1e308, float("nan"), float("inf"), True, [], [1, 2], {"a": 1}, "x", "é\n\x00", "9" * 23, 10**30,
    "2019-13-45T99:99:99", "1e999", "\U0001f600" * 100, "R22", "0", 4.5, "NaN", "12:34:56", "-", " ", "local", "ut1",
)  # fmt: skip
SAMPLES = [
    "astro_metadata_translator/fitsheader-decam.yaml",
    "astro_metadata_translator/fitsheader-hsc.json",
    "astro_metadata_translator/fitsheader-hsc.yaml",
    "astro_metadata_translator/fitsheader-megaprime.yaml",
    "astro_metadata_translator/fitsheader-sdss-fpC-006377-g4-0399.yaml",
    "obs_lsst/latiss-AT_O_20191113_000061.yaml",
    "obs_lsst/latiss-AT_O_20230705_000379_R00_S00.json",
    "obs_lsst/comCam-CC_H_20100217_006001_R22_S00.yaml",
    "obs_lsst/lsstCam-MC_C_20190322_000002_R10_S22.yaml",
    "obs_lsst/ts3-ITL-3800C-098_lambda_flat_1000_067_20160722020740.yaml",
    "obs_lsst/ts8-TS_C_20230525_000041_R22_S00.yaml",
    "obs_lsst/imsim-flats-lsst_a_5000007_R11_S20_i.yaml",
    "obs_lsst/phosim-hdu0-lsst_a_204595_f3_R11_S02_E000.yaml",
]
ASKED = {keyword for made in TRANSLATORS.values() for names in made.keywords.values() for keyword in names} | {
    "INSTRUME", "TIMESYS", "DATE-BEG", "MJD-BEG", "RADESYS",
    "exposure_id", "datetime_begin", "tracking_radec", "exposure_time", "detector_num", "boresight_airmass",
}  # fmt: skip


def outcome(path: Path) -> str:
    """Describe a file, and say what came of it; whatever is not one of these two is the test's failure."""
    sentence = ""
    described: list[Description] = []
    try:
        described = describe_file(path)
    except BadExposureFile as error:
        sentence = str(error)
    for one in described:
        _check(one)
    if sentence:
        assert sentence.startswith(f"{path.name}: ")
        assert "\n" not in sentence
        assert len(sentence) < 600
    return "refused" if sentence else "described"


def _check(one: Description) -> None:
    """What is described can be true."""
    assert 0 < one.exposure < 2**63
    assert one.exp_time is not None
    assert 0 <= one.exp_time <= 1e5
    assert one.airmass is None or 1 <= one.airmass <= 40
    assert one.ra is None or (0 <= one.ra <= 360 and one.dec is not None and -90 <= one.dec <= 90)
    assert one.start == "" or "1980" <= one.start[:4] <= "2100"
    assert all(text.isprintable() for text in (one.object, one.physical_filter, one.detector_name, one.remark))


@pytest.mark.parametrize("sample", SAMPLES)
def test_values_are_vetted(corpus: Path, tmp_path: Path, sample: str) -> None:
    rng = random.Random(sample)
    whole = dict(read_headers(corpus / sample).headers[0].cards)
    asked = sorted(ASKED & whole.keys())
    outcomes = set()
    for number in range(30):
        cards = dict(whole)
        for keyword in rng.sample(asked, rng.choice([1, 1, 2, 4])):
            if rng.random() < 0.3:
                del cards[keyword]
            else:
                cards[keyword] = rng.choice(JUNK)
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(cards))
        outcomes.add(outcome(path))
    assert outcomes == {"described", "refused"}


@pytest.mark.parametrize("sample", [*SAMPLES[::3], "misc/fitsheader-DECam_00154912_12_header.fits"])
def test_bytes_may_be_anything(corpus: Path, tmp_path: Path, sample: str) -> None:
    rng = random.Random(sample)
    content = (corpus / sample).read_bytes()
    for number in range(20):
        changed = bytearray(content)
        for _ in range(rng.choice([1, 5, 50])):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        path = tmp_path / f"{number}{Path(sample).suffix}"
        path.write_bytes(changed[: rng.randrange(len(changed))] if rng.random() < 0.3 else changed)
        outcome(path)


def test_a_dump_that_is_cut_or_spoiled_is_refused_or_described(corpus: Path, tmp_path: Path) -> None:
    rng = random.Random(7)
    text = gzip.decompress((corpus / "cfht_megacam" / "1000003f.fits.header.gz").read_bytes())[:60_000]
    for number in range(10):
        changed = bytearray(text)
        for _ in range(rng.choice([1, 20, 200])):
            changed[rng.randrange(len(changed))] = rng.choice(b"\n 'X=/0")
        path = tmp_path / f"{number}.header"
        path.write_bytes(changed[: rng.randrange(2000, len(changed))])
        outcome(path)
