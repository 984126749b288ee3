"""Verbs of searches for datasets: datasets, saved, freeze."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schema.connect import connect
from schema.output import Format, show
from schema.settings import settings

if TYPE_CHECKING:
    from queries.datasets.search import Search
    from queries.readonly import Answer

Where = Annotated[
    str | None, typer.Argument(help="Condition, e.g. \"instrument = 'DECam' and metric('seeing') < 1.2\".")
]
Types = Annotated[list[str] | None, typer.Option("--type", help="Dataset type; all by default.")]
Collections = Annotated[
    list[str] | None, typer.Option(help="Collection to look in, in this order; chains are followed.")
]
Without = Annotated[list[str] | None, typer.Option(help="Dataset (uid or key) or collection that is left out.")]
At = Annotated[str | None, typer.Option(help="Collections as they were at that time (UTC).")]
ValidAt = Annotated[
    str | None, typer.Option(help="Of calibrations only what holds then: a date (UTC) or an MJD (TAI).")
]
Every = Annotated[bool, typer.Option("--all/--find-first", help="Also what an earlier collection hides.")]
Bind = Annotated[list[str] | None, typer.Option(help="Value of :name in the condition: name=3, name=text, name='3'.")]
Order = Annotated[list[str] | None, typer.Option(help="Field to sort by; with - before it the other way.")]
Most = Annotated[int | None, typer.Option(min=1, help="Datasets that are given at most: 1,000; with --uids all.")]
Saved = Annotated[str | None, typer.Option(help="Ask this saved query instead.")]
Save = Annotated[str | None, typer.Option(help="Save the question under this name.")]
Uids = Annotated[bool, typer.Option("--uids", help="Only the uids, one a line.")]
Seconds = Annotated[float, typer.Option(min=0.1, help="Seconds after which it is cancelled.")]
Version = Annotated[str | None, typer.Option(help="Digest of an older version, or how it begins.")]

SHOWN = 1000  # datasets that are given unless somebody asks for more

SAVED = """
select saved_query, version, left(digest, 12) as digest, body ->> 'where' as condition,
       body - 'where' as asked_beside, author, created_at
from public.saved_query where %(name)s::text is null or saved_query = %(name)s order by 1, 2"""


def datasets(
    where: Where = None,
    types: Types = None,
    collection: Collections = None,
    without: Without = None,
    at: At = None,
    valid_at: ValidAt = None,
    every: Every = False,
    bind: Bind = None,
    order: Order = None,
    limit: Most = None,
    saved: Saved = None,
    save: Save = None,
    uids: Uids = False,
    time_limit: Seconds = 30.0,
    output: Format = Format.table,
) -> None:
    """Find datasets by data ID, time, sky, quality, marks, configuration, code and lineage: see docs/collections.md.

    Example: skyledger datasets "band = 'g' and overlaps circle(186.74, 25.46, 0.1)" --type visit_image

    Example: skyledger datasets "metric('seeing') < 1.2" --collection demo/raw --at 2026-11-17T12:00

    Example: skyledger datasets "exposure in (1..10:3, 17)" --without 63 --order -mjd --output json
    """
    from queries.datasets.ask import ask
    from queries.datasets.saved import MOST
    from queries.readonly import Limits

    given = (where, types, collection, without, bind, at, valid_at, every)
    search = _search(*given) if saved is None else _saved(saved, given)
    limits = Limits(time_limit, limit or (MOST if uids else SHOWN))
    answer = ask(search, settings(), limits, order or (), "uid" if uids else None)
    if save is not None:
        _save(save, search)
    _give(answer, output, uids=uids)


def _search(
    where: str | None,
    types: list[str] | None,
    collection: list[str] | None,
    without: list[str] | None,
    bind: list[str] | None,
    at: str | None,
    valid_at: str | None,
    every: bool,
) -> "Search":
    """Read the question that the options ask."""
    from queries.datasets.search import Search
    from schema.ledger.times import moment, tai_ns

    return Search(
        where=where,
        dataset_types=tuple(types or ()),
        collections=tuple(collection or ()),
        without=tuple(without or ()),
        bind=dict(map(_bound, bind or ())),
        at=moment(at) if at else None,
        valid_at=tai_ns(valid_at) if valid_at else None,
        every=every,
    )


def _saved(name: str, given: Iterable[object]) -> "Search":
    """Give the question that somebody saved, beside which nothing else is asked."""
    from queries.datasets.errors import BadSearch
    from queries.datasets.saved import find_saved

    if any(given):
        raise BadSearch(f"--saved {name} is a whole question: leave out the other conditions")
    with connect("owner") as owner:
        return find_saved(owner, name).search


def _save(name: str, search: "Search") -> None:
    """Keep a question, and say under which version."""
    from queries.datasets.saved import save

    with connect("owner") as owner:
        kept = save(owner, name, search)
    typer.echo(f"saved as {kept.name}, version {kept.digest.hex()[:12]}", err=True)


def _give(answer: "Answer", output: Format, *, uids: bool) -> None:
    """Write an answer; in a table, columns without any value are left out."""
    if uids:
        for row in answer.rows:
            typer.echo(row[0])
    else:
        names, rows = answer.names, answer.rows
        if output is Format.table and rows:
            shown = [i for i in range(len(names)) if any(row[i] is not None for row in rows)]
            names, rows = [names[i] for i in shown], [tuple(row[i] for i in shown) for row in rows]
        show(names, rows, output)
    if answer.note:
        typer.echo(f"only the first {len(answer.rows):,} datasets are given: raise --limit, or ask for less", err=True)


def _bound(text: str) -> tuple[str, Any]:
    """Read name=value; what looks like a number is one, unless it stands in quotes."""
    from queries.datasets.errors import BadSearch

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise BadSearch(f"{text!r} binds nothing: write name=value")
    if len(value) > 1 and value[0] == value[-1] == "'":
        return name, value[1:-1]
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        if math.isfinite(number):
            return name, number
    return name, value


def saved(
    name: Annotated[str | None, typer.Argument(help="Saved query; all by default.")] = None,
    output: Format = Format.table,
) -> None:
    """List the saved queries with their versions.

    Example: skyledger saved

    Example: skyledger saved good_images --output json
    """
    from queries.datasets.saved import find_saved

    with connect("owner") as owner:
        if name is not None:
            find_saved(owner, name)
        cursor = owner.execute(SAVED, {"name": name})
        show([column.name for column in cursor.description or ()], cursor.fetchall(), output)


def freeze(
    name: Annotated[str, typer.Argument(help="Saved query.")],
    collection: Annotated[str, typer.Argument(help="New collection that holds the answer.")],
    version: Version = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many datasets it would hold.")] = False,
) -> None:
    """Ask a saved query now, and keep the answer as a sealed collection that says which query it answers.

    Such a collection is the input of a plan like any other.

    Example: skyledger freeze good_images inputs/2026w47 --dry-run
    """
    from queries.datasets import saved as library

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        found = library.find_saved(owner, name, version)
        n = library.freeze(owner, found, collection, settings())
    typer.echo(f"{'would freeze' if dry_run else 'froze'} {n} datasets as {collection}")


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (datasets, saved, freeze):
        app.command()(verb)
