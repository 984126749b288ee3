"""The walk of a QA scientist: from a red metric to the dataset, its lineage, and the picture of the raw frame."""

import re

import pytest

from tests.support.browser import Browser
from tests.support.site import Site

pytestmark = pytest.mark.database
PAGES = (
    "/visits", "/visit/DECam/730182", "/visit/PANOPTES/20160909081226", "/sky", "/catalogs", "/catalogs/source",
    "/dataset/1",
)  # fmt: skip
SIZE = """async (address) => {
  const picture = new Image(); picture.src = address; await picture.decode();
  return [picture.naturalWidth, picture.naturalHeight]; }"""


def test_a_red_metric_leads_to_the_raw_frame(real: Site, browser: Browser) -> None:
    with browser.window() as (window, said):
        window.goto(real.address + "/quality")
        red = window.locator("tr", has_text="calibrate.seeing").filter(has_text="0.1").first
        red.locator("a[href^='/dataset/']").first.click()
        window.wait_for_url("**/dataset/*")
        assert "visit_image" in window.locator("h1").inner_text()
        broken = window.locator("tr", has_text="calibrate.seeing").locator("td.bad")
        assert broken.inner_text() == "broken"
        lineage = window.locator("svg.lineage")
        assert lineage.locator("g.box.center").count() == 1
        lineage.locator("a", has_text="raw_image").click()
        # A locator waits through the moment in which the page that is left has gone and the next has no heading yet.
        window.locator("h1", has_text=re.compile(r"^raw_image")).wait_for()
        assert re.search(r"registered from outside as c4d_\d+_\d+_ooi", window.locator("dl.facts").inner_text())
        address = window.locator("svg.picture image").first.get_attribute("href")
        size = window.evaluate(SIZE, address)
        assert min(size) > 100
        assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_of_the_browser_stays_silent(real: Site, browser: Browser, scheme: str) -> None:
    with browser.window("dark" if scheme == "dark" else "light") as (window, said):
        for path in PAGES:
            window.goto(real.address + path)
            assert window.locator(".chart:not([data-drawn])").count() == 0, path
            assert said == [], path


def test_no_page_is_wider_than_a_narrow_window(real: Site, browser: Browser) -> None:
    with browser.window() as (window, _):
        window.set_viewport_size({"width": 380, "height": 800})
        for path in PAGES:
            window.goto(real.address + path)
            assert window.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_every_control_is_named(real: Site, browser: Browser) -> None:
    unnamed = """() => [...document.querySelectorAll('main a, button, input:not([type=hidden]), select')]
      .filter((node) => !(node.textContent.trim() || node.getAttribute('aria-label') || node.labels?.length))
      .map((node) => node.outerHTML)"""
    with browser.window() as (window, _):
        for path in PAGES:
            window.goto(real.address + path)
            assert window.evaluate(unnamed) == [], path
