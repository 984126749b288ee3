"""Verbs of campaigns: create, list, show, run, report, judge, schedule."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from psycopg import sql

from pipeline.cli import CORES, Memory
from schema.connect import connect
from schema.output import Format, json_value, show

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
COLUMNS = (
    "turn", "version", "run", "due_at", "n_to_run", "n_reused", "n_excluded", "estimated_cpu_s", "cpu_s", "wall_s",
    "estimated_bytes", "n_bytes", "verdict", "by_rule", "reason",
)  # fmt: skip


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
    from pipeline.campaigns.create import created

    with connect("owner") as owner:
        known = created(owner, name)
    said = {"version": known.version, **known.campaign.model_dump(mode="json")}
    show(["field", "value"], [(field, value) for field, value in said.items() if value], output, whole=True)


@verbs.command()
def run(
    name: Name, workers: Workers = CORES, memory: Memory = None, dry_run: DryRun = False, at: Clock = None,
    output: Format = Format.table,
) -> None:  # fmt: skip
    """Do the next turn of a campaign, or what is left of one that was begun; then compare and judge it.

    Exit code 1 when the turn failed.

    Example: skyledger campaign run real_frames --dry-run
    """
    from pipeline.campaigns.run import run_turn

    if dry_run:
        _say_plan(name, output)
        return
    with connect("owner") as owner:
        done = run_turn(owner, name, _clock(at), workers, memory)
    _tell(done)
    _show_turns(name, done.turn.turn if done.turn else None, output)


@verbs.command()
def report(
    name: Name,
    turn: Annotated[int | None, typer.Option(help="One turn, with its comparison; default: all turns.")] = None,
    output: Format = Format.table,
) -> None:
    """Show the turns of a campaign: estimate, cost, verdict; of one turn the comparison with the one before, too.

    Example: skyledger campaign report real_frames

    Example: skyledger campaign report real_frames --turn 2 --output json
    """
    if turn is None:
        _show_turns(name, None, output)
        return
    columns = (*COLUMNS, "comparison")
    (found,) = _turns(name, turn, columns)
    said = zip(columns, map(json_value, found), strict=True)
    show(["field", "value"], list(said), output, whole=True)


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
        keep(owner, found, verdict.value, reason)
    typer.echo(f"campaign {name}, turn {found.turn}: {verdict.value}")


@verbs.command()
def schedule(
    workers: Workers = CORES, memory: Memory = None, dry_run: DryRun = False, at: Clock = None,
    output: Format = Format.table,
) -> None:  # fmt: skip
    """Do what is due now, and finish what was begun: the one command for cron or a timer.

    Two at once do not make two turns. Exit code 1 when a campaign could not be done.

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
    show(["campaign", "turn", "state"], [(x.campaign, x.turn and x.turn.turn, x.state) for x in done], output)
    if any(one.problem for one in done):
        raise typer.Exit(1)


def _say_plan(name: str, output: Format) -> None:
    """Say what the next turn would do."""
    from pipeline.campaigns.create import created
    from pipeline.campaigns.turns import intend

    with connect("owner") as owner:
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


def _show_turns(name: str, turn: int | None, output: Format) -> None:
    """Show turns; exit with 1 when the one that is asked for failed."""
    rows = _turns(name, turn, COLUMNS)
    show(COLUMNS, rows, output)
    if turn is not None and rows[0][COLUMNS.index("verdict")] == "failed":
        raise typer.Exit(1)


def _turns(name: str, turn: int | None, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Read turns of a campaign, all or one.

    Raises
    ------
    UnknownCampaign, NoTurn
        Raised if there is no such campaign or turn.
    """
    from pipeline.campaigns.turns import find_turn

    with connect("owner") as owner:
        find_turn(owner, name, turn)
    question = sql.SQL(
        "select {} from campaign_turn where campaign = %s and (%s::int is null or turn = %s) order by turn"
    ).format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    with connect("reader") as reader:
        return reader.execute(question, [name, turn, turn]).fetchall()


def _tell(done: "Done") -> None:
    """Say what is in the way."""
    if done.problem:
        typer.echo(f"campaign {done.campaign}: {done.problem}", err=True)


def _clock(at: datetime | None) -> datetime:
    """Give the time that counts as now."""
    return datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.add_typer(verbs, name="campaign")
