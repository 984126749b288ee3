"""What nobody knows is NULL, and what was corrected can be asked for."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from ingest.cameras.corrections.correction import Correction, Replacement, recorded
from ingest.exposures import ingest_exposures
from pipeline.units import INPUTS
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DATA, DECAM

pytestmark = pytest.mark.database
CALEXP = DATA / "hsc_calexp_small" / "HSC-0908120-056-small.fits"
STAMPS = DATA / "decam_sfft_ra318.4-66.0"
IMAGE = DECAM / "c4d_170329_044212_ooi_g_ls9.N3.fits"


def rows(owner: Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return owner.execute(query.encode()).fetchall()


def test_hsc_is_registered_with_null_where_nothing_is_known(owner: Connection[Any], ledger: Settings) -> None:
    assert ingest_exposures(owner, Store(ledger.store_root), [CALEXP]).counts() == {"new": 1}
    assert rows(owner, "select * from exposure") == [("HSC", 908120, 908120, None, None, None, None, None, "science")]
    known = "select instrument, visit, physical_filter, band, day_obs, expMidpt, obsStart, headerCorrected from visit"
    assert rows(owner, known) == [("HSC", 908120, None, None, None, None, None, True)]
    numbers = "select bool_and(x = 'NaN') from visit, unnest(array[expTime, expMidptMJD, obsStartMJD, ra, airmass]) x"
    assert rows(owner, numbers) == [(True,)]
    assert rows(owner, "select dataset_type, exposure, detector, band, part from dataset") == [
        ("raw_image", 908120, 56, None, "")
    ]
    assert rows(owner, "select count(*) from registry.detector where instrument = 'HSC'") == [(112,)]
    assert rows(owner, "select count(*) from registry.region") == [(1,)]


def test_every_corrected_keyword_is_a_row(owner: Connection[Any], ledger: Settings) -> None:
    ingest_exposures(owner, Store(ledger.store_root), [CALEXP, STAMPS / "DEC-OBS18b.mini.fits", IMAGE])
    found = rows(owner, "select instrument, keyword, header_value, value from header_correction order by 1, 2")
    assert found == [
        ("DECam", "CHECKSUM", "XAeJX3dIX9dIX9dI", None),
        ("DECam", "DATASUM", "3359239891", None),
        ("DECam", "DATE-OBS", "2018-08-04T09:23:31.598174", "2016-08-18T02:03:39"),
        ("DECam", "INSTRUME", None, "DECam"),
        ("DECam", "MJD-OBS", "58334.39133794", None),
        ("HSC", "EXPTIME", "0.0", None),
        ("HSC", "FILTER", "_unknown_", None),
        ("HSC", "FLUXMAG0", "0.0", None),
        ("HSC", "INSTRUME", None, "HSC"),
        ("HSC", "TIME-MID", "1969-12-31T23:59:51.999918240Z", None),
    ]
    corrected = "select instrument, visit from visit where headerCorrected order by 2"
    assert rows(owner, corrected) == [("HSC", 908120), ("DECam", 20160818020339)]


def test_two_epochs_are_two_epochs(owner: Connection[Any], ledger: Settings) -> None:
    ingest_exposures(owner, Store(ledger.store_root), sorted(STAMPS.iterdir()))
    found = rows(owner, "select day_obs, count(*), max(obsStartMJD) - min(obsStartMJD) < 0.2 from visit group by 1")
    assert sorted(found) == [(20160817, 3, True), (20180803, 3, True)]


def test_the_same_bytes_read_in_another_way_are_another_dataset(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    store = Store(ledger.store_root)
    assert ingest_exposures(owner, store, [CALEXP]).counts() == {"new": 1}
    assert ingest_exposures(owner, store, [CALEXP]).counts() == {"known": 1}
    plain = ingest_exposures(owner, store, [IMAGE])
    text = "corrections: [{name: 'c4d_*', keywords: {OBJECT: {value: M 1, reason: The log of the observer.}}}]"
    (tmp_path / "mine.yaml").write_text(text)
    script = Path(sys.executable).with_name("skyledger")
    done = subprocess.run(
        [script, "ingest", "exposures", IMAGE, "--corrections", tmp_path / "mine.yaml", "--output", "csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (plain.counts(), done.returncode) == ({"new": 1}, 0), done.stderr
    assert done.stdout.splitlines()[1:] == ["1,other content"]
    assert rows(owner, "select keyword, value from header_correction where instrument = 'DECam'") == [("OBJECT", "M 1")]


def test_what_is_registered_as_unknown_stays_so(owner: Connection[Any], ledger: Settings) -> None:
    store = Store(ledger.store_root)
    ingest_exposures(owner, store, [CALEXP])
    told = {"FILTER": "HSC-R", "TIME-MID": "2014-02-05T10:00:00.0Z", "EXPTIME": 60.0, "INSTRUME": "HSC"}
    keywords = {name: Replacement(value=value, reason="Somebody found it out.") for name, value in told.items()}
    report = ingest_exposures(owner, store, [CALEXP], corrections=[Correction(name="*", sha256="", keywords=keywords)])
    assert report.counts() == {"refused": 1}
    assert "registered with physical_filter unknown, the file says HSC-R; what is registered" in report.sentences[0]
    assert rows(owner, "select exp_time from exposure") == [(None,)]


def test_a_worker_gets_the_correction_with_the_file(owner: Connection[Any], ledger: Settings) -> None:
    """The query that gives a unit its inputs carries what was recorded, and no correction is an empty list."""
    ingest_exposures(owner, Store(ledger.store_root), [CALEXP, IMAGE])
    kept = rows(owner, "select coalesce(o.correction, '[]') from registry.origin o order by file_name desc")
    assert "coalesce(o.correction, '[]')" in INPUTS
    (plain,), (corrected,) = kept
    assert recorded(plain) == ()
    (correction,) = recorded(corrected) or ()
    assert correction.keywords["INSTRUME"].value == "HSC"
    assert correction.keywords["FILTER"].value is None


def test_a_correction_file_that_cannot_be_used_is_one_sentence(ledger: Settings, tmp_path: Path) -> None:
    from skyledger import app

    (tmp_path / "mine.yaml").write_text("corrections: [{name: '*', keywords: {EXPTIME: {value: 1}}}]")
    done = CliRunner().invoke(app, ["ingest", "exposures", str(IMAGE), "--corrections", str(tmp_path / "mine.yaml")])
    assert done.exit_code == 1
    assert "cannot be used: corrections 0 keywords EXPTIME reason: Field required" in str(done.exception) + done.output
