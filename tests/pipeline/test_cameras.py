"""The pipeline `single_frame` on one frame or more of every camera but the main one, from files to rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from psycopg import Connection
from scipy.spatial import cKDTree

from ingest.exposures import ingest_exposures
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from pipeline.definition import read
from pipeline.image import Image, read_image
from pipeline.pixels import mask as planes
from pipeline.pixels.tangent import project
from pipeline.planner.submit import submit
from pipeline.running import make_plan
from schema.settings import settings
from schema.store import Store
from tests.support.colours import colour_terms
from tests.support.frames import BASS_177, BASS_352, HSC, PANOPTES, SDSS_CUT_OUT, SFFT, TYCHO2
from tests.support.fresh import fresh_ledger
from tests.support.runs import work_off

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def done(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection[Any]]:
    """Run the pipeline once on all frames; give the owner's connection."""
    with fresh_ledger(administrator, template, "cameras_test", tmp_path_factory.mktemp("home")) as owner:
        store = Store(settings().store_root)
        frames = [BASS_177 / "90prime", BASS_177 / "mosaic3", BASS_352 / "90prime", BASS_352 / "mosaic3"]
        ingest_exposures(owner, store, files_in([*frames, PANOPTES, SDSS_CUT_OUT, HSC, SFFT]))
        ingest_refcat(owner, store, files_in([BASS_177 / "gaia_dr2", TYCHO2], (".fits", ".csv")))
        run_id = submit(owner, make_plan(owner, read("single_frame"), [], None), "cameras")
        work_off(run_id)
        yield owner


def visit_images(owner: Connection[Any], instrument: str) -> list[Image]:
    """Read the calibrated images of a camera."""
    rows = owner.execute(
        """select a.path from dataset d join registry.artifact a on encode(a.content_digest, 'hex') = d.content_digest
           where d.dataset_type = 'visit_image' and d.instrument = %s order by d.exposure""",
        [instrument],
    ).fetchall()
    return [read_image(settings().store_root / str(path)) for (path,) in rows]


def test_every_frame_is_calibrated_and_the_unsolved_one_says_why_not(done: Connection[Any]) -> None:
    rows = done.execute(
        "select instrument, pixelunit, count(*) from visit_detector group by 1, 2 order by 1"
    ).fetchall()
    assert rows == [
        ("90Prime", "count/s", 12),
        ("DECam", "adu/s", 6),
        ("HSC", "count", 1),
        ("Mosaic3", "count/s", 3),
        ("PANOPTES", "adu/s", 1),
        ("SDSS", "nanomaggy", 1),
    ]
    assert done.execute("select state, count(*) from work.unit group by 1").fetchall() == [("done", 52)]
    said = done.execute("select log from execution_log where log like '%nothing to do: unsolved%'").fetchall()
    assert len(said) == 1
    assert "unsolved.fits has no WCS: solve it and ingest the solved file" in said[0][0]


@pytest.mark.parametrize(("instrument", "visit"), [("90Prime", 78730103), ("90Prime", 81900110), ("Mosaic3", 77690)])
def test_one_star_and_all_standards_give_the_zero_point_of_the_survey(
    done: Connection[Any], instrument: str, visit: int
) -> None:
    truth = {int(row["expnum"]): row for row in Table.read(BASS_177 / "survey-ccds-1.fits.gz")}[visit]
    row = done.execute(
        """select v.band, v.zeropoint, v.zeropointerr, v.psffwhm, s.psfflux_instflux, r.gmag, r.bpmag - r.rpmag
           from visit_detector v
           join source s on s.instrument = v.instrument and s.visit = v.visit and s.calib_photometry_used
           join reference_star r on abs(r.gmag - 17.3) < 0.1 and r.catalog = 'gaia_dr2'
             and abs(s.dec - r.dec) < 0.5 / 3600 and abs(s.ra - r.ra) < 1.0 / 3600
           where v.instrument = %s and v.visit = %s""",
        [instrument, visit],
    ).fetchall()
    assert len(row) == 1
    band, zero_point, error, fwhm, flux, magnitude, colour = row[0]
    expected = magnitude + np.polynomial.polynomial.polyval(colour, colour_terms(instrument)[band])
    assert expected + 2.5 * np.log10(flux) == pytest.approx(truth["zpt"], abs=0.05)
    assert zero_point == pytest.approx(truth["zpt"], abs=0.05)
    assert abs(zero_point - truth["zpt"]) < 3 * error
    if instrument == "Mosaic3":
        assert fwhm == pytest.approx(truth["fwhm"], rel=0.05)


