"""The pipeline `single_frame` on the real frames, from files to rows."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from psycopg import Connection

from ingest.exposures import ingest_exposures
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from pipeline.definition import read
from pipeline.image import read_image
from pipeline.planner.submit import find_run, submit
from pipeline.running import make_plan
from schema.ledger.marks import Target, mark
from schema.settings import settings
from schema.store import Store
from tests.support.frames import CCDS, DECAM, GAIA, SDSS
from tests.support.fresh import fresh_ledger
from tests.support.runs import states, work_off

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def done(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection[Any]]:
    """Run the pipeline once on all frames; give the owner's connection."""
    with fresh_ledger(administrator, template, "single_frame_test", tmp_path_factory.mktemp("home")) as owner:
        store = Store(settings().store_root)
        ingest_exposures(owner, store, files_in([DECAM, SDSS]))
        ingest_refcat(owner, store, files_in([GAIA]))
        run_id = submit(owner, make_plan(owner, read("single_frame"), [], None), "real")
        work_off(run_id)
        assert states(owner, run_id) == {"done": 22}
        yield owner


def artifact(owner: Connection[Any], dataset_type: str, exposure: int) -> Path:
    """Give the file of a dataset."""
    row = owner.execute(
        """select a.path from dataset d join registry.artifact a on encode(a.content_digest, 'hex') = d.content_digest
           where d.dataset_type = %s and d.exposure = %s""",
        [dataset_type, exposure],
    ).fetchone()
    assert row is not None
    return settings().store_root / str(row[0])


def test_rows_are_the_rows_of_the_parquet_files(done: Connection[Any]) -> None:
    rows = done.execute(
        """select s.visit, count(*), sum(s.psfflux_instflux) from source s
           where s.instrument = 'DECam' group by 1 order by 1"""
    ).fetchall()
    assert len(rows) == 9
    for visit, n, total in rows:
        table = pq.read_table(artifact(done, "source", visit))
        assert table.num_rows == n
        assert np.sum(table["psfFlux_instFlux"].to_numpy()) == pytest.approx(total, rel=1e-9)
        assert np.all(np.diff(table["_healpix_29"].to_numpy()) >= 0)
    assert done.execute("select count(*) from dataset where content_digest is null").fetchone() == (0,)


def test_decam_keeps_the_header_wcs_flagged_and_agrees_with_gaia(done: Connection[Any]) -> None:
    rows = done.execute(
        """select astromrarms, astromdecrms, nastrometrystar, astrometry_flag_fewstandards, astrometry_flag_noreference
           from visit_detector where instrument = 'DECam'"""
    ).fetchall()
    assert len(rows) == 9
    assert all(n < 5 and few and not none for _, _, n, few, none in rows)
    rms = np.array([row[:2] for row in rows])
    pairs = np.array([row[2] for row in rows])[:, None]
    assert rms.max() <= 0.080
    assert np.all(np.sqrt(np.sum(rms**2 * pairs, axis=0) / pairs.sum()) <= 0.045)
    image = read_image(artifact(done, "visit_image", 634850)).exposure
    with fits.open(DECAM / "c4d_170329_044212_ooi_g_ls9.N3.fits") as hdus:
        header = fits.Header([c for c in hdus[1].header.cards if c.keyword[:2] in ("CT", "CR", "CD", "CU", "PV")])
    for x, y in ((0, 0), (100, 200), (248, 249)):
        np.testing.assert_allclose(image.wcs.all_pix2world(x, y, 0), WCS(header).all_pix2world(x, y, 0), atol=1e-9)


def test_decam_seeing_and_zero_points_agree_with_the_legacy_surveys(done: Connection[Any]) -> None:
    truth = {int(row["expnum"]): row for row in Table.read(CCDS)}
    rows = done.execute(
        """select visit, psffwhm, zeropoint, photometry_flag_fewstandards, pixelunit
           from visit_detector where instrument = 'DECam'"""
    ).fetchall()
    ratio = np.array([fwhm / truth[visit]["fwhm"] - 1 for visit, fwhm, *_ in rows])
    assert np.sum(np.abs(ratio) <= 0.05) >= 8
    assert np.max(np.abs(ratio)) <= 0.10
    assert all(abs(zero - truth[visit]["zpt"]) <= 0.10 for visit, _, zero, *_ in rows)
    assert all(few and unit == "adu/s" for *_, few, unit in rows)


def test_two_stars_repeat_with_the_tables_zero_points(done: Connection[Any]) -> None:
    truth = {int(row["expnum"]): row["zpt"] for row in Table.read(CCDS)}
    rows = done.execute(
        """select visit, band, ra, dec, psfflux_instflux from source
           where instrument = 'DECam' and calib_photometry_used order by visit"""
    ).fetchall()
    assert len(rows) == 18
    by_star: dict[tuple[str, bool], list[float]] = {}
    for visit, band, ra, _, flux in rows:
        by_star.setdefault((band, ra > np.median([row[2] for row in rows])), []).append(
            truth[visit] - 2.5 * np.log10(flux)
        )
    assert len(by_star) == 6
    for magnitudes in by_star.values():
        assert np.max(np.abs(np.array(magnitudes) - np.mean(magnitudes))) <= 0.05


