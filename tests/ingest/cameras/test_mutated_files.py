"""500 mutations of real files of all cameras: each is read as valid or refused by one sentence."""

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
from tests.support.mutations import CORRECTIONS, KINDS, Source, mutate

Edit = Callable[..., Path]

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
    {"changes"},  # a card that a header correction replaces, whatever it says
]
# Their data are read, or have sums that are verified.
NOTICING = {"SDSS", "SDSS mask", "PANOPTES", "90Prime"}


def assert_valid(seen: Observation) -> None:
    camera = load_cameras()[seen.instrument]
    physical_filter = camera.filter(seen.physical_filter)
    assert (physical_filter.band if physical_filter else "") == seen.band
    assert physical_filter or seen.changes
    assert camera.detector(seen.detector) is not None
    assert seen.exposure == seen.visit > 0
    assert_valid_time(seen)
    assert np.isnan(seen.ra) or 0 <= seen.ra <= 360
    assert np.isnan(seen.dec) or -90 <= seen.dec <= 90
    assert np.isnan(seen.altitude) or 0 <= seen.altitude <= 90
    assert np.isnan(seen.airmass) or 1 <= seen.airmass <= 40
    assert min(seen.shape) > 0
    assert (seen.corners is None) == (seen.wcs != "solved")
    assert (seen.wcs == "broken") == bool(seen.wcs_problem)
    assert seen.wcs != "none" or camera.wcs == "optional" or seen.is_companion
    assert len(seen.wcs_problem) < 300
    assert seen.corners is None or np.isfinite(seen.corners).all()


def assert_valid_time(seen: Observation) -> None:
    """Times are possible, or unknown altogether: of a mask, or because a header correction gave them up."""
    if seen.day_obs is None:
        assert np.isnan([seen.obs_start_mjd_tai, seen.exp_mid_mjd_tai]).all()
        assert seen.is_companion or seen.changes
        return
    assert 44239 <= seen.obs_start_mjd_tai < seen.exp_mid_mjd_tai <= 88070
    assert 19800101 <= seen.day_obs <= 21000101
    assert 0 < seen.exp_time <= 7200


def changed(before: Observation, after: Observation) -> set[str]:
    names = [field.name for field in fields(Observation)]
    return {name for name in names if not _same(getattr(before, name), getattr(after, name))}


def _same(before: object, after: object) -> bool:
    """Compare numbers, arrays and text; a number that is not recorded is NaN both times."""
    unknown = isinstance(before, float) and isinstance(after, float) and np.isnan([before, after]).all()
    return bool(unknown) or np.array_equal(before, after)  # type: ignore[arg-type]  # it takes text and None too


def outcome(path: Path) -> tuple[Observation | None, str]:
    """Read a file: what it says, or the sentence of its refusal; anything else is a traceback."""
    try:
        (seen,) = read_observations(path, corrections=CORRECTIONS)
    except BadExposureFile as error:
        return None, str(error)
    return seen, ""


@pytest.mark.parametrize("seed", range(500))
def test_a_mutated_file_is_valid_or_refused(seed: int, sources: list[Source], tmp_path: Path, edit: Edit) -> None:
    source, kind = sources[seed % len(sources)], KINDS[seed // len(sources) % len(KINDS)]
    path = mutate(kind, source, random.Random(seed), tmp_path, edit)
    (before,) = read_observations(source.path)
    after, sentence = outcome(path)
    if after is None:
        assert kind != "wrong suffix"
        assert kind != "bit in the data" or source.needed in NOTICING
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