def test_panoptes_lies_on_tycho_2(done: Connection[Any]) -> None:
    sources = np.array(
        done.execute("select ra, dec from source where instrument = 'PANOPTES' and calib_astrometry_used").fetchall()
    )
    stars = np.array(
        done.execute(
            """select ra + coalesce(nullif(pmra, 'nan'), 0) * (57640.34 - epochmjdtai) / 365.25 / 3.6e6 / cosd(dec),
                      dec + coalesce(nullif(pmdec, 'nan'), 0) * (57640.34 - epochmjdtai) / 365.25 / 3.6e6
               from reference_star where catalog = 'tycho2' and dec between 44 and 48"""
        ).fetchall()
    )
    center = (303.2, 46.0)
    placed, known = (np.stack(project(rows[:, 0], rows[:, 1], center), axis=1) for rows in (sources, stars))
    distance, nearest = cKDTree(known).query(placed)
    residual = placed - known[nearest]
    one_sigma = np.sqrt(np.mean(residual**2))
    kept = np.all(np.abs(residual) < 3 * one_sigma, axis=1)
    assert np.sum(kept) >= 400
    assert np.sqrt(np.mean(np.sum(residual[kept] ** 2, axis=1))) <= 1.6
    assert np.max(distance) < 10.3
    row = done.execute(
        """select nastrometrystar, astrometry_flag_fewstandards, nphotometrystar, zeropointscatter,
                  photometry_flag_nocolourterm, pixelscale from visit_detector where instrument = 'PANOPTES'"""
    ).fetchone()
    assert row is not None
    assert row[0] >= 400
    assert not row[1]
    assert row[2] > 150
    assert row[3] < 0.15
    assert row[4]
    assert row[5] == pytest.approx(10.3, abs=0.05)


def test_joined_images_are_in_counts_per_second_like_the_others(done: Connection[Any]) -> None:
    rows = done.execute(
        """select band, skybg, skynoise, xsize, ysize from visit_detector
           where instrument = '90Prime' and dec < 10 order by visit"""
    ).fetchall()
    assert [row[0] for row in rows] == ["r"] * 5 + ["g"] * 5
    # The files hold 2140 counts of 100 s in r, 850 in g.
    assert all(sky == pytest.approx({"r": 21.3, "g": 8.4}[band], abs=0.2) for band, sky, *_ in rows)
    assert all(noise == pytest.approx({"r": 0.54, "g": 0.34}[band], rel=0.25) for band, _, noise, *_ in rows)
    assert all(30 <= side <= 31 for row in rows for side in row[3:])


def test_the_mask_of_sdss_is_that_of_the_span_lists(done: Connection[Any]) -> None:
    mask = visit_images(done, "SDSS")[0].exposure.mask
    assert mask.shape == (100, 100)
    with fits.open(SDSS_CUT_OUT / "fpM-001000-r1-0100.fit") as spans:
        whole = np.zeros((1489, 2048), dtype=np.bool_)
        for thing in spans[1].data["s"]:  # the plane S_MASK_INTERP
            for row, first, last in np.frombuffer(thing.tobytes(), ">u2").reshape(-1, 3):
                whole[row, first : last + 1] = True
    assert np.count_nonzero(whole[:100, :100]) == 200
    assert np.all((mask & planes.INTRP != 0) >= whole[:100, :100])
    zero_point = done.execute("select zeropoint from visit_detector where instrument = 'SDSS'").fetchone()
    assert zero_point == (22.5,)


def test_hsc_is_measured_without_date_filter_and_zero_point(done: Connection[Any]) -> None:
    row = done.execute(
        """select band, exptime, expmidptmjd, zeropoint, psffwhm, pixelscale from visit_detector
           where instrument = 'HSC'"""
    ).fetchone()
    assert row is not None
    assert row[0] == ""
    assert np.isnan(row[1:4]).all()
    assert row[4] * row[5] == pytest.approx(0.85, abs=0.15)
    flux, own = np.array(
        done.execute("select psfflux, psfflux_instflux from source where instrument = 'HSC'").fetchall()
    ).T
    assert np.isnan(flux).all()
    assert np.isfinite(own).sum() >= 5
    exposure = visit_images(done, "HSC")[0].exposure
    assert np.isnan([exposure.exp_time, exposure.mid_mjd_tai]).all()
    with fits.open(next(HSC.glob("*.fits"))) as hdus:
        saturated = hdus[2].data & (1 << hdus[2].header["MP_SAT"])
        assert np.array_equal(exposure.mask & planes.SAT != 0, saturated != 0)
        np.testing.assert_array_equal(exposure.variance, hdus[3].data)


def test_stamps_without_mask_have_the_noise_of_their_pixels(done: Connection[Any]) -> None:
    images = visit_images(done, "DECam")
    nights = sorted(int(image.exposure.mid_mjd_tai) for image in images)
    assert nights == [57618] * 3 + [58334] * 3
    for image in images:
        exposure = image.exposure
        sky = exposure.image[exposure.mask == 0]
        assert 1.4826 * np.median(np.abs(sky - np.median(sky))) == pytest.approx(
            np.sqrt(np.median(exposure.variance)), rel=0.05
        )
        assert np.max(exposure.variance) > 2 * np.median(exposure.variance)
