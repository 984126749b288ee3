"""A small ledger of real frames: two DECam exposures measured against Gaia, a PANOPTES frame that waits."""

from typing import Any

import pytest
from psycopg import Connection

from ingest.exposures import ingest_exposures
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from pipeline.definition import read
from pipeline.planner.submit import submit
from pipeline.running import make_plan
from schema.connect import connect
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.frames import DATA, DECAM, GAIA
from tests.support.runs import states, work_off

EXPOSURES = ("c4d_180314_055922", "c4d_180225_074106")
VISITS = (730182, 725257)
# No frame keeps this: every seeing is red.
RED = """
insert into quality.specification (metric_id, name, operator, threshold, description)
select metric_id, 'test', '<=', 0.1, 'Nothing on the ground is so sharp.'
from quality.metric where name = 'calibrate.seeing'"""
MARK = """
insert into registry.mark (dataset_id, verdict, reason)
select dataset_id, 'suspect', 'A satellite <i>crossed</i>.'
from public.dataset where dataset_type = 'raw_image' and visit = 725257"""


def measure(url: str, home: str) -> Settings:
    """Fill an empty ledger; give the settings that lead to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKYLEDGER_DATABASE_URL", url)
        patch.setenv("SKYLEDGER_HOME", home)
        settings.cache_clear()
        with connect("owner") as owner:
            _fill(owner, settings())
        found = settings()
    settings.cache_clear()
    return found


def _fill(owner: Connection[Any], using: Settings) -> None:
    store = Store(using.store_root)
    frames = [path for path in files_in([DECAM]) if path.name.startswith(EXPOSURES)]
    ingest_exposures(owner, store, [*frames, DATA / "panoptes_cygnus" / "unsolved.fits"])
    ingest_refcat(owner, store, files_in([GAIA]))
    run = submit(owner, make_plan(owner, read("single_frame"), [], "instrument = 'DECam'"), "real")
    work_off(run, workers=1)
    assert set(states(owner, run)) == {"done"}
    owner.execute(RED)
    owner.execute(MARK)
