"""Campaigns and turns on the terminal: what a plan would do, turns, reports."""

from collections.abc import Sequence
from typing import Any

import typer
from psycopg import Connection, sql
from psycopg.rows import dict_row

from pipeline.campaigns.create import created
from pipeline.campaigns.errors import NoTurn, UnknownCampaign
from pipeline.campaigns.turns import Turn, begun_turn, intend
from pipeline.watching import look
from queries.comparison.cli import write_tables
from queries.comparison.stored import restored
from schema.output import Format, json_value, show

COLUMNS = (
    "turn", "version", "run", "due_at", "n_to_run", "n_reused", "n_excluded", "estimated_cpu_s", "cpu_s", "wall_s",
    "estimated_bytes", "n_bytes", "verdict", "by_rule", "reason", "refused",
)  # fmt: skip
# Under the names that they have in the file.
DEFINITION = """
select campaign as name, version, description, pipeline, overrides, inputs, condition as "where", exclusion as exclude,
       every
from campaign where campaign = %s"""
TURNS = sql.SQL("""
select {} from campaign_turn where campaign = %(name)s and (%(turn)s::int is null or turn = %(turn)s) order by turn""")


def definition(reader: Connection[Any], name: str) -> dict[str, Any]:
    """Give what a campaign does, by the names of its file.

    Raises
    ------
    UnknownCampaign
        Raised if nobody created it.
    """
    row = reader.cursor(row_factory=dict_row).execute(DEFINITION, [name]).fetchone()
    if row is None:
        known = reader.execute("select campaign from campaign order by 1").fetchall()
        raise UnknownCampaign(name, [one for (one,) in known])
    return row


def show_turns(reader: Connection[Any], name: str, turn: int | None, output: Format) -> None:
    """Show the turns of a campaign, all or one.

    Raises
    ------
    UnknownCampaign, NoTurn
        Raised if there is no such campaign or turn.
    """
    show(COLUMNS, _turns(reader, name, turn, COLUMNS), output)


def show_turn(reader: Connection[Any], name: str, turn: int, output: Format) -> None:
    """Show a turn with the comparison that was kept of it: as tables, or in the document's own form.

    Raises
    ------
    UnknownCampaign, NoTurn
        Raised if there is no such campaign or turn.
    UnknownFormat
        Raised if another version of this software has written the comparison.
    """
    columns = (*COLUMNS, "compared_with", "comparison")
    (found,) = _turns(reader, name, turn, columns)
    said = dict(zip(columns, found, strict=True))
    if output is not Format.table:
        show(["field", "value"], [(field, json_value(value)) for field, value in said.items()], output)
        return
    document = said.pop("comparison")
    show(["field", "value"], list(said.items()), output, whole=True)
    if document is not None:
        typer.echo()
        write_tables(restored(document))


def say_plan(owner: Connection[Any], name: str, output: Format) -> None:
    """Say what `run` would do: what is left of a turn that was begun, else what the next one would be."""
    begun = begun_turn(owner, name)
    if begun is None:
        _say_next(owner, name, output)
    else:
        _say_left(owner, name, begun, output)


def _say_left(owner: Connection[Any], name: str, turn: Turn, output: Format) -> None:
    """Say what is left of a turn."""
    seen = look(owner, turn.run)
    left = seen.sum("total") - seen.sum("ended")
    how = "is paused" if seen.paused else "goes on" if left else "gets its report"
    typer.echo(f"campaign {name}: turn {turn.turn} was begun, and {how} before there is a next one", err=True)
    show(["task", "left", "ended"], [(one.task, one.total - one.ended, one.ended) for one in seen.tasks], output)
    if output is Format.table:
        typer.echo(f"{left} left / {seen.sum('ended')} ended of the run {turn.run}")


def _say_next(owner: Connection[Any], name: str, output: Format) -> None:
    """Say what the next turn would do."""
    intent = intend(owner, created(owner, name))
    for sentence in intent.planned.refused:
        typer.echo(sentence, err=True)
    show(["task", "to_run", "reused"], list(intent.planned.counts()), output)
    if output is Format.table:
        planned, n_bytes = intent.planned, intent.n_bytes
        cpu = "unknown" if planned.cpu_s is None else f"{planned.cpu_s / 3600:.3f} CPU h"
        size = "unknown size" if n_bytes is None else f"{n_bytes / 1e6:.1f} MB"
        n, run_ = len(planned.quanta), len(planned.to_run)
        typer.echo(
            f"{run_} to run / {n - run_} reused / {len(intent.start.excluded)} excluded / estimated {cpu}, {size}"
        )


def _turns(reader: Connection[Any], name: str, turn: int | None, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Read turns of a campaign, all or one; at least one is given."""
    question = TURNS.format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    found = reader.execute(question, {"name": name, "turn": turn}).fetchall()
    if not found:
        definition(reader, name)
        raise NoTurn(name, f"has no turn {'yet' if turn is None else turn}")
    return found
