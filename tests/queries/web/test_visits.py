"""The list of visits, and the page of one: image with sources, PSF, residuals, measurements."""

import csv
import io
import json
import re
from typing import Any

import numpy as np
import pytest

from schema.settings import Settings
from tests.support.browser import Browser
from tests.support.measured import VISITS
from tests.support.site import Site

pytestmark = pytest.mark.database
PAGE = f"/visit/DECam/{VISITS[0]}"


def charts(site: Site, path: str) -> list[dict[str, Any]]:
    """Give the options of the charts of a page, in order."""
    drawn = re.findall(r'<script type="application/json">(.*?)</script>', site.get(path).html)
    return [json.loads(text) for text in drawn]


def rows(site: Site, query: str) -> list[dict[str, str]]:
    """Give the rows of a named query."""
    return list(csv.DictReader(io.StringIO(site.get(f"/data/{query}").html)))


def test_every_visit_is_listed_measured_or_not(real: Site) -> None:
    page = real.get("/visits")
    assert "3 visits." in page.text
    for address in (*(f"/visit/DECam/{visit}" for visit in VISITS), "/visit/PANOPTES/20160909081226"):
        assert address in page.read.addresses
    found = {row["visit"]: row for row in rows(real, "visits.csv")}
    assert found["20160909081226"]["n_detectors"] == "0"
    assert found["20160909081226"]["seeing"] == ""
    assert float(found[str(VISITS[0])]["seeing"]) == pytest.approx(1.17, abs=0.06)


@pytest.mark.parametrize(
    ("chosen", "n"),
    [
        ("instrument=DECam", 2), ("band=g", 1), ("first_night=20180301", 1), ("last_night=20170101", 1),
        ("run=real", 3), ("instrument=Nothing", 0),
    ],
)  # fmt: skip
def test_filters_leave_what_fits(real: Site, chosen: str, n: int) -> None:
    page = real.get(f"/visits?{chosen}")
    counted = f"{n} visit." if n == 1 else f"{n} visits."
    assert counted in page.text or (n == 0 and "No visit fits" in page.text)
    assert len({address for address in page.read.addresses if address.startswith("/visit/")}) == n


def test_a_bad_night_is_one_sentence(real: Site) -> None:
    page = real.get("/visits?first_night=yesterday")
    assert page.status == 400
    assert "First_night cannot be 'yesterday': give a whole number" in page.text


def test_trends_are_drawn_by_instrument_and_band_and_lead_to_visits(real: Site) -> None:
    seeing, depth, zero_point = charts(real, "/visits")
    for option in (seeing, depth, zero_point):
        points = {series["name"]: series["data"] for series in option["series"]}
        assert {name: len(data) for name, data in points.items()} == {"DECam r": 1, "DECam g": 1}
    (point,) = next(series["data"] for series in seeing["series"] if series["name"] == "DECam r")
    assert point["link"] == PAGE
    assert point["value"][0].startswith("2018-03-14T05:59")


def test_sources_are_drawn_where_the_catalog_has_them(real: Site) -> None:
    page = real.get(PAGE)
    (svg,) = [attributes for tag, attributes in page.read.tags if tag == "svg" and attributes.get("class") == "picture"]
    _, _, width, height = map(float, str(svg["viewbox"]).split())
    circles = [attributes for tag, attributes in page.read.tags if tag == "circle" and "data-flags" in attributes]
    table = rows(real, f"visit_sources.csv?instrument=DECam&visit={VISITS[0]}&detector=25")
    assert len(circles) == len(table) > 3
    for circle, row in zip(circles, table, strict=True):
        assert float(str(circle["cx"])) == pytest.approx(float(row["x"]) + 0.5, abs=0.06)
        assert float(str(circle["cy"])) == pytest.approx(height - 0.5 - float(row["y"]), abs=0.06)
        assert circle["data-flags"] == row["flags"]
        assert 0 <= float(str(circle["cx"])) <= width


