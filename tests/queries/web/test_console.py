"""The SQL console: answers, refusals, downloads, and who may ask."""

import io
import json
import re
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from queries.readonly import Limits
from tests.support.browser import Browser
from tests.support.site import Site

pytestmark = pytest.mark.database


def console(statement: str, **more: str) -> str:
    """Give the address of a statement."""
    return f"/console?sql={quote(statement)}" + "".join(f"&{name}={value}" for name, value in more.items())


def test_a_statement_gives_its_rows_with_units(site: Site) -> None:
    page = site.get(console("select visit, seeing, dataset_id from visit_detector order by 1, 3"))
    assert "Answer 6 rows" in page.text
    assert "seeing arcsec" in page.text
    assert sum(address.startswith("/dataset/") for address in page.read.addresses) == 6


def test_a_wrong_statement_is_pointed_at_and_kept(site: Site) -> None:
    page = site.get(console("select 1\nfrom nowhere"))
    assert page.status == 400
    assert 'The statement is refused: relation "nowhere" does not exist at line 2, column 6.' in page.text
    assert "from nowhere\n     ^" in page.html
    (kept,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page.html, re.DOTALL)
    assert kept == "select 1\nfrom nowhere"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("drop view source", "it is not a query"),
        ("select 1; select 2", "it is more than one"),
        ("select * from work.unit", "permission denied"),
        ("select pg_terminate_backend(1)", "the function pg_terminate_backend may do more than read"),
        ("select * from read_text", "does not exist"),
    ],
)
def test_only_reading_is_answered(site: Site, statement: str, sentence: str) -> None:
    page = site.get(console(statement))
    assert page.status == 400
    assert sentence in page.text


def test_values_are_escaped(site: Site) -> None:
    page = site.get(console("select '<img src=x onerror=alert(1)>' as \"<b>\", '</script>' as x", x="x", y="x"))
    assert page.status == 200
    assert "<img src=x" not in page.html
    assert "<b>&lt;" not in page.html
    assert not any(tag == "img" and attributes.get("src") == "x" for tag, attributes in page.read.tags)


def test_two_columns_are_plotted(site: Site) -> None:
    statement = "select visit, seeing, band, dataset_id from visit_detector where detector = 1 order by 1"
    page = site.get(console(statement, x="visit", y="seeing"))
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', page.html)
    option = json.loads(text)
    values = [item["value"] for item in option["series"][0]["data"]]
    assert values == [[1, pytest.approx(0.9)], [2, pytest.approx(1.0)], [3, pytest.approx(1.1)]]
    assert option["yAxis"]["name"] == "seeing [arcsec]"
    by_band = site.get(console(statement, x="band", y="seeing")).html
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', by_band)
    assert json.loads(text)["xAxis"]["type"] == "category"


def test_an_answer_is_downloaded(site: Site) -> None:
    statement = quote("select visit, seeing from visit_detector order by 1")
    assert site.get(f"/console.csv?sql={statement}").html.splitlines()[0] == "visit,seeing"
    table = pq.read_table(io.BytesIO(site.get(f"/console.parquet?sql={statement}").body))
    assert table.num_rows == 6
    assert table.schema.field("seeing").metadata[b"unit"] == b"arcsec"
    assert site.get("/console.csv?sql=selec").status == 400


def test_a_long_answer_is_listed_in_part_and_says_so(site: Site) -> None:
    page = site.get(console("select i from generate_series(1, 600) i"))
    assert "600 rows, of which the first 500 are listed" in page.text


def test_a_statement_from_another_site_is_shown_and_not_run(site: Site) -> None:
    address = console("select 4711 as number")
    page = site.get(address, Sec_Fetch_Site="cross-site")
    assert "Answer" not in page.text
    assert "came with a link from another site and has not run" in page.text
    assert "select 4711 as number" in page.html
    assert site.get("/console.csv?sql=select+1", Sec_Fetch_Site="cross-site").status == 403
    assert "Answer 1 row" in site.get(address, Sec_Fetch_Site="same-origin").text


def test_another_port_of_this_machine_is_another_site(site: Site) -> None:
    assert "has not run" in site.get(console("select 4711 as number"), Sec_Fetch_Site="same-site").text


def test_a_statement_that_takes_too_long_is_ended_and_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queries.web.pages.console.LIMITS", Limits(seconds=0.2))
    page = site.get(console("select count(*) from generate_series(1, 10000000000) i"))
    assert page.status == 504
    assert "0.2 s" in page.text


def test_a_huge_value_is_cut_in_the_list_and_whole_in_the_download(site: Site) -> None:
    statement = "select repeat('x', 100000) as long"
    assert len(site.get(console(statement)).html) < 300_000
    assert "x" * 1000 + "…" in site.get(console(statement)).html
    assert "x" * 100_000 in site.get(f"/console.csv?sql={quote(statement)}").html


def test_times_are_drawn_as_times(site: Site) -> None:
    statement = "select timestamptz '2020-01-01 12:00Z' + i * interval '1 h' as start, i from generate_series(1, 3) i"
    (text,) = re.findall(
        r'<script type="application/json">(.*?)</script>', site.get(console(statement, x="start", y="i")).html
    )
    option = json.loads(text)
    assert option["xAxis"]["type"] == "time"
    assert option["series"][0]["data"][0]["value"][0].startswith("2020-01-01T13:00:00")


def test_views_stand_with_their_columns(site: Site) -> None:
    page = site.get("/console")
    assert "visit_detector" in page.text
    assert "Dataset (Parquet file, or raw file for visits) that the row comes from" in page.text
    assert "/console?sql=select+%2A+from+source+limit+100" in page.read.addresses


def test_control_and_enter_run_the_statement(site: Site, browser: Browser) -> None:
    with browser.window() as (window, said):
        window.goto(site.address + "/console")
        window.fill("#sql", "select count(*) as n_stars from source")
        window.press("#sql", "Control+Enter")
        window.get_by_role("cell", name="120").wait_for()
        assert "sql=select+count" in window.url
        assert said == []