def test_sdss_stays_in_nanomaggies_and_says_where_its_calibration_is_from(done: Connection[Any]) -> None:
    row = done.execute(
        """select zeropoint, pixelunit, photometry_flag_fromheader, astrometry_flag_noreference, nsource
           from visit_detector where instrument = 'SDSS'"""
    ).fetchone()
    assert row is not None
    assert row[:4] == (22.5, "nanomaggy", True, True)
    assert row[4] > 100


def test_the_visit_image_is_whole(done: Connection[Any]) -> None:
    image = read_image(artifact(done, "visit_image", 634850))
    assert image.psf is not None
    assert image.facts["instrument"] == "DECam"
    exposure = image.exposure
    row = done.execute("select zeropoint, skynoise from visit_detector where visit = 634850").fetchone()
    assert row is not None
    assert exposure.header_zero_point == pytest.approx(row[0], abs=2e-6)  # the column is single precision
    assert np.median(exposure.image[exposure.mask == 0]) == pytest.approx(0, abs=0.1 * row[1])
    assert image.psf.image(120, 120).sum() == pytest.approx(1, abs=0.02)
    assert image.footprints is not None
    areas = done.execute(
        "select footprintarea_value from source where instrument = 'DECam' and visit = 634850 order by sourceid"
    ).fetchall()
    assert np.bincount(image.footprints.ravel())[1:].tolist() == [area for (area,) in areas]


def test_blends_are_named_by_a_source_of_the_same_image(done: Connection[Any]) -> None:
    row = done.execute(
        """select count(*), count(b.sourceid), count(*) filter (where b.parentsourceid = b.sourceid)
           from source s left join source b
             on b.sourceid = s.parentsourceid and (b.instrument, b.visit) = (s.instrument, s.visit)
           where not s.detect_isisolated"""
    ).fetchone()
    assert row is not None
    assert row[0] == row[1] == row[2] > 0


def test_metrics_are_recorded_against_datasets(done: Connection[Any]) -> None:
    rows = dict(done.execute("select metric, count(*) from measurement group by 1").fetchall())
    assert rows == dict.fromkeys(rows, 10)
    assert {"calibrate.seeing", "calibrate.magLim", "calibrate.nSource", "standardize.maskedFraction"} <= rows.keys()
    row = done.execute(
        "select value from measurement where metric = 'calibrate.zeroPoint' and instrument = 'SDSS'"
    ).fetchone()
    assert row == (22.5,)


def test_every_source_leads_to_a_raw_file(done: Connection[Any]) -> None:
    row = done.execute(
        """select count(*) from (select distinct dataset_id from source) s
           where not exists (
             select from registry.upstream(array[s.dataset_id]) u join dataset d on d.dataset_id = u.dataset_id
             where d.dataset_type = 'raw_image' and d.file_name is not null)"""
    ).fetchone()
    assert row == (0,)


def test_planning_again_finds_everything(done: Connection[Any]) -> None:
    again = make_plan(done, read("single_frame"), [], None)
    assert again.to_run == []
    assert find_run(done, again) is not None
    chosen = make_plan(done, read("single_frame"), [], "instrument = 'SDSS'")
    assert len(chosen.quanta) == 2


def test_a_bad_reference_cell_blocks_the_images_on_it_and_no_others(done: Connection[Any]) -> None:
    with done.transaction(force_rollback=True):
        ((cell, images),) = done.execute(
            """select i.dataset_id, count(*) from registry.quantum_input i join registry.role r using (role_id)
               where r.name = 'reference' group by 1 order by 2, 1 limit 1"""
        ).fetchall()
        mark(done, Target(dataset_id=cell), "bad", "Stars of another epoch.")
        blocked = make_plan(done, read("single_frame"), [], None)
    before = make_plan(done, read("single_frame"), [], None)
    lost = Counter(one.task.name for one in before.quanta) - Counter(one.task.name for one in blocked.quanta)
    assert lost == {"calibrate": images}
    assert [said for said in blocked.refused if said.startswith(f"reference_star {cell} is marked bad")]
    assert not [one for one in blocked.to_run if not one.patient]


def test_a_load_that_was_opened_and_never_published_is_planned_again(done: Connection[Any]) -> None:
    with done.transaction(force_rollback=True):
        done.execute("update ingest.load set state = 'open' where target = 'source'")
        again = make_plan(done, read("single_frame"), [], None)
    configs = [quantum.step.config.identity() for quantum in again.to_run]
    assert configs == [{"catalog": "source", "dataset_type": "source"}]


def test_a_camera_that_the_pipeline_does_not_name_is_left_out(done: Connection[Any]) -> None:
    pipeline = read("single_frame")
    only = pipeline.model_copy(update={"instruments": {"SDSS": pipeline.instruments["SDSS"]}})
    planned = make_plan(done, only, [], None)
    assert {quantum.place.instrument for quantum in planned.quanta} == {"SDSS"}
    assert planned.refused == ["9 images of DECam are left out: pipeline single_frame is not set up for that camera"]
