"""Reference stars by SQL: moved to an epoch, and counted by pixel."""

from pathlib import Path
from typing import Any

import astropy.units as u
import hpgeom
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from psycopg import Connection, RawCursor

from ingest.refcats.ingest import ingest_refcat
from queries.client import Client
from queries.named import bind, named
from schema.settings import Settings
from schema.store import Store
from tests.support.catalogs import nodes
from tests.support.refcats import TYCHO, write_stars

pytestmark = pytest.mark.database

EPOCH = 57205.875  # J2015.5
YEARS = -24.0  # before 1992, and UTC is known


def ingest(owner: Connection[Any], ledger: Settings, *paths: Path) -> None:
    report = ingest_refcat(owner, Store(ledger.store_root), paths)
    assert not report.refused, report.sentences


PLACES = [(269.45, 4.69), (0.0001, -0.0001), (359.9999, 60.0), (10.0, 89.9), (200.0, -89.99)]
MOTIONS = [(3.0, -2.0), (-801.0, 10362.0), (6000.0, 100.0)]  # the second is Barnard's star, the fastest [mas/yr]


def test_positions_at_an_epoch_are_those_of_astropy(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    ra, dec = np.repeat(PLACES, len(MOTIONS), axis=0).T
    east, north = np.tile(MOTIONS, (len(PLACES), 1)).T
    numbers = write_stars(tmp_path / "stars.fits", ra, dec, motion=(east, north))
    ingest(owner, ledger, tmp_path / "stars.fits")
    then = Time(EPOCH + YEARS * 365.25, format="mjd", scale="tai")
    # No distance enters the query: at 10 pc even the fastest are slow enough for light's way not to matter.
    start = SkyCoord(
        ra * u.deg, dec * u.deg, distance=10 * u.pc, radial_velocity=0 * u.km / u.s,
        pm_ra_cosdec=east * u.mas / u.yr, pm_dec=north * u.mas / u.yr, obstime=Time(EPOCH, format="mjd", scale="tai"),
    )  # fmt: skip
    truth = start.apply_space_motion(new_obstime=then)
    moved = start.separation(truth).to_value(u.arcsec)
    for star, number in enumerate(numbers.tolist()):
        found = Client(ledger).query("reference_stars", ra=ra[star], dec=dec[star], radius=600, mjd=then.mjd)
        (row,) = [row for row in found if row["refstarid"] == number]
        error = SkyCoord(row["ra"] * u.deg, row["dec"] * u.deg).separation(truth[star])
        assert error.to_value(u.mas) < 0.1, (ra[star], dec[star], east[star])
        assert row["separation"] == pytest.approx(moved[star], abs=1e-3)
        assert 0 <= row["ra"] < 360
        assert (row["catalog_ra"], row["catalog_dec"]) == pytest.approx((ra[star], dec[star]), abs=1e-12)


def test_without_an_epoch_stars_stand_where_their_catalog_has_them(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    write_stars(tmp_path / "stars.fits", [100.0, 100.001], [20.0, 20.0], motion=(500.0, 500.0))
    ingest(owner, ledger, tmp_path / "stars.fits", TYCHO)
    client = Client(ledger)
    rows = list(client.query("reference_stars", ra=100, dec=20, radius=10))
    assert [(row["catalog"], row["refstarid"], row["epoch_mjd_tai"]) for row in rows] == [
        ("ps1", 1, EPOCH),
        ("ps1", 2, EPOCH),
    ]
    assert [row["separation"] for row in rows] == pytest.approx([0, 3.6 * np.cos(np.radians(20))], abs=1e-4)
    assert list(client.query("reference_stars", ra=100, dec=20, radius=10, catalog="tycho2")) == []
    assert len(list(client.query("reference_stars", ra=303.2, dec=46, radius="0.2d", catalog="tycho2"))) > 5


def test_a_density_has_every_pixel_where_healpix_has_it(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    random = np.random.default_rng(7)
    ra, dec = random.uniform(0, 360, 100), np.degrees(np.arcsin(random.uniform(-1, 1, 100)))
    ra, dec = np.append(ra, [0.0, 100.0, 100.0]), np.append(dec, [0.0, 89.999, -89.999])
    write_stars(tmp_path / "one.fits", ra, dec)
    write_stars(tmp_path / "two.fits", ra[:30], dec[:30], first=1000)
    ingest(owner, ledger, tmp_path / "one.fits", tmp_path / "two.fits")
    client = Client(ledger)
    for order in (0, 1, 2, 5, 12, 29):
        rows = list(client.query("reference_density", order=order, catalog="ps1"))
        stars = hpgeom.angle_to_pixel(2**order, np.append(ra, ra[:30]), np.append(dec, dec[:30]))
        pixels, counts = np.unique(stars, return_counts=True)
        assert [(row["pixel"], row["n_stars"]) for row in rows] == list(zip(pixels, counts, strict=True))
        there = SkyCoord([row["ra"] for row in rows], [row["dec"] for row in rows], unit="deg")
        center = SkyCoord(*hpgeom.pixel_to_angle(2**order, pixels), unit="deg")
        assert np.max(there.separation(center).arcsec) < 1e-6
        assert all(0 <= row["ra"] < 360 for row in rows)
        assert rows[0]["stars_per_deg2"] == pytest.approx(counts[0] / hpgeom.nside_to_pixel_area(2**order))


def test_densities_of_catalogs_are_apart(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    write_stars(tmp_path / "stars.fits", [303.2], [46.0])
    ingest(owner, ledger, tmp_path / "stars.fits", TYCHO)
    client = Client(ledger)
    rows = list(client.query("reference_density", order=0))
    assert [(row["catalog"], row["pixel"], row["n_stars"]) for row in rows] == [("ps1", 3, 1), ("tycho2", 3, 1669)]
    dense = list(client.query("reference_density", catalog="tycho2"))
    assert sum(row["n_stars"] for row in dense) == 1669
    assert max(row["stars_per_deg2"] for row in dense) == pytest.approx(442 / 3.3573, rel=1e-3)
    assert list(client.query("reference_density", order=30)) == []


def test_a_cone_reads_no_catalog_from_end_to_end(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    write_stars(tmp_path / "stars.fits", random.uniform(5, 15, 20_000), random.uniform(5, 15, 20_000))
    ingest(owner, ledger, tmp_path / "stars.fits")
    query = named("reference_stars")
    cursor, values = RawCursor(owner), bind(query, {"ra": 10, "dec": 10, "radius": 600, "mjd": 60000})
    for _ in range(12):
        cursor.execute(query.statement, values)
    row = cursor.execute(f"explain (format json) {query.statement}", values).fetchone()
    assert row
    scans = {
        node["Node Type"] for node in nodes(row[0][0]["Plan"]) if "reference_star" in node.get("Relation Name", "")
    }
    assert scans
    assert "Seq Scan" not in scans
