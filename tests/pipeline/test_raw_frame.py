"""From a raw file with amplifiers to sources in the database, by the tasks isr and calibrate."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from ingest.exposures import ingest_exposures
from ingest.report import files_in
from pipeline.definition import Pipeline, read
from pipeline.errors import BadInput
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.raw.frame import read_frame
from pipeline.storage import File
from schema.ledger.collections import find
from schema.settings import settings
from schema.store import Store
from tests.support.cosmic_rays import star_field
from tests.support.forward import Chip
from tests.support.runs import finish, states
from tests.support.tiny_camera import known, write_frame

pytestmark = pytest.mark.database

STEPS = ("bias", "dark", "flat", "defects", "linearity", "photon_transfer", "crosstalk")
ISR = {f"do_{step}": False for step in STEPS}


def test_a_raw_science_frame_becomes_sources_and_a_bias_does_not(owner: Connection[Any], tmp_path: Path) -> None:
    chip = Chip()
    light = star_field(seed=1, fwhm=3.5, side=256, stars=60, rays=10).image.astype(float)
    with known(tmp_path, chip):
        frames = tmp_path / "frames"
        frames.mkdir()
        write_frame(frames / "science.fits", chip, light, 1)
        write_frame(frames / "bias.fits", chip, np.zeros_like(light), 2, EXPID=8, OBSTYPE="bias", EXPTIME=0.0)
        ingest_exposures(owner, Store(settings().store_root), files_in([frames]))
        pipeline = Pipeline(name="tiny", description="Raw frames.", tasks={"isr": ISR, "calibrate": {}})
        run_id = submit(owner, plan(owner, pipeline, find(owner, ["Tiny/raw"])), "tiny")
        finish(owner, run_id)
    assert states(owner, run_id) == {"done": 4}  # two tasks of one frame, two catalogs
    rows = owner.execute("select visit, pixelunit, nsource, expmidptmjd from visit_detector").fetchall()
    assert [row[:2] for row in rows] == [(7, "electron")]
    assert rows[0][2] > 25
    ((count, faintest),) = owner.execute("select count(*), min(psfflux_instflux / psfflux_instfluxerr) from source")
    assert count == rows[0][2]
    assert faintest > 0


def test_a_frame_that_the_definition_finds_no_more_is_one_sentence(tmp_path: Path) -> None:
    """It came as an HDU of a mosaic; by now the camera's files hold one frame each."""
    chip = Chip()
    with known(tmp_path, chip):
        path = write_frame(tmp_path / "a.fits", chip, np.zeros((256, 256)), 1)
        assert read_frame(File(path, "", "a.fits")).detector.name == "T0"
        with pytest.raises(BadInput, match=r"a\.fits: the camera's definition finds no frame in its HDU T0 any more"):
            read_frame(File(path, "T0", "a.fits"))


def test_the_pipeline_for_raw_frames_is_for_the_simulated_cameras() -> None:
    pipeline = read("raw_frame")
    assert pipeline.leading_type == "raw"
    assert pipeline.takes("Monocle")
    assert pipeline.takes("Quartet")
    assert not pipeline.takes("DECam")