def test_matches_are_the_stars_of_gaia_at_the_epoch_of_the_image(real: Site) -> None:
    table = rows(real, f"reference_matches.csv?instrument=DECam&visit={VISITS[0]}&detector=25")
    assert {row["refstarid"] for row in table} == {"3960312687065540992", "3960312480907107968", "3960312687065539712"}
    offsets = np.array([[float(row["d_ra"]), float(row["d_dec"])] for row in table])
    assert np.abs(offsets).max() < 0.2
    # The residuals that the calibration wrote, from its own match.
    (image,) = rows(real, f"reference_residuals.csv?instrument=DECam&visit={VISITS[0]}")
    rms = np.sqrt((offsets**2).mean(axis=0))
    np.testing.assert_allclose(rms, [float(image["astromrarms"]), float(image["astromdecrms"])], rtol=0.05)
    magnitudes = [float(row["d_magnitude"]) for row in table if row["calib_photometry_used"].lower() in ("true", "yes")]
    assert len(magnitudes) == 2
    assert abs(np.mean(magnitudes)) < 0.01  # the zero point is their mean


def test_residuals_the_psf_and_verdicts_are_on_the_page(real: Site) -> None:
    page = real.get(PAGE)
    psf, *residuals = charts(real, PAGE)
    assert psf["series"][0]["data"][0] == [0, 1]
    titles = [
        "residuals against magnitude",
        "residuals against colour",
        "Astrometric residuals",
        "Residuals over the image",
    ]
    assert len(residuals) == len(titles)
    assert all(title in page.text for title in titles)
    arrows = residuals[-1]["series"][0]["data"]
    assert len(arrows) == sum(len(series["data"]) for series in residuals[2]["series"]) == 3
    assert re.search(r"calibrate\.seeing [\d.]+ arcsec broken <= 0\.1", page.text)
    assert f"skyledger query reference_matches --instrument DECam --visit {VISITS[0]}" in page.text


def test_a_visit_that_was_not_measured_shows_its_raw_frame(real: Site) -> None:
    page = real.get("/visit/PANOPTES/20160909081226")
    assert "It was not measured yet" in page.text
    (picture,) = {address for address in page.read.addresses if address.startswith("/picture/")}
    assert real.get(picture).headers["content-type"] == "image/png"


@pytest.mark.parametrize("path", ["/visit/DECam/1", "/visit/Nothing/730182", f"{PAGE}?detector=7"])
def test_what_is_not_there_is_one_sentence(real: Site, path: str) -> None:
    page = real.get(path)
    assert page.status == 404
    assert page.text.count("in this ledger") == 1


def test_pages_stand_without_files_and_without_reference_stars(site: Site) -> None:
    page = site.get("/visit/DECam/1?detector=2")
    assert page.status == 200
    assert "has no file left in the store" in page.text
    assert "No reference star lies on a source of this image" in page.text
    assert "/visit/DECam/1?detector=1" in page.read.addresses


def test_the_viewer_zooms_marks_flags_and_shows_the_mask(real: Site, browser: Browser, measured: Settings) -> None:
    with browser.window() as (window, said):
        window.goto(real.address + PAGE)
        svg = window.locator("svg.picture")
        whole = svg.get_attribute("viewBox")
        window.get_by_role("button", name="Zoom in").click()
        assert svg.get_attribute("viewBox") != whole
        window.get_by_role("button", name="Whole image").click()
        assert svg.get_attribute("viewBox") == whole
        flag = window.locator("select.flag")
        flag.select_option("calib_psf_used")
        marked = window.locator("circle.flagged")
        assert marked.count() == window.locator("circle[data-flags~=calib_psf_used]").count() > 0
        marked.first.hover()
        assert "calib_psf_used" in window.locator(".readout").first.inner_text()
        with window.expect_response("**/picture/*.png?plane=DETECTED") as answer:
            window.get_by_label("DETECTED").check()
        assert answer.value.status == 200
        window.locator(".show-sources").uncheck()
        assert not marked.first.is_visible()
        assert said == []
