"""What operators watch: queues, workers, failures and the state of the database, on a page and for a monitor."""

import re

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
    queue = labels(**{"class": "normal"})
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
        assert figures(site)["oldest_snapshot_age_seconds", labels()] > 0
        assert figures(site)["oldest_snapshot_transactions", labels()] > 0
        pid = str(other.info.backend_pid)
        assert pid in site.get("/operations").text
    with serving(ledger) as site:
        assert pid not in site.get("/operations").text


def test_more_runs_and_more_loads_make_no_more_series(ledger: Settings, owner: Connection[object]) -> None:
    add_units(owner, 1, run="first")
    add_units(owner, 2, run="second")
    owner.execute("create table catalog_part.source_l1_t5 (n int)")
    with serving(ledger) as site:
        before = figures(site)
        add_units(owner, 3, run="third")
        owner.execute("create table catalog_part.source_l2_t7 (n int)")
        owner.execute("insert into catalog_part.source_l2_t7 select generate_series(1, 1000)")
        after = figures(site)
    assert set(before) == set(after)
    queue, sources = labels(**{"class": "normal"}), labels(table_name="catalog.source")
    assert (before["queue_ready_units", queue], after["queue_ready_units", queue]) == (3, 6)
    assert after["table_size_bytes", sources] >= before["table_size_bytes", sources] + 1000 * 28


def test_names_follow_the_practice_of_prometheus(site: Site) -> None:
    families = list(text_string_to_metric_families(site.get("/metrics").html))
    assert len({family.name for family in families}) == len(families) > 10
    for family in families:
        assert re.fullmatch(r"skyledger_[a-z0-9]+(_[a-z0-9]+)*", family.name), family.name
        # _total, _sum and so on say of what type a figure is, and these are gauges; units come last and are SI's.
        assert not re.search(r"_(total|sum|count|bucket|created|info)$", family.name), family.name
        assert not re.search(r"_(ms|minutes|hours|kb|mb|mib)(_|$)|_(seconds|bytes)_", family.name), family.name
        assert (family.type, family.documentation[-1:]) == ("gauge", ".")
        for sample in family.samples:
            assert set(sample.labels) <= {"class", "host", "task", "outcome", "error_class", "table_name"}, sample


def test_a_monitor_gets_the_format_it_asks_for(site: Site) -> None:
    assert site.get("/metrics").headers["content-type"].startswith("text/plain")
    asked = site.get("/metrics", Accept="application/openmetrics-text;version=1.0.0")
    assert asked.headers["content-type"].startswith("application/openmetrics-text")
    assert asked.html.endswith("# EOF\n")


def test_an_idle_ledger_says_so(site: Site) -> None:
    page = site.get("/operations").text
    assert "The queues are empty" in page
    assert "registry.dataset" in page
