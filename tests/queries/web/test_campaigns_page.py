"""The pages of campaigns: what each turn cost and how it turned out, on a ledger with four turns."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pipeline.tasks import tasks
from schema.connect import connect
from schema.ledger.marks import Target, mark
from schema.settings import settings
from tests.support.browser import Browser
from tests.support.campaigns import MONDAY, PIPELINE, SPECIFIED, WEEK, make, turn
from tests.support.ledgers import register_toy_camera
from tests.support.lineage import key_of
from tests.support.site import Site, serving

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def toys(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the pages on a campaign of four turns: the second failed, the fourth lost a data ID."""
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
            mark(owner, Target(dataset_id=key_of(owner, "raw_image", 2)), "bad", "Light leak.")
            turn(owner, MONDAY + 3 * WEEK)
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
    assert "2026-02-02 12:00:00" in page.text
    assert "/campaigns/weekly" in page.read.addresses
    assert "/campaigns" in toys.get("/").read.addresses


def test_a_campaign_shows_every_turn_with_cost_and_verdict(toys: Site) -> None:
    page = toys.get("/campaigns/weekly")
    assert page.status == 200
    for said in ("campaign/weekly/0001", "campaign/weekly/0003", "failed", "2 units are dead or blocked"):
        assert said in page.text
    assert "/runs/campaign/weekly/0002" in page.read.addresses
    assert page.html.count('class="chart') == 5


def test_what_the_plan_left_out_is_on_the_page(toys: Site) -> None:
    page = toys.get("/campaigns/weekly")
    assert "is marked bad: what needs it waits until it is replaced or the mark revoked" in page.text
    assert "lost: 1 of the data IDs that turn 3 has results on" in page.text


def test_a_turn_leads_to_the_comparison_that_was_kept_of_it(toys: Site) -> None:
    leads = {found for found in toys.get("/campaigns/weekly").read.addresses if found.startswith("/campaigns/weekly/")}
    assert leads == {f"/campaigns/weekly/{number}" for number in (2, 3, 4)}
    page = toys.get("/campaigns/weekly/4")
    assert page.status == 200
    assert "Turn 4 of the campaign weekly beside turn 3, as it was kept at" in page.text
    assert "campaign/weekly/0003 and campaign/weekly/0004: 4 datasets are shared" in page.text
    document = json.loads(toys.get("/campaigns/weekly/4/comparison.json").body)
    assert "/campaigns/weekly/4/comparison.json" in page.read.addresses
    assert (document["a"]["name"], document["datasets"][0]["only_a"]) == ("campaign/weekly/0003", 1)


def test_the_number_of_data_behind_each_value_is_there(toys: Site) -> None:
    assert "toy_count.size turn 1: 18 (n = 4)" in toys.get("/campaigns/weekly").html
    first = toys.get("/data/campaign_specifications.csv?campaign=weekly").body.decode().splitlines()
    assert first[:2] == ["campaign,turn,metric,specification,n,n_kept,n_broken", "weekly,1,toy_count.size,short,4,4,0"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/campaigns/none", "the page Campaigns lists those there are"),
        ("/campaigns/weekly/1", "no comparison of turn 1 of the campaign weekly"),
        ("/campaigns/weekly/9/comparison.json", "no comparison of turn 9 of the campaign weekly"),
    ],
)
def test_there_is_no_such_campaign_or_comparison(toys: Site, address: str, said: str) -> None:
    page = toys.get(address)
    assert page.status == 404
    assert said in page.text


def test_the_browser_draws_it_and_complains_of_nothing(toys: Site, browser: Browser) -> None:
    with browser.window() as (window, said):
        window.set_viewport_size({"width": 1200, "height": 2600})
        window.goto(toys.address + "/campaigns/weekly")
        assert window.locator(".chart[data-drawn]").count() == 5
        window.set_viewport_size({"width": 380, "height": 800})
        window.goto(toys.address + "/campaigns/weekly")
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert said == []
