"""A comparison as tables: the summary first, then types, causes, metrics and rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from queries.comparison.compare import Comparison
from queries.comparison.tally import CatalogRows

KINDS = ("shared", "identical", "changed", "only_a", "only_b")
EQUAL = "The content is the same at every place."


@dataclass(frozen=True)
class Section:
    """A table with the words above it."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def summary(found: Comparison) -> str:
    """Say in some sentences what differs, and why."""
    shared, identical, changed, only_a, only_b = (f"{found.total(kind):,}" for kind in KINDS)
    a, b = found.a.name, found.b.name
    said = [
        f"{a} and {b}: {shared} datasets are shared, {identical} were made again with equal content, "
        f"{changed} changed, {only_a} are only in {a}, {only_b} only in {b}."
    ]
    said += [EQUAL] if found.same else []
    if unstable := found.total("unstable"):
        said.append(f"{unstable:,} of the shared came out otherwise when they were made again: chance plays a part.")
    said += [f"{cause.sentence}." for cause in found.causes]
    bad, good = (sum(getattr(one, name) for one in found.specifications) for name in ("n_newly_bad", "n_newly_good"))
    if bad or good:
        said.append(f"{bad:,} values are newly bad against their specifications, {good:,} newly good.")
    return "\n".join([*said, *map(_rows_said, found.rows or [])])


def _rows_said(rows: CatalogRows) -> str:
    """Say what became of the rows of a catalog."""
    missing = f"; {rows.n_not_loaded:,} changed datasets are not loaded on both sides" if rows.n_not_loaded else ""
    return (
        f"{rows.catalog}: of {rows.n_a:,} and {rows.n_b:,} rows {rows.n_matched:,} match, {rows.n_lost:,} are lost, "
        f"{rows.n_gained:,} gained, {rows.n_moved:,} moved{missing}."
    )


def sections(found: Comparison) -> Iterator[Section]:
    """Give the tables that hold anything."""
    every = (_datasets(found), _causes(found), _examples(found), _metrics(found), _worst(found))
    for section in (*every, _specifications(found), *_rows(found)):
        if section.rows:
            yield section


def _datasets(found: Comparison) -> Section:
    columns = ("dataset_type", *KINDS, "unstable")
    rows = [tuple(getattr(counts, name) for name in columns) for counts in found.datasets]
    return Section("datasets", "Datasets by type", columns, rows)


def _causes(found: Comparison) -> Section:
    columns = ("n_changed", "n_alone", "kind", "task", "what", "before", "after")
    rows = [
        (cause.n, cause.n_alone, reason.kind, reason.task, reason.what, reason.before, reason.after)
        for cause in found.causes
        for reason in [cause.reason]
    ]
    return Section("causes", "Why they changed", columns, rows)


def _examples(found: Comparison) -> Section:
    rows = [
        (cause.reason.kind, cause.reason.what, str(found.names[b]), found.names[a].file, found.names[b].file, a, b)
        for cause in found.causes
        for a, b in cause.examples
    ]
    columns = ("kind", "what", "data_id", "content_a", "content_b", "dataset_a", "dataset_b")
    return Section("places", "Where the lineages part, for example", columns, rows)


def _metrics(found: Comparison) -> Section:
    columns = (
        "metric", "unit", "n", "n_equal", "mean", "sd", "low", "median", "high", "n_newly_unknown", "n_newly_known",
    )  # fmt: skip
    rows = [tuple(getattr(movement, name) for name in columns) for movement in found.metrics]
    return Section("metrics", "Metrics: differences b - a, low and high are 5 and 95 %", columns, rows)


def _worst(found: Comparison) -> Section:
    rows = [
        (movement.metric, str(found.names[b]), before, after, after - before, a, b)
        for movement in found.metrics
        for a, b, before, after in movement.worst
    ]
    columns = ("metric", "data_id", "a", "b", "difference", "dataset_a", "dataset_b")
    return Section("worst", "Datasets whose metrics differ most", columns, rows)


def _specifications(found: Comparison) -> Section:
    columns = ("metric", "specification", "must_be", "n", "n_bad_a", "n_bad_b", "n_newly_bad", "n_newly_good")
    rows = [
        (*(getattr(one, name) for name in columns), ", ".join(map(str, one.newly_bad))) for one in found.specifications
    ]
    return Section("specifications", "Specifications", (*columns, "newly_bad_datasets"), rows)


def _rows(found: Comparison) -> Iterator[Section]:
    """Give the tables of each catalog."""
    for rows in found.rows or []:
        yield _catalog(rows)
        yield _bins(rows)
        columns = ("data_id", "n_lost", "n_gained", "dataset_a", "dataset_b")
        worst = [(str(found.names[b]), lost, gained, a, b) for a, b, lost, gained in rows.worst]
        yield Section(f"{rows.catalog}_worst", f"{rows.catalog}: datasets that lost and gained most", columns, worst)


def _catalog(rows: CatalogRows) -> Section:
    columns = (
        "n_pairs", "n_not_loaded", "n_a", "n_b", "n_matched", "n_lost", "n_gained", "n_moved", "separation",
        "separation_high",
    )  # fmt: skip
    title = f"{rows.catalog}: rows of the datasets that changed; separations are median and 95 % [arcsec]"
    return Section(f"{rows.catalog}_rows", title, columns, [tuple(getattr(rows, name) for name in columns)])


def _bins(rows: CatalogRows) -> Section:
    columns = ("magnitude", "n_matched", "n_lost", "n_gained", "residual", "sigma", "low", "high")
    cells: list[tuple[Any, ...]] = [tuple(_known(getattr(found, name)) for name in columns) for found in rows.bins]
    title = f"{rows.catalog}: flux residuals b - a [mag] by magnitude; low and high are 5 and 95 %"
    return Section(f"{rows.catalog}_magnitudes", title, columns, cells)


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def tidy(sections: Sequence[Section]) -> Iterator[tuple[str, int, str, Any]]:
    """Give every cell of some tables as a row of its own: table, number of the row from 1, column, value."""
    for section in sections:
        for number, row in enumerate(section.rows, 1):
            for column, value in zip(section.columns, row, strict=True):
                yield section.name, number, column, value
