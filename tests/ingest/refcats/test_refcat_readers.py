"""Stars of each catalog as they are read, traced to what their files say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.table import Table

from ingest.refcats.readers import read_stars
from schema.catalog.definition import arrow_schema, definition
from tests.support.frames import DATA, GAIA
from tests.support.refcats import PS1, TYCHO, write_stars

REFCATS = DATA / "refcats"
TREE = REFCATS / "tycho2" / "tycho2.kd.fits"
SHARD = REFCATS / "sdss_htm" / "903253.fits"
FIELD = DATA / "bass_mzls_ra177.360+59.427" / "gaia_dr2"


def star(path: Path, number: int) -> dict[str, Any]:
    """Give one star of a file."""
    _, stars = read_stars(path)
    (row,) = [row for row in stars.to_pylist() if row["refStarId"] == number]
    return dict(row)


def nan(row: dict[str, Any]) -> set[str]:
    """Give the columns that are NaN."""
    return {name for name, value in row.items() if isinstance(value, float) and np.isnan(value)}


def test_a_gaia_star() -> None:
    row = star(FIELD / "chunk-00799.fits", 858544927175528448)
    assert (row["catalog"], row["ra"], row["dec"]) == ("gaia_dr2", 177.54664442533868, 59.60066457829138)
    assert row["pmRa"] == pytest.approx(-5.339362)
    assert row["parallax"] == pytest.approx(1.8023962)
    assert row["gMag"] == pytest.approx(17.687693)
    assert row["gMagErr"] == pytest.approx(1.0857362 / 909.24036)
    assert row["epochMjdTai"] == 57205.875
    assert {"gAbMag", "vtMag"} < nan(row)


def test_gaia_chunks_of_another_release_of_the_surveys_lack_columns_that_are_not_needed() -> None:
    _, stars = read_stars(REFCATS / "gaia_dr2" / "chunk-05939.fits")
    raw = Table.read(REFCATS / "gaia_dr2" / "chunk-05939.fits")
    assert sorted(stars["refStarId"].to_pylist()) == sorted(raw["source_id"])
    assert sum(np.isnan(stars["pmRa"].to_numpy())) == sum(np.isnan(np.asarray(raw["pmra_error"]))) == 1


def test_a_tycho_star_with_a_mean_position() -> None:
    # 3162-00001-1,,302.43800388,44.70088850,-3.0,-5.2,57,58,1.8,1.7,1980.11,1977.98,3,12.081,0.123,11.414,0.096,...
    row = star(TYCHO, 3162000011)
    assert (row["catalog"], row["ra"], row["dec"], row["epochMjdTai"]) == ("tycho2", 302.43800388, 44.7008885, 51544.5)
    assert [row[name] for name in ("pmRa", "pmDec", "pmRaErr", "pmDecErr")] == pytest.approx([-3.0, -5.2, 1.8, 1.7])
    assert row["raErr"] == pytest.approx(np.hypot(57, 1.8 * (2000 - 1980.11)))
    assert row["decErr"] == pytest.approx(np.hypot(58, 1.7 * (2000 - 1977.98)))
    assert [row[name] for name in ("btMag", "btMagErr", "vtMag", "vtMagErr")] == pytest.approx(
        [12.081, 0.123, 11.414, 0.096]
    )
    assert {"gMag", "parallax"} < nan(row)


def test_a_tycho_star_without_one_stands_where_it_was_seen() -> None:
    # 3558-00613-1,X,,,,,,,,,,,,12.757,0.218,11.782,0.137,,300.79894056,46.42246889,1.71,1.76
    row = star(TYCHO, 3558006131)
    assert (row["ra"], row["dec"]) == (300.79894056, 46.42246889)
    assert row["epochMjdTai"] == pytest.approx(51544.5 + (1991.735 - 2000) * 365.25)
    assert {"pmRa", "pmDec", "pmRaErr", "pmDecErr", "raErr", "decErr"} < nan(row)


def test_star_trees_hold_degrees_and_arcsec() -> None:
    moving = star(TREE, 203010631)  # mean 121.90261953 4.67250306, -0.0063 0.0013 arcsec/yr
    assert (moving["ra"], moving["dec"], moving["epochMjdTai"]) == (121.90261953, 4.67250306, 51544.5)
    assert [moving[name] for name in ("pmRa", "pmDec", "pmRaErr")] == pytest.approx([-6.3, 1.3, 2.5], abs=1e-5)
    assert moving["vtMag"] == pytest.approx(11.728, abs=1e-5)
    assert {"raErr", "btMagErr"} < nan(moving)
    # 206-1396-1 is of the supplement: a motion (Hipparcos), no mean position, no epoch of its own.
    other = star(TREE, 206013961)
    assert (other["ra"], other["dec"]) == (121.35309599, 5.82787707)
    assert other["epochMjdTai"] == pytest.approx(51544.5 - 8.75 * 365.25)
    assert [other[name] for name in ("pmRa", "raErr")] == pytest.approx([-9.8, 4.9], abs=1e-4)
    _, stars = read_stars(TREE)
    assert (stars.num_rows, sum(np.isnan(stars["pmRa"].to_numpy()))) == (167, 6)


def test_a_ps1_star_of_the_first_version_is_in_jansky() -> None:
    # coord 5.07543451 -1.50512731 rad, g 3.41055893e-05, epoch 1420041600: 2014-12-31T16:00:00 UTC
    row = star(PS1, 4512908003895060)
    assert row["catalog"] == "ps1"
    assert (row["ra"], row["dec"]) == pytest.approx((290.80097667, -86.23744247), abs=1e-8)
    assert row["gAbMag"] == pytest.approx(8.9 - 2.5 * np.log10(3.41055893e-05), abs=2e-4)
    assert row["gAbMagErr"] == pytest.approx(0.6, abs=1e-3)  # so for every star of this file
    assert row["epochMjdTai"] == pytest.approx(57022 + 16 / 24)
    assert {"pmRa", "raErr", "uAbMag", "gMag"} < nan(row)


def test_an_sdss_source_of_a_shard() -> None:
    # 2 rows; this one: r 8067.935 +- 817.572 nJy, g 5219.280, not photometric, resolved
    row = star(SHARD, 1237661416602927704)
    assert (row["catalog"], row["isResolved"], row["isPhotometric"]) == ("sdss_dr9", True, False)
    assert (row["ra"], row["dec"]) == pytest.approx(np.degrees([3.771438443178206, 0.9180991839831126]), abs=1e-12)
    assert row["rAbMag"] == pytest.approx(31.4 - 2.5 * np.log10(8067.935), abs=2e-4)
    assert row["rAbMagErr"] == pytest.approx(1.0857 * 817.5716 / 8067.935, rel=1e-4)
    assert {"yAbMag", "pmRa", "raErr"} < nan(row)


def test_sdss_names_in_digits_become_those_in_bits() -> None:
    # 37051010900180: run 3705, camera column 1, field 109, object 180
    row = star(
        REFCATS / "sdss_d3" / "225822.fits", (2 << 59) + (301 << 48) + (3705 << 32) + (1 << 29) + (109 << 16) + 180
    )
    assert row["rAbMag"] == pytest.approx(31.4 - 2.5 * np.log10(55836.2), abs=2e-4)
    assert (row["isResolved"], row["isPhotometric"]) == (False, True)
    # The shard beside it writes the names in bits, and has 178 of its stars, at the same places.
    (_, one), (_, two) = (read_stars(REFCATS / name) for name in ("sdss_d3/225822.fits", "sdss_htm/903289.fits"))
    places = [dict(zip(each["refStarId"].to_pylist(), each["ra"].to_pylist(), strict=True)) for each in (one, two)]
    shared = places[0].keys() & places[1].keys()
    assert len(shared) == 178
    assert [places[0][name] for name in shared] == pytest.approx([places[1][name] for name in shared], abs=1e-6)


def test_a_flux_within_its_error_has_no_magnitude(tmp_path: Path) -> None:
    write_stars(tmp_path / "stars.fits", [10.0], [10.0])
    table = Table.read(tmp_path / "stars.fits")
    table["r_fluxErr"] = 2 * table["r_flux"]
    table.write(tmp_path / "faint.fits")
    row = star(tmp_path / "faint.fits", 1)
    assert row["gAbMag"] == pytest.approx(15.0, abs=1e-6)
    assert {"rAbMag", "rAbMagErr"} < nan(row)


def test_angles_and_motions_come_in_any_unit(tmp_path: Path) -> None:
    write_stars(tmp_path / "stars.fits", [10.0], [20.0], motion=(-5.0, 7.0), epoch=58000.5)
    table = Table.read(tmp_path / "stars.fits")
    for name, unit in {"coord_ra": "deg", "pm_ra": "rad/yr", "pm_dec": "arcsec/yr", "g_flux": "Jy"}.items():
        table[name] = table[name].to(unit)
    table.write(tmp_path / "other.fits")
    row = star(tmp_path / "other.fits", 1)
    assert [row[name] for name in ("ra", "dec", "pmRa", "pmDec", "gAbMag")] == pytest.approx(
        [10.0, 20.0, -5.0, 7.0, 15.0], abs=1e-5
    )
    assert row["epochMjdTai"] == 58000.5


@pytest.mark.parametrize("path", [TYCHO, TREE, PS1, SHARD, GAIA / "chunk-03586.fits"], ids=lambda path: path.name)
def test_every_reader_gives_whole_rows_sorted_along_the_sky(path: Path) -> None:
    _, stars = read_stars(path)
    assert stars.schema.equals(arrow_schema(definition("reference_star")))
    assert all(column.null_count == 0 for column in stars.columns)
    pixels = stars["_healpix_29"].to_numpy()
    assert np.all(np.diff(pixels) >= 0)
    assert pixels[0] >= 0
