"""Verb of comparison: compare."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from schema.output import Format, show
from schema.settings import settings

if TYPE_CHECKING:
    from queries.comparison.compare import Comparison

Moment = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Moment (UTC) that is meant; now.")
]


def compare(
    a: Annotated[str, typer.Argument(help="Collection of any kind: what was before.")],
    b: Annotated[str, typer.Argument(help="Collection of any kind: what is set against it.")],
    types: Annotated[list[str] | None, typer.Option("--type", help="Dataset type; default: all.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Metric; default: all.")] = None,
    rows: Annotated[bool, typer.Option(help="Match the rows of the catalogs.")] = True,
    radius: Annotated[
        float, typer.Option(min=0.001, max=60.0, help="Within which two rows are the same [arcsec].")
    ] = 0.5,
    at_a: Moment = None,
    at_b: Moment = None,
    output: Format = Format.table,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds after which it is cancelled.")] = 3600.0,
) -> None:
    """Compare two reprocessings: datasets, metrics and rows, and why they differ. Exit code 0 whatever differs.

    CSV has one line for each cell: table, row, column, value.

    Example: skyledger compare first second

    Example: skyledger compare first second --type source --output json
    """
    from queries.comparison.compare import compare as compared
    from queries.comparison.report import sections, tidy
    from queries.readonly import Limits, reading

    with reading(settings(), Limits(seconds=time_limit)) as connection:
        found = compared(
            connection, a, b, at_a=_utc(at_a), at_b=_utc(at_b), types=types or (), metric=metric or (),
            with_rows=rows, radius=radius,
        )  # fmt: skip
    match output:
        case Format.json:
            typer.echo(json.dumps(found.document(), ensure_ascii=False, indent=1, allow_nan=False))
        case Format.csv:
            show(["table", "row", "column", "value"], tidy(list(sections(found))), output)
        case Format.table:
            write_tables(found)


def write_tables(found: "Comparison") -> None:
    """Write a comparison for people: what it says in short, then its tables."""
    from queries.comparison.report import sections, summary

    typer.echo(summary(found))
    for section in sections(found):
        typer.echo(f"\n{section.title}")
        show(section.columns, section.rows, Format.table)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def mount(app: typer.Typer) -> None:
    """Hang this verb on the command line."""
    app.command()(compare)
