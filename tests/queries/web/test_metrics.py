"""The pages of metrics: red values, history, thresholds."""

import json
import re
from typing import Any

import pytest

from tests.support.browser import Browser
from tests.support.site import Site

pytestmark = pytest.mark.database
METRIC = "/quality/calibrate.metric1"


def option(site: Site, path: str) -> dict[str, Any]:
    """Give the first chart of a page."""
    found: dict[str, Any] = json.loads(
        re.findall(r'<script type="application/json">(.*?)</script>', site.get(path).html)[0]
    )
    return found


def test_red_values_stand_first_and_lead_to_their_datasets(site: Site) -> None:
    page = site.get("/quality")
    # Values are visit + detector / 10 and must be at most 2; those of visit 2 are NaN, which is not red.
    assert "calibrate.metric1 3.2 <= 2 arcsec DECam" in page.text
    assert "calibrate.metric1 3.1 <= 2 arcsec DECam" in page.text
    assert page.text.count("<= 2 arcsec") == 2
    assert sum(address.startswith("/dataset/") for address in page.read.addresses) == 2


def test_a_metric_is_drawn_over_time_by_instrument_and_band(site: Site) -> None:
    drawn = option(site, METRIC)
    assert [series.get("name") for series in drawn["series"]] == ["DECam g", None]
    points = {tuple(item["value"]): item for item in drawn["series"][0]["data"]}
    assert sorted(value for _, value in points) == [1.1, 1.2, 3.1, 3.2]
    assert all(start.startswith("2020-01-0") for start, _ in points)
    red = {value for (_, value), item in points.items() if item.get("itemStyle", {}).get("color") == "@bad"}
    assert red == {3.1, 3.2}
    assert all(re.fullmatch(r"/dataset/\d+", item["link"]) for item in points.values())
    (line,) = drawn["series"][1]["markLine"]["data"]
    assert (line["yAxis"], line["label"]["formatter"]) == (2.0, "design: <= 2")


def test_what_could_not_be_measured_is_said_and_not_drawn(site: Site) -> None:
    assert (
        "4 values of the latest processing of each image, 2 of them red; not drawn: 2 that could not be measured."
        in site.get(METRIC).text
    )


def test_a_choice_that_leaves_nothing_says_so(site: Site) -> None:
    page = site.get(f"{METRIC}?band=r&instrument=nothing")
    assert "No image fits this choice" in page.text
    assert page.status == 200


def test_a_plot_shows_its_sql_and_the_console_runs_it(site: Site) -> None:
    page = site.get(f"{METRIC}?band=g")
    assert "skyledger query metric_points --metric calibrate.metric1 --band g" in page.text
    assert "where m.metric = 'calibrate.metric1'::text" in page.text
    console = [address for address in page.read.addresses if "/console?" in address and "judged" in address]
    assert "4 rows" in site.get(console[0]).text
    assert "/data/metric_points.csv?metric=calibrate.metric1&band=g" in page.read.addresses


def test_a_click_on_a_point_opens_its_dataset(site: Site, browser: Browser) -> None:
    with browser.window() as (window, said):
        window.goto(site.address + METRIC)
        window.locator(".chart[data-drawn]").first.wait_for()
        place = window.evaluate(
            """() => { const box = document.querySelector('.chart'), chart = echarts.getInstanceByDom(box);
                 const item = chart.getOption().series[0].data.find((item) => item.value[1] === 3.2);
                 const time = Date.parse(item.value[0]);
                 const [x, y] = chart.convertToPixel({seriesIndex: 0}, [time, item.value[1]]);
                 const at = box.getBoundingClientRect(); return [x + at.left, y + at.top, item.link]; }"""
        )
        with window.expect_navigation():
            window.mouse.click(place[0], place[1])
        assert window.url == site.address + place[2]
        assert said == []
