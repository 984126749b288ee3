"""The page of two runs that are compared: words, plots, links, and what it says when there is nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from queries.comparison.metrics import BINS, Movement
from queries.web.comparison_plots import movement
from schema.connect import connect
from schema.settings import Settings
from tests.support.browser import Browser, Scheme
from tests.support.compared import Book, Recipe
from tests.support.site import Site, serving

pytestmark = pytest.mark.database
HOSTILE = "B <b>& 'C'"
BRIGHT = 10 ** (0.4 * (31.4 - 20.5))  # 20.5 mag [nJy]


@pytest.fixture(scope="module")
def two(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve two runs whose threshold differs, with sources at the pole and a run that shares everything."""
    name = f"{template}_compare"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        url = SecretStr(make_conninfo(administrator, dbname=name))
        using = Settings(database_url=url, home=Path(tmp_path_factory.mktemp("compare")))
        with connect("owner", using) as owner, owner.transaction():
            fill(Book(owner))
        with serving(using) as site:
            yield site
        admin.execute(f"drop database {name} with (force)".encode())


def fill(book: Book) -> None:
    random = np.random.default_rng(1)
    for name, threshold, first in (("A", 5.0, 0), (HOSTILE, 6.0, 10)):
        made = [book.made("source", d, f"{name}{d}", (), Recipe(config={"threshold": threshold}), 60) for d in range(4)]
        book.collect(name, made)
        book.collect(f"copy of {name}", made)
        for detector, dataset in enumerate(made):
            book.measure("calibrate.nSource", dataset, 100.0 + detector * threshold)
            # Around the pole; the last sources of one run are not in the other.
            ra = np.arange(first, first + 60) * 6.0 % 360
            dec = 90 - 0.01 * (1 + detector + np.arange(first, first + 60) / 60)
            flux = BRIGHT * (1 + 0.01 * random.normal(size=60)) * 10 ** (-0.4 * (np.arange(60) % 3))
            book.load(dataset, ra.tolist(), dec.tolist(), flux.tolist())


def address(a: str, b: str, path: str = "/compare") -> str:
    return f"{path}?{urlencode({'a': a, 'b': b})}"


def test_the_page_says_what_differs_and_why(two: Site) -> None:
    page = two.get(address("A", HOSTILE))
    assert page.status == 200
    assert "4 datasets changed because task detect has config threshold 5.0 -> 6.0." in page.text
    assert "source: of 240 and 240 rows 200 match, 40 are lost, 40 gained, 0 moved." in page.text
    assert "<b>&" not in page.html
    assert HOSTILE in page.text


def test_the_document_is_that_of_the_library(two: Site) -> None:
    document = json.loads(two.get(address("A", HOSTILE, "/compare.json")).body)
    assert document["causes"][0]["sentence"].endswith("threshold 5.0 -> 6.0")
    assert document["rows"][0]["n_lost"] == 40


def test_datasets_that_are_named_lead_to_their_pages(two: Site) -> None:
    page = two.get(address("A", HOSTILE))
    leads = {found for found in page.read.addresses if found.startswith("/dataset/")}
    assert len(leads) == 8
    assert [(lead, found.text) for lead in leads if (found := two.get(lead)).status != 200] == []


def test_equal_runs_say_so_and_draw_nothing(two: Site) -> None:
    page = two.get(address("A", "copy of A"))
    assert "The content is the same at every place." in page.text
    assert 'class="chart' not in page.html


def test_without_names_the_page_asks_for_them(two: Site) -> None:
    page = two.get("/compare")
    assert page.status == 200
    assert "Name two runs or collections of any kind" in page.text
    assert two.get("/compare?b=A").status == 200


def test_a_name_that_there_is_not_is_one_sentence(two: Site) -> None:
    page = two.get(address("A", "nothing"))
    assert page.status == 400
    assert "There is no collection 'nothing'" in page.text


def test_runs_lead_to_their_comparison(two: Site) -> None:
    assert "/compare" in two.get("/runs").read.addresses
    assert "/compare?b=A" in two.get("/runs/A").read.addresses


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_are_drawn(two: Site, browser: Browser, scheme: Scheme) -> None:
    with browser.window(scheme) as (window, said):
        window.goto(two.address + address("A", HOSTILE))
        assert window.locator(".chart[data-drawn]").count() == 4
        drawn = """() => [...document.querySelectorAll('.chart')].map(
          (box) => echarts.getInstanceByDom(box).getOption().series.map((one) => one.data.length))"""
        residuals, magnitudes, sky, metric = window.evaluate(drawn)
        assert (residuals, magnitudes, sky, metric) == ([3] * 3, [3] * 3, [40, 40], [BINS])
        window.set_viewport_size({"width": 380, "height": 800})
        window.goto(two.address + address("A", HOSTILE))
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert said == []


def test_a_metric_that_moved_everywhere_alike_is_one_bar() -> None:
    one = Movement("m", "", 3, 0, 0, 0, 0.5, 0.0, 0.5, 0.5, 0.5, [0.5, 0.5], {"1": 3}, [])
    option = movement(one)
    assert (option["xAxis"]["data"], option["series"][0]["data"]) == (["0.5"], [3])
    wide = Movement("m", "", 3, 0, 0, 0, 0.5, 0.0, 0.5, 0.5, 0.5, [0.0, 1.0], {"1": 1, "40": 2}, [])
    counts = movement(wide)["series"][0]["data"]
    assert (counts[0], counts[-1], len(counts)) == (1, 2, BINS)
