"""Verbs of lineage that only read: trace, whatif, prov."""

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from schema.connect import connect
from schema.output import Format, json_value, show

if TYPE_CHECKING:
    from queries.lineage.whatif import WhatIf

Words = Annotated[
    list[str],
    typer.Argument(
        help="A dataset: its key, its uid or the beginning of that, or its type and data ID, "
        "e.g. visit_image instrument=DECam exposure=725257 detector=1.",
        metavar="DATASET...",
    ),
]
Collection = Annotated[str | None, typer.Option(help="Collection in which a type and data ID are looked for.")]
Within = Annotated[str | None, typer.Option(help="Only what this collection holds now.")]
Depth = Annotated[int | None, typer.Option(min=1, help="Steps at most; all by default.")]


class Way(StrEnum):
    """How a trace is written: rows, or the document of the W3C."""

    table = "table"
    json = "json"
    csv = "csv"
    prov = "prov"


def trace(
    dataset: Words,
    forward: Annotated[
        bool, typer.Option("--forward/--back", help="What was made of it, or what it was made from.")
    ] = False,
    depth: Depth = None,
    only: Annotated[str | None, typer.Option("--type", help="Only datasets of this type.")] = None,
    collection: Collection = None,
    summary: Annotated[bool, typer.Option("--summary", help="Count by dataset type and task.")] = False,
    output: Way = Way.table,
) -> None:
    """Say what datasets were made from, or what was made of them, step by step, with marks and taint.

    Example: skyledger trace visit_image instrument=DECam exposure=725257 detector=1 --back

    Example: skyledger trace 17 --forward --type source --output csv
    """
    from queries.lineage.naming import find_datasets
    from queries.lineage.prov import provenance
    from queries.lineage.trace import COLUMNS, SUMMARY, summarise
    from queries.lineage.trace import trace as walk

    with connect("reader") as reader:
        found = find_datasets(reader, dataset, collection)
        if output is Way.prov:
            if only or summary:
                raise typer.BadParameter("a PROV document holds every dataset: leave --type and --summary out")
            if forward:
                raise typer.BadParameter("a PROV document tells where datasets come from: leave --forward out")
            _write_json(provenance(reader, found, depth))
            return
        ask = summarise if summary else walk
        rows = ask(reader, found, "forward" if forward else "back", depth, only)
    show(SUMMARY if summary else COLUMNS, rows, Format(output.value))


def prov(
    dataset: Words,
    depth: Depth = None,
    collection: Collection = None,
) -> None:
    """Write where datasets come from as W3C PROV-JSON: the same as `trace --output prov`.

    Example: skyledger prov visit_image instrument=DECam exposure=725257 detector=1
    """
    trace(dataset, False, depth, None, collection, False, Way.prov)


def whatif(
    datasets: Words,
    collection: Within = None,
    output: Annotated[Format, typer.Option(help="JSON holds everything; CSV the work alone.")] = Format.table,
) -> None:
    """Say what hangs on datasets: the work to do it again, the collections that hold it, the metrics it went into.

    Example: skyledger whatif 17 --collection single_frame/20260101T000000Z
    """
    from queries.lineage.naming import find_datasets, refuse_unknown
    from queries.lineage.whatif import WORK, what_if

    with connect("reader") as reader:
        if collection is not None:
            refuse_unknown(reader, collection)
        found = what_if(reader, find_datasets(reader, datasets), collection)
    match output:
        case Format.json:
            _write_json(found.document())
        case Format.csv:
            show(WORK, found.work, output)
        case Format.table:
            tell(found)


def tell(found: "WhatIf") -> None:
    """Write what hangs on some datasets for people."""
    from queries.lineage.whatif import COLLECTIONS, METRICS, WORK

    show(WORK, found.work, Format.table)
    cost = "unknown" if found.cpu_h is None else f"{found.cpu_h:.3f} CPU h"
    so_far = "" if found.made == found.quanta else f" (the newest of {found.made} that were made so far)"
    typer.echo(f"{found.quanta} quanta, {found.datasets} datasets, {cost}, {found.n_bytes / 1e6:.1f} MB{so_far}")
    typer.echo()
    show(COLLECTIONS, found.collections, Format.table)
    if found.sealed:
        typer.secho(f"sealed, so these stay as they are: {', '.join(found.sealed)}", bold=True)
    if found.metrics:
        typer.echo()
        show(METRICS, found.metrics, Format.table)


def _write_json(document: object) -> None:
    json.dump(json_value(document), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (trace, whatif, prov):
        app.command()(verb)
