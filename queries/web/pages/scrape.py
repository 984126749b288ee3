"""Figures for Prometheus: what the page Operations shows, as a monitor scrapes it."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from queries.web.desk import Desk, Here

router = APIRouter()


class Gauge(NamedTuple):
    """A figure: its name, what it says, and the columns of a named query that hold its labels and its value.

    A label that takes a new value with each run, process or partition would make a new series with each, for ever: over
    those the figure is the sum or the largest.
    """

    name: str
    help: str
    query: str
    labels: tuple[str, ...]
    value: str
    over: Callable[[Iterable[float]], float] = sum


GAUGES = (
    Gauge("queue_ready_units", "Units that may be claimed now.", "queue_depth", ("class",), "n_ready"),
    Gauge("queue_backing_off_units", "Units that failed and wait.", "queue_depth", ("class",), "n_backing_off"),
    Gauge("queue_paused_units", "Ready units of paused runs.", "queue_depth", ("class",), "n_paused"),
    Gauge("queue_leased_units", "Units that a worker holds.", "queue_depth", ("class",), "n_leased"),
    Gauge("queue_oldest_ready_seconds", "Wait of the oldest.", "queue_depth", ("class",), "oldest_ready_s", max),
    Gauge("queue_oldest_lease_seconds", "Age of the oldest lease.", "queue_depth", ("class",), "oldest_lease_s", max),
    Gauge("workers", "Workers that have not ended.", "workers", ("host",), "n_workers"),
    Gauge("workers_busy", "Workers that hold a unit.", "workers", ("host",), "n_busy"),
    Gauge("workers_silent_seconds", "Silence of the most silent worker.", "workers", ("host",), "silent_s", max),
    Gauge("attempts_last_hour", "Attempts that ended in the last hour.", "attempts", ("task", "outcome"), "n"),
    Gauge("attempt_duration_median_seconds", "Median of the last day.", "latency", ("task",), "wall_s_median"),
    Gauge("attempt_duration_p95_seconds", "95th percentile of the last day.", "latency", ("task",), "wall_s_p95"),
    Gauge("failures_last_day", "Attempts that failed.", "failure_classes", ("error_class", "task"), "n"),
    Gauge("dead_units_last_day", "Units that are dead now.", "failure_classes", ("error_class", "task"), "n_dead"),
    Gauge("table_dead_rows", "Dead rows that no vacuum took away.", "table_totals", ("table_name",), "n_dead"),
    Gauge("table_size_bytes", "Size of a table without its indexes.", "table_totals", ("table_name",), "table_bytes"),
    Gauge("table_indexes_size_bytes", "Size of its indexes.", "table_totals", ("table_name",), "index_bytes"),
    Gauge("oldest_snapshot_age_seconds", "Age of the oldest of them.", "snapshots", (), "age_s", max),
    Gauge("oldest_snapshot_transactions", "Transactions since it began.", "snapshots", (), "held_xids", max),
)


class _Figures(Collector):
    """Asks each query once a scrape."""

    def __init__(self, desk: Desk) -> None:
        self.asked = {name: desk.ask(name).rows for name in dict.fromkeys(gauge.query for gauge in GAUGES)}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give every figure; what is unknown has none, and what has no labels is never missing."""
        for gauge in GAUGES:
            family = GaugeMetricFamily(f"skyledger_{gauge.name}", gauge.help, labels=gauge.labels)
            found: dict[tuple[str, ...], list[float]] = {} if gauge.labels else {(): [0.0]}
            for row in self.asked[gauge.query]:
                if row[gauge.value] is not None:
                    labels = tuple(str(row[label]) for label in gauge.labels)
                    found.setdefault(labels, []).append(float(row[gauge.value]))
            for labels, values in found.items():
                family.add_metric(labels, gauge.over(values))
            yield family


@router.get("/metrics")
def metrics(request: Request, desk: Here) -> Response:
    """Give the figures in the format that the monitor asks for."""
    registry = CollectorRegistry()
    registry.register(_Figures(desk))
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), media_type=kind)
