"""The lineage on the page of a dataset: taint is coloured, a click shows more in place."""

import pytest

from queries.client import Client
from schema.settings import Settings
from tests.support.browser import Browser
from tests.support.measured import VISITS
from tests.support.site import Site

pytestmark = pytest.mark.database


def key(using: Settings, dataset_type: str, visit: int) -> int:
    """Give a dataset by its type and visit."""
    asked = f"select dataset_id from dataset where dataset_type = '{dataset_type}' and visit = {visit}"  # noqa: S608
    return int(Client(using).sql(asked).arrow()["dataset_id"][0].as_py())


def classes(html: str) -> list[str]:
    """Give the classes of the boxes that are drawn."""
    return [part.partition('"')[0] for part in html.split('<g class="box')[1:]]


def test_taint_is_drawn_where_it_holds(real: Site, measured: Settings) -> None:
    raw = key(measured, "raw_image", VISITS[1])
    drawn = classes(real.get(f"/dataset/{raw}/lineage").html)
    assert drawn.count(" center marked suspect") == 1
    assert drawn.count(" suspect") == 4  # the image of it, and the three products of that
    clean = classes(real.get(f"/dataset/{key(measured, 'raw_image', VISITS[0])}/lineage").html)
    assert not any("suspect" in one for one in clean)


def test_a_part_alone_is_the_part_of_the_page(real: Site, measured: Settings) -> None:
    dataset = key(measured, "post_isr_image", VISITS[0])
    asked = f"?opened={key(measured, 'source', VISITS[0])}"
    part, page = real.get(f"/dataset/{dataset}/lineage{asked}"), real.get(f"/dataset/{dataset}{asked}")
    assert part.text in page.text
    assert part.html.count("reference_star") > real.get(f"/dataset/{dataset}/lineage").html.count("reference_star")
    assert real.get("/dataset/999999/lineage").status == 404
    assert real.get(f"/dataset/{dataset}/lineage?opened=x").status == 400


def test_a_click_shows_more_in_place(real: Site, measured: Settings, browser: Browser) -> None:
    dataset = key(measured, "post_isr_image", VISITS[0])
    with browser.window() as (window, said):
        window.goto(f"{real.address}/dataset/{dataset}")
        boxes = window.locator("#lineage g.box")
        before = boxes.count()
        window.evaluate("window.stays = true")
        window.locator("#lineage a.more .end").first.click()
        boxes.nth(before).wait_for()
        assert window.evaluate("window.stays")
        assert f"/dataset/{dataset}?opened=" in window.url
        window.reload()
        assert boxes.count() > before
        assert said == []
