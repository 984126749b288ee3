"""Verbs of campaigns: create, list, show, run, report, judge, schedule."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import CORES, Memory
from schema.connect import connect
from schema.output import Format, show

# Each verb imports what it calls: reading pipelines costs half a second.
if TYPE_CHECKING:
    from pipeline.campaigns.run import Done

verbs = typer.Typer(
    no_args_is_help=True, help="Reprocessings that are done again and again, compared with the last time and judged."
)
Name = Annotated[str, typer.Argument(help="Name of the campaign.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Workers = Annotated[
    int, typer.Option(min=0, help="Number of worker processes; 0 leaves the work to `skyledger work` elsewhere.")
]
Clock = Annotated[
    datetime | None, typer.Option("--at", help="Take this for the present time (UTC).", formats=["%Y-%m-%dT%H:%M:%S"])
]


class Verdict(StrEnum):
    """What can be said of a turn."""

    better = "better"
    same = "same"
    worse = "worse"
    failed = "failed"


@verbs.command()
def create(
    definition: Annotated[str, typer.Argument(help="YAML file of a campaign, or the name of a shipped one.")],
) -> None:
    """Create a campaign from its file; a changed file is its next version, the same one changes nothing.

    Example: skyledger campaign create real_frames
    """
    from pipeline.campaigns.create import create as register
    from pipeline.campaigns.definition import read_campaign

    with connect("owner") as owner:
        made = register(owner, read_campaign(definition))
    typer.echo(
        f"campaign {made.campaign.name}: version {made.version} {'is new' if made.fresh else 'is in force already'}"
    )


@verbs.command("list")
def list_(output: Format = Format.table) -> None:
    """List the campaigns.

    Example: skyledger campaign list
    """
    columns = ["campaign", "version", "pipeline", "every", "last_turn", "last_due_at", "next_due_at"]
    with connect("reader") as reader:
        rows = reader.execute(f"select {', '.join(columns)} from campaign order by 1").fetchall()  # noqa: S608
    show(columns, rows, output)


@verbs.command("show")
def show_(name: Name, output: Format = Format.table) -> None:
    """Show what a campaign does.

    Example: skyledger campaign show real_frames --output json
    """
    from pipeline.campaigns.shown import definition

    with connect("reader") as reader:
        said = definition(reader, name)
    show(["field", "value"], [(field, value) for field, value in said.items() if value], output, whole=True)


@verbs.command()
def run(
    name: Name, workers: Workers = CORES, memory: Memory = None, dry_run: DryRun = False, at: Clock = None,
    output: Format = Format.table,
) -> None:  # fmt: skip
    """Do the next turn of a campaign, or what is left of one that was begun; then compare and judge it.

    Exit code 1 when the turn failed or cannot be planned; 0 otherwise, also when it is paused, or goes on elsewhere.

    Example: skyledger campaign run real_frames --dry-run
    """
    from pipeline.campaigns.run import run_turn
    from pipeline.campaigns.shown import say_plan, show_turns

    with connect("owner") as owner:
        if dry_run:
            say_plan(owner, name, output)
            return
        done = run_turn(owner, name, _clock(at), workers, memory)
    _tell(done)
    with connect("reader") as reader:
        show_turns(reader, name, done.turn.turn if done.turn else None, output)
    _leave([done])


@verbs.command()
def report(
    name: Name,
    turn: Annotated[int | None, typer.Option(help="One turn, with its comparison; default: all turns.")] = None,
    output: Format = Format.table,
) -> None:
    """Show the turns of a campaign: estimate, cost, verdict; of one turn the comparison with the one before, too.

    Exit code 0 whatever the verdict.

    Example: skyledger campaign report real_frames

    Example: skyledger campaign report real_frames --turn 2 --output json
    """
    from pipeline.campaigns.shown import show_turn, show_turns

    with connect("reader") as reader:
        if turn is None:
            show_turns(reader, name, None, output)
        else:
            show_turn(reader, name, turn, output)


@verbs.command()
def judge(
    name: Name,
    verdict: Annotated[Verdict, typer.Argument(help="What you find.")],
    reason: Annotated[str, typer.Option(help="Why, in one sentence.")],
    turn: Annotated[int | None, typer.Option(help="Turn; default: the last.")] = None,
) -> None:
    """Say yourself how a turn turned out; it counts before what the rules say, and both are kept.

    Example: skyledger campaign judge real_frames better --reason "Fewer blends in the deep field."
    """
    from pipeline.campaigns.judge import judge as keep
    from pipeline.campaigns.turns import find_turn

    with connect("owner") as owner:
        found = find_turn(owner, name, turn)
        keep(owner, name, found, verdict.value, reason)
    typer.echo(f"campaign {name}, turn {found.turn}: {verdict.value}")


@verbs.command()
def schedule(
    workers: Workers = CORES, memory: Memory = None, dry_run: DryRun = False, at: Clock = None,
    output: Format = Format.table,
) -> None:  # fmt: skip
    """Do what is due now, and finish what was begun: the one command for cron or a timer.

    Two at once make no second turn, and start no more workers. Exit code 1 when a turn failed or a campaign cannot be
    planned; 0 otherwise, also when a turn is paused, or goes on elsewhere.

    Example: skyledger campaign schedule --workers 0

    Example: skyledger campaign schedule --dry-run
    """
    from pipeline.campaigns.run import due, run_due

    with connect("owner") as owner:
        if dry_run:
            show(["campaign"], [(name,) for name in due(owner, _clock(at))], output)
            return
        done = []
        for one in run_due(owner, _clock(at), workers, memory):
            _tell(one)
            done.append(one)
    rows = [(one.campaign, one.turn and one.turn.turn, one.state, one.verdict) for one in done]
    show(["campaign", "turn", "state", "verdict"], rows, output)
    _leave(done)


def _tell(done: "Done") -> None:
    """Say what is in the way, and what the plan of the turn left out."""
    of = f"campaign {done.campaign}" + (f", turn {done.turn.turn}" if done.turn else "")
    for sentence in filter(None, [done.said, *(done.turn.refused if done.turn else [])]):
        typer.echo(f"{of}: {sentence}", err=True)


def _leave(done: "Sequence[Done]") -> None:
    """End with exit code 1 when somebody has to look."""
    if any(one.failed for one in done):
        raise typer.Exit(1)


def _clock(at: datetime | None) -> datetime:
    """Give the time that counts as now."""
    return datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.add_typer(verbs, name="campaign")
