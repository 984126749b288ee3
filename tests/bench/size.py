"""Sizes: how much each bench does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of things; the ratios of a tiny size mean nothing, they only show that the benches run."""

    warm_ups: int  # rounds that are dropped
    rounds: int
    sessions: int  # per round, where an answer takes milliseconds only
    history: int  # finished units
    batches: int  # claims or commits per round and process
    rows: int  # of a catalog load
    sky: int  # rows that cones are looked for in
    partitions: int  # of these
    edges: int
    datasets: int  # that one is looked for in
    quanta: int
    visits: int  # of a survey with HSC


SIZES = {
    "tiny": Size(
        warm_ups=0,
        rounds=1,
        sessions=1,
        history=100,
        batches=2,
        rows=1600,
        sky=1600,
        partitions=16,
        edges=400,
        datasets=40,
        quanta=8,
        visits=1,
    ),
    "small": Size(
        warm_ups=1,
        rounds=3,
        sessions=5,
        history=100_000,
        batches=100,
        rows=100_000,
        sky=100_000,
        partitions=16,
        edges=100_000,
        datasets=10_000,
        quanta=1000,
        visits=8,
    ),
    "full": Size(
        warm_ups=1,
        rounds=5,
        sessions=10,
        history=1_000_000,
        batches=250,
        rows=1_000_000,
        sky=10_000_000,
        partitions=64,
        edges=10_000_000,
        datasets=1_000_000,
        quanta=100_000,
        visits=168,
    ),
}
