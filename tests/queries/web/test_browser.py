"""The pages in Chromium: nothing is complained of, in light and dark; charts, sorting and theme work."""

from urllib.parse import quote

import pytest

from tests.support.browser import Browser, Scheme
from tests.support.hostile import METRIC, RUN
from tests.support.site import Site

pytestmark = pytest.mark.database
PAGES = (
    "/", "/runs", "/runs/first", f"/runs/{quote(RUN)}", "/failures", "/units/7", "/quality",
    f"/quality/{quote(METRIC)}",
    "/console?sql=select+visit,seeing+from+visit_detector&x=visit&y=seeing",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_of_the_browser_stays_silent(site: Site, browser: Browser, scheme: Scheme) -> None:
    with browser.window(scheme) as (window, said):
        for path in PAGES:
            window.goto(site.address + path)
            assert window.evaluate("document.documentElement.dataset.theme") == scheme
            assert window.locator(".chart:not([data-drawn])").count() == 0, path
            assert said == [], path


def test_no_page_is_wider_than_a_narrow_window(site: Site, browser: Browser) -> None:
    with browser.window() as (window, _):
        window.set_viewport_size({"width": 380, "height": 800})
        for path in PAGES:
            window.goto(site.address + path)
            assert window.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_theme_is_kept_from_page_to_page_and_charts_follow(site: Site, browser: Browser) -> None:
    ink = "getComputedStyle(document.body).color"
    with browser.window("light") as (window, said):
        window.goto(site.address + "/quality/calibrate.metric1")
        before = window.evaluate(ink)
        legend = "echarts.getInstanceByDom(document.querySelector('.chart')).getOption().tooltip[0].textStyle.color"
        drawn = window.evaluate(legend)
        window.click("#theme")
        assert window.evaluate(ink) != before
        assert window.evaluate(legend) != drawn
        window.goto(site.address + "/runs")
        assert window.evaluate("document.documentElement.dataset.theme") == "dark"
        assert said == []


def test_times_stand_where_they_are_whatever_the_zone_of_the_browser(site: Site, browser: Browser) -> None:
    page = browser.chromium.new_page(timezone_id="Asia/Tokyo")
    try:
        page.goto(site.address + "/quality/calibrate.metric1")
        drawn = page.evaluate(
            """() => { const chart = echarts.getInstanceByDom(document.querySelector('.chart'));
                 const item = chart.getOption().series[0].data[0];
                 const at = chart.convertToPixel({seriesIndex: 0}, [Date.UTC(2020, 0, 4), item.value[1]]);
                 return [chart.convertToPixel({seriesIndex: 0}, item.value)[0] - at[0], item.value[0]]; }"""
        )
    finally:
        page.close()
    assert drawn == [pytest.approx(0, abs=1e-6), "2020-01-04T00:00:00Z"]


def test_a_heading_sorts_numbers_as_numbers_and_what_is_unknown_last(site: Site, browser: Browser) -> None:
    statement = quote("select * from (values (9, 'b'), (10, 'a'), (null, 'c'), ('NaN'::float8, 'd')) as t (n, name)")
    with browser.window() as (window, said):
        window.goto(f"{site.address}/console?sql={statement}")
        heading = window.get_by_role("button", name="n", exact=True)
        names = window.locator("tbody tr td:nth-child(2)")
        heading.click()
        assert names.all_inner_texts()[:2] == ["b", "a"]
        heading.click()
        assert names.all_inner_texts()[:2] == ["a", "b"]
        assert window.locator("th[aria-sort=descending]").count() == 1
        assert said == []


def test_every_control_can_be_reached_by_the_keyboard_and_is_named(site: Site, browser: Browser) -> None:
    unnamed = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea')]
      .filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length || node.title))
      .map((node) => node.outerHTML)"""
    with browser.window() as (window, _):
        for path in PAGES:
            window.goto(site.address + path)
            assert window.evaluate(unnamed) == [], path
        window.keyboard.press("Tab")
        assert window.evaluate("document.activeElement.className") == "skip"
