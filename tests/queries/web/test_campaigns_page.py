"""The pages of campaigns: what each turn cost and how it turned out, on a ledger with three turns."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pipeline.tasks import tasks
from schema.connect import connect
from schema.settings import settings
from tests.support.browser import Browser
from tests.support.campaigns import MONDAY, PIPELINE, SPECIFIED, WEEK, make, turn
from tests.support.ledgers import register_toy_camera
from tests.support.site import Site, serving

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def toys(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the pages on a campaign of three turns, of which the second broke a specification."""
    name, folder = f"{template}_campaigns", tmp_path_factory.mktemp("campaigns")
    with psycopg.connect(administrator, autocommit=True) as admin, pytest.MonkeyPatch.context() as patch:
        admin.execute(f"create database {name} template {template}".encode())
        patch.setenv("SKYLEDGER_DATABASE_URL", make_conninfo(administrator, dbname=name))
        patch.setenv("SKYLEDGER_HOME", str(folder / "home"))
        patch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
        settings.cache_clear()
        tasks.cache_clear()
        with connect("owner") as owner:
            register_toy_camera(owner, settings(), 4, folder / "in")
            (folder / "toys.yaml").write_text(PIPELINE)
            make(owner, folder)
            turn(owner, MONDAY)
            owner.execute(SPECIFIED, [18])
            make(owner, folder, "overrides: {tasks: {toy_count: {bad: 3}}}\n")
            turn(owner, MONDAY + WEEK)
            make(owner, folder, "exclude: select uid from dataset where detector = 3\n")
            turn(owner, MONDAY + 2 * WEEK)
            using = settings()
        with serving(using) as site:
            yield site
        admin.execute(f"drop database {name} with (force)".encode())
    settings.cache_clear()
    tasks.cache_clear()


def test_the_list_says_how_the_last_turn_turned_out_and_when_the_next_is_due(toys: Site) -> None:
    page = toys.get("/campaigns")
    assert page.status == 200
    assert "weekly Toys, every week." in page.text
    assert "2026-01-26 12:00:00" in page.text
    assert "/campaigns/weekly" in page.read.addresses
    assert "/campaigns" in toys.get("/").read.addresses


def test_a_campaign_shows_every_turn_with_cost_and_verdict(toys: Site) -> None:
    page = toys.get("/campaigns/weekly")
    assert page.status == 200
    for said in ("campaign/weekly/0001", "campaign/weekly/0003", "failed", "2 units are dead, blocked or cancelled"):
        assert said in page.text
    assert "/runs/campaign/weekly/0002" in page.read.addresses
    assert page.html.count('class="chart') == 5


def test_there_is_no_such_campaign(toys: Site) -> None:
    page = toys.get("/campaigns/none")
    assert page.status == 404
    assert "the page Campaigns lists those there are" in page.text


def test_the_browser_draws_it_and_complains_of_nothing(toys: Site, browser: Browser) -> None:
    with browser.window() as (window, said):
        window.set_viewport_size({"width": 1200, "height": 2600})
        window.goto(toys.address + "/campaigns/weekly")
        assert window.locator(".chart[data-drawn]").count() == 5
        window.set_viewport_size({"width": 380, "height": 800})
        window.goto(toys.address + "/campaigns/weekly")
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert said == []
