"""A worker reads a file with the correction that its user gave when it came in."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from ingest.cameras.corrections.correction import read_corrections
from ingest.exposures import ingest_exposures
from pipeline.definition import Pipeline
from pipeline.image import read_image
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from schema.ledger.collections import find
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DATA
from tests.support.runs import states, work_off

pytestmark = pytest.mark.database
STAMP = DATA / "decam_sfft_ra318.4-66.0" / "DEC-OBS18b.mini.fits"
MINE = """
corrections:
  - name: mine.fits
    keywords:
      INSTRUME: {value: DECam, reason: "EXP_BN begins with c4d."}
      DATE-OBS: {value: "2016-08-18T02:03:39.5", reason: "My own log, which has tenths."}
      MJD-OBS: {value: null, reason: "It is that of another exposure."}
      CHECKSUM: {value: null, reason: "It is that of the whole CCD."}
      DATASUM: {value: null, reason: "It is that of the whole CCD."}
"""


def test_the_correction_goes_with_the_file(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    """No file of that name is shipped, so a worker that did not get the correction would not know the camera."""
    shutil.copy(STAMP, tmp_path / "mine.fits")
    (tmp_path / "mine.yaml").write_text(MINE)
    store = Store(ledger.store_root)
    report = ingest_exposures(
        owner, store, [tmp_path / "mine.fits"], corrections=read_corrections(tmp_path / "mine.yaml")
    )
    assert report.sentences == []
    layout = {"DECam": {"standardize": {"layout": "instcal", "layout_with": {"EXP_BN": "bare"}}}}
    pipeline = Pipeline(name="standardize", description="Standardize.", tasks={"standardize": {}}, instruments=layout)
    run_id = submit(owner, plan(owner, pipeline, find(owner, ["DECam/raw"])), "mine")
    work_off(run_id, 1)
    assert states(owner, run_id) == {"done": 1}, owner.execute("select message from execution").fetchall()
    (path,) = owner.execute("select path from dataset where dataset_type = 'post_isr_image'").fetchone() or ("",)
    image = read_image(store.locate(path))
    # 2016-08-18T02:03:39.5 UTC, 36 s before TAI.
    start = 57618 + (2 * 3600 + 3 * 60 + 39.5 + 36) / 86400
    assert image.facts["obs_start_mjd_tai"] == pytest.approx(start, abs=1e-9)
