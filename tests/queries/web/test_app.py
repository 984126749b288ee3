"""The frame of the pages: every page is there, escaped, strict, read-only, and wrong ones are one sentence."""

import csv
import io
import re
from collections import Counter
from contextlib import ExitStack
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from queries.web.app import create_app
from queries.web.desk import TURNS, Desk
from schema.settings import Settings
from tests.support.hostile import HOSTILE, METRIC, RUN
from tests.support.site import Site, serving

PAGES = (
    "/", "/runs", "/runs/first", f"/runs/{quote(RUN)}", "/failures", "/units/7", "/quality",
    f"/quality/{quote(METRIC)}",
    "/quality/calibrate.metric1", "/console", "/console?sql=select+1+as+one",
)  # fmt: skip
ALIKE = 2  # links of one shape that are followed


@pytest.mark.database
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_title_a_lead_and_the_navigation(site: Site, path: str) -> None:
    page = site.get(path)
    assert page.status == 200
    tags = Counter(tag for tag, _ in page.read.tags)
    assert tags["h1"] == 1
    assert tags["main"] == 1
    leads = [attributes for tag, attributes in page.read.tags if tag == "p" and attributes.get("class") == "lead"]
    assert len(leads) == 1
    assert {"/runs", "/failures", "/quality", "/console"} <= set(page.read.addresses)


@pytest.mark.database
@pytest.mark.parametrize("path", PAGES)
def test_no_page_lets_text_become_html(site: Site, path: str) -> None:
    html = site.get(path).html
    assert HOSTILE not in html
    assert "alert(" not in re.sub(r"&lt;script&gt;alert|\\u003cscript\\u003ealert|%3Cscript%3Ealert", "", html)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    assert all("src=" in attributes or attributes == ' type="application/json"' for attributes, _ in scripts)
    assert not re.search(r"<[^>]+\s(on\w+|style)=", html)


@pytest.mark.database
def test_hostile_text_is_shown_as_it_is(site: Site) -> None:
    assert HOSTILE in "".join(site.get(f"/runs/{quote(RUN)}").read.text)
    assert HOSTILE in "".join(site.get(f"/quality/{quote(METRIC)}").read.text)


@pytest.mark.database
def test_no_link_leads_nowhere(site: Site) -> None:
    waiting, seen, shapes = ["/"], {"/"}, Counter[str]()
    broken: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        page = site.get(path)
        if page.status >= 400:
            broken[path] = page.status
        for address in page.read.addresses:
            assert not urlsplit(address).netloc, f"{path} leads outside: {address}"
            shape = re.sub(r"=[^&]*|\d+", "*", address)
            if address.startswith("/") and address not in seen and shapes[shape] < ALIKE:
                seen.add(address)
                shapes[shape] += 1
                waiting.append(address)
    assert broken == {}
    assert {"/quality", "/static/page.css", "/runs/first"} <= seen


@pytest.mark.database
def test_every_answer_carries_the_strict_headers(site: Site) -> None:
    for path in ("/", "/static/page.js", "/data/runs.csv", "/nothing", "/quality/nothing", "/healthz"):
        headers = site.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.database
@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/nothing", 404, "There is no page /nothing: the navigation above lists what there is"),
        ("/runs/nothing", 404, "There is no run nothing in this ledger: the page Runs lists those there are"),
        ("/units/999", 404, "There is no unit 999 in this ledger"),
        ("/quality/nothing", 404, "There is no metric nothing in this ledger"),
        ("/units/x", 400, "Unit cannot be 'x'"),
        ("/data/nothing.csv", 404, "There is no query 'nothing'"),
        ("/data/run_state.csv", 400, "Run_state needs the parameter 'run'"),
        ("/data/runs.csv?n=x", 400, "N cannot be 'x': give a whole number"),
        ("/data/runs.xml", 400, "Form cannot be 'xml'"),
        ("/runs/%00", 400, "The address holds the character NUL (%00): take it out"),
        ("/catalogs/source?band=%00", 400, "The address holds the character NUL (%00): take it out"),
        ("/dataset/99999999999999999999", 400, "Dataset cannot be '99999999999999999999': give a whole number"),
        ("/dataset/-1", 404, "There is no dataset -1 in this ledger"),
        ("/file/..%2F..%2Fsecret", 404, "There is no page /file/../../secret"),
        ("/static/..%2Fapp.py", 404, "There is no page /static/../app.py"),
    ],
)
def test_what_is_wrong_is_one_sentence(site: Site, path: str, status: int, sentence: str) -> None:
    page = site.get(path)
    assert page.status == status
    assert sentence in page.text


