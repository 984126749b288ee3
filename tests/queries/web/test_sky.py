"""The page of the sky: cells, pointings, footprints, depth."""

import re

import numpy as np
import pytest

from queries.web.sky_map import one_field, tint
from tests.support.browser import Browser
from tests.support.measured import VISITS
from tests.support.site import Page, Site

pytestmark = pytest.mark.database


def polygons(page: Page, kind: str) -> list[dict[str, str | None]]:
    """Give the polygons of a class."""
    return [found for tag, found in page.read.tags if tag == "polygon" and kind in str(found.get("class")).split()]


def test_the_map_shows_cells_pointings_and_reference_stars(real: Site) -> None:
    page = real.get("/sky")
    assert "deepest 24." in page.text
    assert re.search(r"PANOPTES: 1 visit near RA 30\d°, Dec \+4\d°, bands RGGB", page.text)
    assert re.search(r"[\d,]+ stars of gaia_dr2 per square degree", page.text)
    assert len(polygons(page, "shape")) == 1 + 2  # a cell, and the footprints of the busiest field
    assert polygons(page, "stars")


def test_a_field_shows_the_footprints_of_its_images(real: Site) -> None:
    page = real.get("/sky?ra=186.74&dec=25.46&radius=0.1d")
    for visit in VISITS:
        assert f"/visit/DECam/{visit}" in page.read.addresses
        assert f"DECam visit {visit}, detector 25" in page.text
    assert "RA 186.7400 °" in page.text.replace("°", " °")
    assert "No image lies here" in real.get("/sky?ra=10&dec=0").text


def test_filters_leave_what_fits(real: Site) -> None:
    page = real.get("/sky?band=g")
    assert "1 visit with 1 image of DECam, bands g" in page.text
    assert f"visit {VISITS[0]}" not in page.text
    nothing = real.get("/sky?instrument=Nothing")
    assert nothing.status == 200
    assert "No image has coordinates yet" in nothing.text


def test_a_bad_position_is_one_sentence(real: Site) -> None:
    page = real.get("/sky?ra=1&dec=120")
    assert page.status == 400
    assert "Dec cannot be '120'" in page.text


def test_a_click_on_a_footprint_opens_its_visit(real: Site, browser: Browser) -> None:
    with browser.window() as (window, said):
        window.goto(real.address + "/sky")
        window.locator("#field a:has(polygon)").last.click()
        window.wait_for_url("**/visit/DECam/*")
        assert said == []


def test_depths_have_the_colours_of_the_palette() -> None:
    assert tint(20.0, 20.0, 24.0) == "#00224e"
    assert tint(24.0, 20.0, 24.0) == "#fee838"
    assert tint(22.0, 22.0, 22.0) == "#7c7b78"
    assert tint(float("nan"), 20.0, 24.0) is None
    lightness = [sum(int(str(tint(part, 0, 1))[i : i + 2], 16) for i in (1, 3, 5)) for part in np.linspace(0, 1, 11)]
    assert lightness == sorted(lightness)


@pytest.mark.parametrize("ra", [10.0, 0.001])
def test_a_field_is_drawn_to_scale_north_up_and_east_left(ra: float) -> None:
    corners = {"llc": (0.05, -0.05), "ulc": (0.05, 0.05), "urc": (-0.05, 0.05), "lrc": (-0.05, -0.05)}
    row = {f"{name}{axis}": value for name, (east, north) in corners.items() for axis, value in
           (("ra", (ra + east) % 360.0), ("dec", north))}  # fmt: skip
    row |= {"maglim": 22.0, "seeing": 1.0}
    named = {"instrument": "X", "visit": 1, "detector": 2, "band": "r"}
    (shape,) = one_field([{**row, **named}], (ra, 0.0)).shapes
    x, y = np.array([point.split(",") for point in shape.points.split()], dtype=float).T
    assert x[0] < x[3]  # the lower left corner is east of the lower right one
    assert y[0] > y[1]
    assert (x[3] - x[0]) == pytest.approx(y[0] - y[1], rel=1e-3)
    assert shape.link == "/visit/X/1"
