"""Verbs of lineage that act: mark, unmark, marks."""

from typing import Annotated

import typer

from schema.connect import connect
from schema.output import Format, show

Targets = Annotated[
    list[str],
    typer.Argument(
        help="What is meant: a dataset (key, uid, or type and data ID), task:NAME[@DIGEST] or config:DIGEST.",
        metavar="WHAT...",
    ),
]
Reason = Annotated[str, typer.Option(help="Why, in one sentence.")]
Collection = Annotated[str | None, typer.Option(help="Collection in which a type and data ID are looked for.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


def mark(
    verdict: Annotated[str, typer.Argument(help="bad, suspect or superseded.")],
    what: Targets,
    reason: Reason,
    collection: Collection = None,
    dry_run: DryRun = False,
) -> None:
    """Mark datasets, the code of a task or a configuration; what was made from them is tainted by it.

    What is bad is used no more: the planner refuses it, and what needs it waits for a replacement.

    Example: skyledger mark bad 17 --reason "A satellite crossed the star."

    Example: skyledger mark suspect task:calibrate --reason "The zero point drifts with airmass."
    """
    from pipeline.lineage.targets import find_targets, roots_of
    from schema.ledger.marks import mark as put
    from schema.ledger.marks import tasks_of

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        targets = find_targets(owner, what, collection)
        marks = [put(owner, target, verdict, reason) for target in targets]
        below = owner.execute("select count(*) from registry.downstream(%s)", [roots_of(owner, targets)]).fetchall()
        tasks = tasks_of(owner, targets)
    said = f"would mark {len(marks)} as {verdict}" if dry_run else f"marked as {verdict}: {_listed(marks)}"
    typer.echo(f"{said}; with what was made from it that concerns {below[0][0]} datasets")
    if tasks:
        typer.echo(f"the marked configuration is one of {', '.join(tasks)}")


def unmark(
    marks: Annotated[list[int], typer.Argument(help="Marks, as `skyledger marks` lists them.")],
    dry_run: DryRun = False,
) -> None:
    """Take marks back: what followed from them is gone, what was said stays in the history.

    Example: skyledger unmark 3
    """
    from schema.ledger.marks import unmark as take_back

    with connect("owner") as owner, owner.transaction(force_rollback=dry_run):
        for one in marks:
            take_back(owner, one)
    typer.echo(f"{'would take back' if dry_run else 'taken back:'} {_listed(marks)}")


def marks(
    history: Annotated[bool, typer.Option("--all", help="Those that were taken back, too.")] = False,
    output: Format = Format.table,
) -> None:
    """List the marks that hold, the newest first.

    Example: skyledger marks --all --output csv
    """
    columns = ["mark_id", "verdict", "what", "reason", "author", "created_at", "revoked_at"]
    with connect("reader") as reader:
        rows = reader.execute(
            """select mark_id, verdict,
                      coalesce('dataset ' || dataset_id, 'task:' || task || '@' || left(code_digest, 12),
                               'config:' || left(config_digest, 12)),
                      reason, author, created_at, revoked_at
               from mark where %s or revoked_at is null order by mark_id desc""",
            [history],
        ).fetchall()
    show(columns if history else columns[:-1], rows if history else [row[:-1] for row in rows], output)


def _listed(marks: list[int]) -> str:
    return f"mark{'s' if len(marks) > 1 else ''} {', '.join(map(str, marks))}"


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (mark, unmark, marks):
        app.command()(verb)