@pytest.mark.database
def test_a_page_asked_for_under_another_name_is_refused(site: Site) -> None:
    assert site.get("/runs", Host="evil.example").status == 400
    assert site.get("/runs", Host="localhost").status == 200


@pytest.mark.database
def test_a_page_can_be_asked_for_without_its_body_and_cannot_be_written(site: Site) -> None:
    for path in ("/", "/healthz", "/static/page.js"):
        with urlopen(Request(site.address + path, method="HEAD"), timeout=60) as answer:
            assert (answer.status, answer.read()) == (200, b"")
            assert int(answer.headers["content-length"]) > 0
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(site.address + "/runs", data=b"", method="POST"), timeout=60)
    with refused.value as answer:
        assert answer.code == 405
        assert "The pages can only be read: ask with GET" in answer.read().decode()


@pytest.mark.database
def test_pages_and_scripts_are_asked_for_again_each_time(site: Site) -> None:
    for path in ("/", "/runs", "/static/page.js"):
        assert site.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.database
def test_slow_statements_leave_room_for_everybody_else(served: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(served)
    monkeypatch.setattr("tests.support.site.create_app", lambda using: app)
    with serving(served) as site, ExitStack() as taken:
        for _ in range(TURNS):
            taken.enter_context(Desk(served, app.state.templates, (), "/", app.state.turns).turn())
        for path in ("/console?sql=select+1", "/console.csv?sql=select+1", "/data/runs.csv", "/catalogs/source"):
            page = site.get(path)
            assert page.status == 503, path
            assert "6 statements and downloads are being answered already: try again in a moment" in page.text
        assert site.get("/runs").status == 200
        taken.close()
        assert "Answer 1 row" in site.get("/console?sql=select+1").text


@pytest.mark.database
def test_a_fault_of_ours_is_one_sentence_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queries.web.pages.runs.counts", None)
    page = site.get("/runs")
    assert page.status == 500
    assert "This page has a fault (TypeError): the output of the server says where" in page.text
    assert "Traceback" not in page.html
    assert "content-security-policy" in page.headers


@pytest.mark.database
def test_a_download_has_the_rows_of_the_query(site: Site) -> None:
    table = site.get("/data/metric_points.csv?metric=calibrate.metric1")
    rows = list(csv.DictReader(io.StringIO(table.html)))
    assert len(rows) == 6
    assert table.headers["content-type"].startswith("text/csv")
    assert "metric_points.csv" in table.headers["content-disposition"]
    stored = pq.read_table(io.BytesIO(site.get("/data/metric_points.parquet?metric=calibrate.metric1").body))
    assert stored.num_rows == 6
    assert stored.column_names == list(rows[0])
    assert stored.schema.field("dataset_id").metadata[b"description"] == b"Dataset that is described."


@pytest.mark.database
def test_healthz_says_whether_the_ledger_answers(site: Site, served: Settings) -> None:
    assert site.get("/healthz").html == "ok"
    gone = served.model_copy(update={"database_url": SecretStr("host=127.0.0.1 port=1 password=secret")})
    with serving(gone) as broken:
        for path in ("/healthz", "/runs"):
            page = broken.get(path)
            assert page.status == 503
            assert "The database does not answer" in page.text
            assert "secret" not in page.html
