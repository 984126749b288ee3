"""The catalog explorer: columns, counts, histograms, one column over another."""

import json
import re
from typing import Any

import pytest

from queries.readonly import Limits, answer_user
from queries.web.composed import Number, Rows, density, ends, histogram, points
from schema.catalog.definition import definition, names
from schema.settings import Settings
from tests.support.site import Site

pytestmark = pytest.mark.database
ALL = Limits()


def charts(site: Site, path: str) -> list[dict[str, Any]]:
    """Give the options of the charts of a page, in order."""
    drawn = re.findall(r'<script type="application/json">(.*?)</script>', site.get(path).html)
    return [json.loads(text) for text in drawn]


def test_every_view_is_listed_and_has_a_page(site: Site) -> None:
    page = site.get("/catalogs")
    listed = {address for address in page.read.addresses if re.fullmatch(r"/catalogs/\w+", address)}
    assert {f"/catalogs/{name}" for name in names()} <= listed
    assert "/catalogs/mark" in listed
    for address in listed:
        assert site.get(address).status == 200, address


def test_columns_have_unit_ucd_and_description(site: Site) -> None:
    page = site.get("/catalogs/source")
    for column in definition("source").columns:
        assert column.name.lower() in page.text
    assert "psfflux double precision nJy phot.flux" in page.text


def test_rows_are_counted_by_instrument(site: Site) -> None:
    page = site.get("/catalogs/source")
    assert "120 rows in all." in page.text
    assert "/catalogs/source?instrument=DECam" in page.read.addresses
    assert "60 rows in all." in site.get("/catalogs/visit_detector?band=g").text.replace(" 4 rows", " 60 rows")


def test_a_histogram_holds_every_number_between_its_ends(served: Settings) -> None:
    # Sources have declinations without NaN; fluxes of visit 2 are NaN.
    rows = Rows("source", {}, "sourceid")
    flux = Number("psfflux", logarithmic=True)
    low, high = answer_user(ends(rows, [flux], 120).as_string(None), served, ALL).rows[0][0]
    assert (low, high) == pytest.approx((0.4 * 7.4, 0.4 * 11.4), abs=0.01)
    found = answer_user(histogram(rows, flux, (low, high)).as_string(None), served, ALL).rows
    assert len(found) == 60
    assert sum(row[2] for row in found) == 80
    assert [round(row[0], 6) for row in found[1:]] == [round(row[1], 6) for row in found[:-1]]
    assert (found[0][2], found[-1][2]) == (16, 16)  # magnitudes 24 and 20


def test_a_density_counts_the_same_rows_as_the_points(served: Settings) -> None:
    rows, x, y = Rows("source", {"band": "g"}), Number("ra", logarithmic=False), Number("dec", logarithmic=False)
    every = answer_user(points(rows, x, y, None).as_string(None), served, ALL).rows
    spans = tuple((min(values), max(values)) for values in zip(*every, strict=True))
    binned = answer_user(density(rows, x, y, (spans[0], spans[1])).as_string(None), served, ALL).rows
    assert sum(row[4] for row in binned) == len(every) == 80
    assert all(1 <= row[0] <= 90 and 1 <= row[1] <= 60 for row in binned)
    assert all(spans[0][0] < row[2] < spans[0][1] for row in binned)


def test_a_sample_is_the_same_each_time_and_smaller(served: Settings) -> None:
    rows = Rows("source", {}, "sourceid")
    statement = ends(rows, [Number("dec", logarithmic=False)], 200_000).as_string(None)
    assert 'hashint8("sourceid"::int8) % 4 = 0' in statement
    assert answer_user(statement, served, ALL).rows == answer_user(statement, served, ALL).rows


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("column=psfflux&log=column", "Histogram of psfflux"), ("column=band", "Values of band"),
        ("column=psfflux_flag", "Values of psfflux_flag"), ("x=ra&y=psfflux&log=y", "psfflux over ra"),
    ],
)  # fmt: skip
def test_what_is_chosen_is_drawn_and_shows_its_sql(site: Site, query: str, title: str) -> None:
    page = site.get(f"/catalogs/source?{query}")
    assert title in page.text
    consoles = [address for address in page.read.addresses if address.startswith("/console?sql=")]
    assert len(consoles) == 4  # counts, distribution, relation, first rows
    for address in consoles:
        assert site.get(address).status == 200
    downloads = [address for address in page.read.addresses if address.startswith("/console.csv")]
    assert all(site.get(address).status == 200 for address in downloads)


def test_points_lead_to_their_datasets_and_values_are_counted(site: Site) -> None:
    bars, scatter = charts(site, "/catalogs/source?column=band&x=ra&y=dec")
    assert dict(zip(bars["xAxis"]["data"], bars["series"][0]["data"], strict=True)) == {"g": 80, "r": 40}
    data = scatter["series"][0]["data"]
    assert len(data) == 120
    assert all(re.fullmatch(r"/dataset/\d+", point["link"]) for point in data)


@pytest.mark.parametrize("path", ["/catalogs/nothing", "/catalogs/source?column=nothing", "/catalogs/source?x=a%22b"])
def test_what_is_not_there_is_one_sentence(site: Site, path: str) -> None:
    page = site.get(path)
    assert page.status == 404
    assert page.text.count("in this ledger") == 1


def test_a_filter_that_fits_nothing_says_so(site: Site) -> None:
    page = site.get("/catalogs/source?instrument=it%27s+not")
    assert page.status == 200
    assert "0 rows in all." in page.text or "No row fits" in page.text
