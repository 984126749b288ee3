"""The pipeline `forced_photometry` on real frames, from a list of positions to a light curve."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.table import Table
from psycopg import Connection, RawCursor

from ingest.exposures import ingest_exposures
from ingest.positions import ingest_positions
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from pipeline.definition import read
from pipeline.planner.submit import submit
from pipeline.running import make_plan
from queries.named import bind, named
from schema.settings import settings
from schema.store import Store
from tests.support.frames import DECAM, GAIA
from tests.support.fresh import fresh_ledger
from tests.support.runs import states, work_off

pytestmark = pytest.mark.database
# One g, one r and one z exposure of the field.
EXPOSURES = ("634850", "650104", "431608")


def gaia_positions(folder: Path, name: str = "stars.csv") -> Path:
    """Write the stars around the field as a list, and a place where nothing is."""
    chunk = Table.read(GAIA / "chunk-03586.fits")
    near = np.hypot((chunk["ra"] - 186.744) * 0.9, chunk["dec"] - 25.462) < 0.05
    lines = ["id,ra,dec,pmra,pmdec,epoch"]
    for n, star in enumerate(chunk[near]):
        moves = star["astrometric_params_solved"] == 31
        motion = f"{star['pmra']:.6f},{star['pmdec']:.6f}" if moves else "0,0"
        lines.append(f"{100 + n},{star['ra']:.12f},{star['dec']:.12f},{motion},2015.5")
    lines.append("1,186.7452,25.4604,0,0,2015.5")
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def done(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection[Any]]:
    """Calibrate three exposures and measure them at the listed positions; give the owner's connection."""
    home = tmp_path_factory.mktemp("home")
    with fresh_ledger(administrator, template, "forced_photometry_test", home) as owner:
        store = Store(settings().store_root)
        ingest_exposures(owner, store, files_in([DECAM]))
        ingest_refcat(owner, store, files_in([GAIA]))
        where = f"exposure in ({', '.join(EXPOSURES)})"
        calibrated = submit(owner, make_plan(owner, read("single_frame"), [], where), "calibrated")
        work_off(calibrated)
        assert states(owner, calibrated) == {"done": 8}
        report = ingest_positions(owner, store, "gaia", gaia_positions(tmp_path_factory.mktemp("lists")))
        assert report.counts() == {"new": 1}
        planned = make_plan(owner, read("forced_photometry"), ["calibrated", "positions/gaia"], None)
        run_id = submit(owner, planned, "forced")
        work_off(run_id)
        assert states(owner, run_id) == {"done": 4}
        yield owner


def test_every_listed_position_has_a_flux_in_every_image(done: Connection[Any]) -> None:
    rows = done.execute(
        "select objectid, count(*), bool_and(psffluxerr > 0) from forced_source group by 1 order by 1"
    ).fetchall()
    assert len(rows) == 4
    assert all(row[1:] == (3, True) for row in rows)


def test_stars_have_their_detected_flux_and_empty_sky_has_none(done: Connection[Any]) -> None:
    rows = done.execute(
        """select f.psfflux, f.psffluxerr, s.psfflux, s.psffluxerr from forced_source f
           join source s on s.visit = f.visit and s.detector = f.detector
             and abs(s.x - f.x) < 2 and abs(s.y - f.y) < 2 where f.objectid >= 100"""
    ).fetchall()
    assert len(rows) == 9
    forced, _, detected, error = np.array(rows).T
    assert np.all(np.abs(forced - detected) < np.maximum(0.01 * detected, error))
    empty = np.array(done.execute("select psfflux / psffluxerr from forced_source where objectid = 1").fetchall())
    assert np.all(np.abs(empty) < 4)


def test_a_forced_light_curve_is_in_order_of_time(done: Connection[Any]) -> None:
    query = named("forced_light_curve")
    found = done.execute("select distinct objectid, objectid >= 100 from forced_source").fetchall()
    for object_id, is_star in found:
        given = bind(query, {"position_list": "gaia", "object_id": str(object_id)})
        cursor = RawCursor(done).execute(query.statement, given)
        assert cursor.description is not None
        rows = [dict(zip([column.name for column in cursor.description], row, strict=True)) for row in cursor]
        assert sorted(str(row["visit"]) for row in rows) == sorted(EXPOSURES)
        assert np.all(np.diff([row["mjd_tai"] for row in rows]) > 0)
        assert all((row["psfflux"] > 10 * row["psffluxerr"]) == is_star for row in rows)


def test_a_forced_flux_leads_back_to_the_list_and_to_the_raw_file(done: Connection[Any]) -> None:
    names = done.execute(
        """select distinct d.dataset_type, d.file_name from (select distinct dataset_id from forced_source) s
           cross join lateral registry.upstream(array[s.dataset_id]) u join dataset d on d.dataset_id = u.dataset_id
           where d.file_name is not null and d.dataset_type in ('position_file', 'raw_image')"""
    ).fetchall()
    assert ("position_file", "stars.csv") in names
    assert len(names) == 1 + len(EXPOSURES)


def test_the_noise_of_empty_sky_and_the_shift_are_metrics(done: Connection[Any]) -> None:
    rows = done.execute(
        """select metric, min(value), max(value), count(*) from measurement
           where metric like 'forced_photometry.%' group by 1"""
    ).fetchall()
    values = {name.split(".")[1]: numbers for name, *numbers in rows}
    assert values["nForcedSource"] == [4, 4, 3]
    low, high, _ = values["noiseScale"]
    assert 0.8 < low <= high < 1.6
    assert 0 < values["positionShift"][1] < 0.5
    assert values["nShiftStar"] == [3, 3, 3]


def test_planning_again_finds_everything_and_another_list_is_measured(done: Connection[Any], tmp_path: Path) -> None:
    collections = ["calibrated", "positions/gaia"]
    assert make_plan(done, read("forced_photometry"), collections, None).to_run == []
    by_default = make_plan(done, read("forced_photometry"), [], None)
    assert len(by_default.quanta) == 3
    assert by_default.to_run == []
    store = Store(settings().store_root)
    longer = gaia_positions(tmp_path)
    longer.write_text(longer.read_text() + "2,186.746,25.459,0,0,2015.5\n")
    assert ingest_positions(done, store, "gaia", longer).counts() == {"other content": 1}
    assert len(make_plan(done, read("forced_photometry"), collections, None).to_run) == 4
