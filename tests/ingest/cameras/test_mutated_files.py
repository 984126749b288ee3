"""500 mutations of real files: each is read as valid or refused by one sentence, and nothing else happens."""

import random
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ingest.cameras.camera import load_cameras
from ingest.cameras.errors import BadExposureFile
from ingest.cameras.observation import Observation
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]

NEEDED = {
    "DECam": [
        "INSTRUME",
        "PROCTYPE",
        "PRODTYPE",
        "EXPNUM",
        "DATE-OBS",
        "EXPTIME",
        "FILTER",
        "TELRA",
        "TELDEC",
        "CCDNUM",
        "EXTNAME",
    ],
    "Mosaic3": ["INSTRUME", "PROCTYPE", "PRODTYPE", "EXPNUM", "DATE-OBS", "EXPTIME", "FILTER", "RA", "DEC", "CCDNUM"],
    "90Prime": ["INSTRUME", "CCDJOIN", "DTACQNAM", "DATE-OBS", "TIMESYS", "EXPTIME", "FILTER", "RA", "DEC"],
    "PANOPTES": ["ORIGIN", "OBSERVER", "CAMSN", "DATE-OBS", "EXPTIME", "FILTER", "RA-MNT", "DEC-MNT"],
    "SDSS": ["ORIGIN", "TELESCOP", "CCDMODE", "RUN", "CAMCOL", "FILTER", "TAI", "EXPTIME", "C_OBS", "RA", "DEC"],
}
ABSURD = ["", "NaN", "absurd", -1e30, 1e30, True]
# What one card can change: a flipped bit must not spill over.
FED_BY_ONE_CARD = [
    {"exposure", "visit"},
    {"exposure", "visit", "obs_start_mjd_tai", "exp_mid_mjd_tai", "day_obs"},
    {"part"},
    {"physical_filter", "band"},
    {"obs_start_mjd_tai", "exp_mid_mjd_tai", "day_obs"},
    {"exp_time", "obs_start_mjd_tai", "exp_mid_mjd_tai"},
    {"ra", "dec", "wcs", "wcs_problem", "corners"},
    {"azimuth", "altitude", "zenith_distance", "airmass"},
    {"sky_rotation"},
    {"target_name", "science_program"},
    {"shape", "wcs", "wcs_problem", "corners"},
]


def assert_valid(seen: Observation) -> None:
    camera = load_cameras()[seen.instrument]
    physical_filter = camera.filter(seen.physical_filter)
    assert physical_filter is not None
    assert physical_filter.band == seen.band
    assert camera.detector(seen.detector) is not None
    assert seen.exposure == seen.visit > 0
    assert 44239 <= seen.obs_start_mjd_tai < seen.exp_mid_mjd_tai <= 88070
    assert 19800101 <= seen.day_obs <= 21000101
    assert 0 < seen.exp_time <= 7200
    assert 0 <= seen.ra <= 360
    assert -90 <= seen.dec <= 90
    assert np.isnan(seen.altitude) or 0 <= seen.altitude <= 90
    assert np.isnan(seen.airmass) or 1 <= seen.airmass <= 40
    assert min(seen.shape) > 0
    assert (seen.corners is None) == (seen.wcs != "solved")
    assert (seen.wcs == "broken") == bool(seen.wcs_problem)
    assert seen.wcs != "none" or camera.wcs == "optional"
    assert len(seen.wcs_problem) < 300
    assert seen.corners is None or np.isfinite(seen.corners).all()


def changed(before: Observation, after: Observation) -> set[str]:
    names = [field.name for field in fields(Observation)]
    return {name for name in names if not _same(getattr(before, name), getattr(after, name))}


def _same(before: object, after: object) -> bool:
    """Compare numbers, arrays and text; a number that is not recorded is NaN both times."""
    unknown = isinstance(before, float) and isinstance(after, float) and np.isnan([before, after]).all()
    return bool(unknown) or np.array_equal(before, after)  # type: ignore[arg-type]  # it takes text and None too


def mutate(kind: str, source: Path, instrument: str, dice: random.Random, tmp_path: Path, edit: Edit) -> Path:
    path = tmp_path / source.name
    content = bytearray(source.read_bytes())
    match kind:
        case "truncated":
            path.write_bytes(content[: dice.randrange(1, len(content))])
        case "bit in a header" | "bit in the data":
            header_ends = content.rindex(b"END" + b" " * 77)
            header = kind == "bit in a header"
            position = dice.randrange(header_ends) if header else dice.randrange(header_ends + 2880, len(content))
            content[position] ^= 1 << dice.randrange(8)
            path.write_bytes(content)
        case "keyword removed":
            edit(source, {dice.choice(NEEDED[instrument]): None})
        case "absurd value":
            edit(source, {dice.choice(NEEDED[instrument]): dice.choice(ABSURD)})
        case "empty":
            path.touch()
        case "text":
            path.write_text("SIMPLE is this file, but it is text.\n" * dice.randrange(1, 99))
        case "folder":
            path.mkdir()
        case "wrong suffix":
            path = path.with_suffix(dice.choice([".fz", ".gz", ".bz2", ".txt", ".parquet"]))
            path.write_bytes(content)
    return path


KINDS = [
    *["truncated", "bit in a header", "bit in a header", "bit in the data", "keyword removed", "absurd value"] * 3,
    *["empty", "text", "folder", "wrong suffix"],
]


@pytest.mark.parametrize("seed", range(200))
def test_a_mutated_file_is_valid_or_refused(
    seed: int, instcal: Path, small_frame: Path, tmp_path: Path, edit: Edit
) -> None:
    dice = random.Random(seed)
    source = small_frame if dice.random() < 0.2 else dice.choice(sorted(instcal.glob("*.fits")))
    assert_one_outcome(KINDS[seed % len(KINDS)], source, dice, tmp_path, edit)


@pytest.mark.parametrize("seed", range(300))
def test_a_mutated_file_of_the_other_cameras_is_valid_or_refused(
    seed: int,
    mosaic3: dict[str, Path],
    ninetyprime: dict[str, Path],
    panoptes: Path,
    tmp_path: Path,
    edit: Edit,
) -> None:
    dice = random.Random(seed)
    sources = (
        mosaic3["k4m_151214_021723_oki_zd_v0-ccd2.fits"],
        ninetyprime["deep2g_ra352_1-ccd1.fits"],
        panoptes / "unsolved.fits",
    )
    assert_one_outcome(KINDS[seed % len(KINDS)], sources[seed % 3], dice, tmp_path, edit)


def assert_one_outcome(kind: str, source: Path, dice: random.Random, tmp_path: Path, edit: Edit) -> None:
    (before,) = read_observations(source)
    path = mutate(kind, source, before.instrument, dice, tmp_path, edit)
    try:
        (after,) = read_observations(path)
    except BadExposureFile as error:
        assert kind not in ("bit in the data", "wrong suffix") or before.instrument == "SDSS"
        sentence = str(error)
        assert len(sentence) < 300
        assert path.name in sentence
        assert sentence.isprintable()
        return
    assert kind in ("bit in a header", "bit in the data", "wrong suffix")
    assert_valid(after)
    differences = changed(before, after)
    if kind == "bit in a header":
        assert any(differences <= group for group in FED_BY_ONE_CARD)
    else:
        assert not differences
