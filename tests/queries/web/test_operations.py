"""What operators watch: queues, workers, failures and the state of the database, on a page and for a monitor."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import Connection

from schema.connect import connect
from schema.settings import Settings
from tests.support.queue import add_units, claim, enlist, fail, settle
from tests.support.site import Site, serving

pytestmark = pytest.mark.database
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(site: Site) -> Figures:
    """Scrape the figures as a monitor does: name and labels to value."""
    return {
        (sample.name.removeprefix("skyledger_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(site.get("/metrics").html)
        for sample in family.samples
    }


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


def test_what_the_queue_holds_is_counted(ledger: Settings, owner: Connection[object]) -> None:
    worker = enlist(owner)
    add_units(owner, 10)
    leases = claim(owner, worker, 4)
    first, second, third, _ = leases
    settle(owner, {first: leases[first]})
    fail(owner, second, leases[second], retry=True)
    fail(owner, third, leases[third])
    with serving(ledger) as site:
        found = figures(site)
        page = site.get("/operations").text
    queue = labels(**{"class": "normal", "run": "toys"})
    assert found["queue_ready_units", queue] == 6
    assert found["queue_backing_off_units", queue] == 1
    assert found["queue_leased_units", queue] == 1
    assert found["queue_paused_units", queue] == 0
    assert found["queue_oldest_ready_seconds", queue] >= 0
    assert (found["workers", labels(host="here")], found["workers_busy", labels(host="here")]) == (1, 1)
    assert found["attempts_last_hour", labels(task="toy", outcome="ok")] == 1
    assert found["attempts_last_hour", labels(task="toy", outcome="error")] == 2
    assert found["failures_last_day", labels(task="toy", error_class="Toy")] == 2
    assert found["dead_units_last_day", labels(task="toy", error_class="Toy")] == 1
    assert "toys 6 1 0 1" in page
    assert "it broke" in page


def test_a_session_that_holds_dead_rows_is_seen_by_a_reader(ledger: Settings, owner: Connection[object]) -> None:
    with serving(ledger) as site, connect("worker", ledger) as other, other.transaction():
        other.execute("set transaction isolation level repeatable read")
        other.execute("select count(*) from work.ready")
        add_units(owner, 1)
        found = {key: value for key, value in figures(site).items() if key[0] == "snapshot_age_seconds"}
        pid = str(other.info.backend_pid)
        assert [key for key in found if ("pid", pid) in key[1]]
        assert pid in site.get("/operations").text
    with serving(ledger) as site:
        assert not [key for key in figures(site) if ("pid", pid) in key[1]]


def test_a_monitor_gets_the_format_it_asks_for(site: Site) -> None:
    assert site.get("/metrics").headers["content-type"].startswith("text/plain")
    asked = site.get("/metrics", Accept="application/openmetrics-text;version=1.0.0")
    assert asked.headers["content-type"].startswith("application/openmetrics-text")
    assert asked.html.endswith("# EOF\n")


def test_an_idle_ledger_says_so(site: Site) -> None:
    page = site.get("/operations").text
    assert "The queues are empty" in page
    assert "registry.dataset" in page
