"""Verbs of collections: collections, tag, untag, chain, seal, certify, decertify."""

import sys
from typing import Annotated, Any

import typer
from psycopg import Connection

from schema.connect import connect
from schema.output import Format, show

Name = Annotated[str, typer.Argument(help="Collection.")]
Datasets = Annotated[list[str], typer.Argument(help="Datasets by uid or key; - reads them from standard input.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
Replace = Annotated[bool, typer.Option("--replace", help="What is there for the same data ID makes room.")]
Begin = Annotated[
    str | None,
    typer.Option(help="From when on: a date (UTC), an MJD (TAI), or INSTRUMENT/EXPOSURE; from ever by default."),
]
End = Annotated[str | None, typer.Option(help="Until when, not included; of an exposure its end. For ever by default.")]

LIST = """
select c.collection, c.kind, n.n_datasets, c.sealed_at, c.saved_query, c.doc
from public.collection c
cross join lateral (
  select count(*) as n_datasets from registry.flatten(array[c.collection_id]) f
  join public.tenure t on t.collection_id = f.collection_id and t.until = 'infinity') n
order by c.collection"""
CONTENTS = """
select f.place, c.collection as searched, y.name as dataset_type, count(distinct t.dataset_id) as n_datasets,
       min(t.since) as first_entered, max(t.since) as last_entered
from registry.flatten(%(keys)s, %(at)s::timestamptz) f
join public.collection c on c.collection_id = f.collection_id
left join public.tenure t on t.collection_id = f.collection_id and t.since <= %(at)s::timestamptz
  and case when %(at)s::timestamptz = 'infinity' then t.until = 'infinity' else %(at)s::timestamptz < t.until end
left join registry.dataset_type y on y.dataset_type_id = t.dataset_type_id
group by 1, 2, 3 order by 1, 3"""


def collections(
    name: Annotated[str | None, typer.Argument(help="Collection to look into; lists all when none is given.")] = None,
    at: Annotated[str | None, typer.Option(help="As it was at that time (UTC), e.g. 2026-11-17T12:00.")] = None,
    output: Format = Format.table,
) -> None:
    """List the collections, or say what is in one: now, or at a time that is over. Chains are followed.

    Example: skyledger collections

    Example: skyledger collections demo/raw --at 2026-11-17T12:00 --output json
    """
    from schema.ledger.collections import find
    from schema.ledger.times import moment

    with connect("owner") as owner:
        if name is None:
            cursor = owner.execute(LIST)
        else:
            when = moment(at) if at else "infinity"
            cursor = owner.execute(CONTENTS, {"keys": find(owner, [name]), "at": when})
        columns = [column.name for column in cursor.description or ()]
        show(columns, cursor.fetchall(), output)


def tag(collection: Name, datasets: Datasets, replace: Replace = False, dry_run: DryRun = False) -> None:
    """Put datasets into a tagged collection, which is made if it is new.

    A collection holds one dataset of a type and data ID at a time. What leaves stays findable by time.

    Example: skyledger tag good/night1 17 18 --replace --dry-run

    Example: skyledger datasets "mark is null" --type visit_image --uids | skyledger tag good/night1 -
    """
    from schema.ledger import curation

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        n = curation.tag(owner, collection, _resolved(owner, datasets), replace=replace)
    typer.echo(f"{'would tag' if dry_run else 'tagged'} {n} datasets into {collection}")


def untag(collection: Name, datasets: Datasets, dry_run: DryRun = False) -> None:
    """Take datasets out of a tagged collection. That they were in it stays known.

    Example: skyledger untag good/night1 17 --dry-run
    """
    from schema.ledger import curation

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        given = _resolved(owner, datasets)
        left = curation.untag(owner, collection, given)
    typer.echo(f"{'would take' if dry_run else 'took'} {len(left)} datasets out of {collection}")
    if others := sorted(set(given) - set(left)):
        typer.echo(f"not in it: dataset {', '.join(map(str, others))}", err=True)


def chain(
    name: Name,
    children: Annotated[list[str], typer.Argument(help="Collections, in the order in which they are searched.")],
    dry_run: DryRun = False,
) -> None:
    """Say which collections a chained one is searched in; it is made if it is new, else its order is replaced.

    Of several datasets of a type and data ID the first one counts. Chains may hold chains, but never themselves.

    Example: skyledger chain demo/best good/night1 demo/raw
    """
    from schema.ledger import curation
    from schema.ledger.collections import flatten

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        new = curation.chain(owner, name, children)
        keys = flatten(owner, [name])
        rows = owner.execute(
            "select collection_id, collection from public.collection where collection_id = any(%s)", [keys]
        )
        order = dict(rows.fetchall())
    said = ("would be" if dry_run else "is now") if new else "is as before"
    typer.echo(f"{name} {said} searched in this order: {', '.join(order[key] for key in keys)}")


def seal(collection: Name, dry_run: DryRun = False) -> None:
    """Seal a collection for ever: nothing enters, changes or leaves, whoever asks. A release is a sealed collection.

    A run must have ended before, and all that a chain is searched in must be sealed before the chain.

    Example: skyledger seal good/night1 --dry-run
    """
    from schema.ledger import curation

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        curation.seal(owner, collection)
    typer.echo(f"{collection} {'could be sealed' if dry_run else 'is sealed'}: it stays what it is now")


def certify(
    collection: Name,
    datasets: Datasets,
    begin: Begin = None,
    end: End = None,
    replace: Replace = False,
    dry_run: DryRun = False,
) -> None:
    """Let calibrations hold for some time, in a calibration collection, which is made if it is new.

    Two calibrations of a type and data ID never hold at once. With --replace the one that holds is cut: before and
    after it goes on. What held once stays known.

    Example: skyledger certify demo/calib 17 --begin 2015-04-11 --end 57200.5 --dry-run

    Example: skyledger certify demo/calib 18 --begin DECam/431608 --replace
    """
    from schema.ledger import certification

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        valid = _validity(owner, begin, end)
        n, cut = certification.certify(owner, collection, _resolved(owner, datasets), valid, replace=replace)
    said = "would certify" if dry_run else "certified"
    typer.echo(f"{said} {n} calibrations in {collection} {valid}; {cut} ranges made room")


def decertify(
    collection: Name, datasets: Datasets, begin: Begin = None, end: End = None, dry_run: DryRun = False
) -> None:
    """Take back that calibrations hold during some time; before and after they go on. That they held stays known.

    Example: skyledger decertify demo/calib 17 --begin 2015-05-01 --dry-run
    """
    from schema.ledger import certification

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        valid = _validity(owner, begin, end)
        n = certification.decertify(owner, collection, _resolved(owner, datasets), valid)
    typer.echo(f"{'would take' if dry_run else 'took'} back {n} ranges in {collection} {valid}")


def _resolved(owner: Connection[Any], datasets: list[str]) -> list[int]:
    """Give the keys of datasets; `-` stands for those of standard input."""
    from schema.ledger.curation import resolve
    from schema.ledger.errors import NoDatasets

    given = sys.stdin.read().split() if datasets == ["-"] else datasets
    if not given:
        raise NoDatasets
    return resolve(owner, given)


def _validity(owner: Connection[Any], begin: str | None, end: str | None) -> Any:
    """Read both ends of a validity."""
    from schema.ledger.certification import Validity
    from schema.ledger.errors import BadTime
    from schema.ledger.times import bound

    first = None if begin is None else bound(owner, begin, end=False)
    last = None if end is None else bound(owner, end, end=True)
    if first is not None and last is not None and first >= last:
        raise BadTime(str(end), f"an end after the beginning {begin}")
    return Validity(first, last)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (collections, tag, untag, chain, seal, certify, decertify):
        app.command()(verb)
