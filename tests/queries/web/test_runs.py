"""The pages of runs: lists, progress, durations."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from pipeline.tasks import tasks
from queries.web.pages.runs import counts
from schema.settings import Settings, settings
from tests.support.browser import Browser
from tests.support.hostile import RUN
from tests.support.ledgers import register_toy_camera
from tests.support.queue import add_units
from tests.support.runs import plan_toys, work_off
from tests.support.site import Site, serving

pytestmark = pytest.mark.database


def bars(site: Site, path: str) -> list[dict[str, int]]:
    """Give the bars of a page: the width of each state."""
    drawn = re.findall(r"<svg class=\"bar\".*?</svg>", site.get(path).html, re.DOTALL)
    return [
        {state: int(n) for state, n in re.findall(r'<rect class="(\w+)" x="\d+" width="(\d+)"', bar)} for bar in drawn
    ]


def test_the_list_shows_each_run_with_its_units_by_state(site: Site) -> None:
    page = site.get("/runs")
    assert "first single_frame" in page.text
    assert "16 2 ended" in page.text
    assert {"done": 12, "dead": 2, "blocked": 2} in bars(site, "/runs")


def test_a_run_shows_progress_by_task_and_leads_to_its_failures(site: Site) -> None:
    page = site.get("/runs/first")
    assert "12 of 16 units are done" in page.text
    assert "2 units have failed for good, and 2 that need them cannot run" in page.text
    assert bars(site, "/runs/first")[1:] == [{"done": 6, "dead": 2}, {"done": 6, "blocked": 2}]
    assert "/failures?run=first" in page.read.addresses
    assert not any(name == "data-live" for _, attributes in page.read.tags for name in attributes)


def test_durations_are_binned_by_task_without_gaps(site: Site) -> None:
    options = re.findall(r'<script type="application/json">(.*?)</script>', site.get("/runs/first").html)
    option = json.loads(options[0])
    # Unit n takes n seconds: 1 to 8 of standardize, 9 to 14 of calibrate; four bins to a factor of ten from 1 s.
    assert option["xAxis"]["data"] == ["1 s", "1.8 s", "3.2 s", "5.6 s", "10 s"]
    assert {series["name"]: series["data"] for series in option["series"]} == {
        "standardize": [1, 2, 2, 3, 0],
        "calibrate": [0, 0, 0, 1, 5],
    }


def test_a_run_that_goes_on_is_followed(site: Site) -> None:
    page = site.get(f"/runs/{quote(RUN)}")
    assert "This run is going on" in page.text
    (live,) = [attributes["data-live"] for _, attributes in page.read.tags if "data-live" in attributes]
    part = site.get(str(live))
    assert "0 of 2 units are done; at the pace of the last minutes the rest takes unknown" in part.text
    assert "data-ended" not in part.html


def test_a_paused_run_says_so_and_how_it_is_taken_up(owner: Connection[Any], ledger: Settings) -> None:
    add_units(owner, 3, run="held", weight=2.5)
    owner.execute("select work.pause(run_id) from run")
    with serving(ledger) as site:
        assert "3 0 paused" in site.get("/runs").text
        page = site.get("/runs/held")
        assert "This run is paused" in page.text
        assert "An operator has paused it" in page.text
        assert "skyledger resume held" in page.text
        assert "Weight against other runs 2.5" in page.text
        assert "the rest takes" not in page.text
        assert any("data-live" in attributes for _, attributes in page.read.tags)
        owner.execute("select work.unpause(run_id) from run")
        page = site.get("/runs/held")
    assert "This run is going on" in page.text
    assert "skyledger resume" not in page.text


def test_a_run_of_files_says_that_nothing_was_computed(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_toy_camera(owner, ledger, 2, tmp_path / "raw")
    with serving(ledger) as site:
        assert "Nothing was computed for it" in site.get("/runs/Toy/raw").text


def test_pages_of_an_empty_ledger_say_which_command_fills_them(ledger: Settings) -> None:
    with serving(ledger) as site:
        assert "skyledger demo" in site.get("/").text
        assert "skyledger run single_frame" in site.get("/runs").text
        assert "skyledger run single_frame" in site.get("/quality").text
        assert "Nothing has failed for good" in site.get("/failures").text


def test_the_page_follows_workers_without_being_loaded_again(
    owner: Connection[Any], ledger: Settings, tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()
    register_toy_camera(owner, ledger, 3, tmp_path / "raw")
    run = submit(owner, plan_toys(owner), "toys")
    with serving(ledger) as site, browser.window() as (window, said):
        window.goto(f"{site.address}/runs/toys")
        window.get_by_text("This run is going on").wait_for()
        window.evaluate("document.kept = true")
        work_off(run, workers=1)
        window.get_by_text("This run has ended").wait_for()
        assert window.get_by_text("6 of 6 units are done").count() == 1
        assert window.evaluate("document.kept")
        assert said == []
    tasks.cache_clear()


def test_counts_are_in_the_order_of_the_bar() -> None:
    row = {
        f"n_{state}": n
        for n, state in enumerate(("waiting", "running", "done", "reused", "dead", "blocked", "cancelled"))
    }
    assert counts(row) == [
        ("done", 2), ("reused", 3), ("running", 1), ("dead", 4), ("blocked", 5), ("cancelled", 6), ("waiting", 0)
    ]  # fmt: skip
