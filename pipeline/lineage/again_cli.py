"""Verbs of lineage that compute: make, invalidate, reproduce; and why."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated, Any

import typer
from psycopg import Connection

from pipeline.cli import CORES, Memory
from pipeline.lineage.cli import Collection, DryRun, Reason, Targets
from queries.lineage.cli import Words
from schema.connect import connect
from schema.output import Format, show

if TYPE_CHECKING:
    from pipeline.lineage.invalidate import Again
    from pipeline.lineage.reproduce import Reproduction
    from pipeline.planner.graph import Plan
    from schema.ledger.marks import Target

Chosen = Annotated[str | None, typer.Option(help="Pipeline that makes it; needed where several do, or none shipped.")]
Files = Annotated[list[str] | None, typer.Option("--pipeline", help="File of a pipeline that is not shipped.")]
Said = Annotated[str, typer.Option(help="bad, suspect or superseded.")]
Resubmit = Annotated[bool, typer.Option("--resubmit", help="Compute again what is affected, and only that.")]
Workers = Annotated[int, typer.Option(min=1, help="Number of worker processes.")]
CAUSES = ("dataset_id", "dataset_type", "verdict", "recorded_class", "compatibility_class", "cpu_s", "difference")


def why(dataset: Words, collection: Collection = None, pipeline: Chosen = None) -> None:
    """Say why a dataset is there or not: run, inputs, marks, taint, and whether it is outdated.

    Example: skyledger why visit_image instrument=DECam exposure=725257 detector=25
    """
    from pipeline.lineage.why import explain
    from queries.lineage.naming import read_names

    with connect("owner") as owner, owner.transaction(force_rollback=True):
        for name in read_names(dataset):
            for sentence in explain(owner, name, collection, pipeline):
                typer.echo(sentence)


def make(
    dataset: Annotated[
        list[str],
        typer.Argument(help="Dataset type and data ID; parts of it mean all that fit.", metavar="TYPE KEY=VALUE..."),
    ],
    pipeline: Chosen = None,
    workers: Workers = CORES,
    dry_run: DryRun = False,
) -> None:
    """Make what is missing or outdated of a dataset and of what it needs; the rest is left alone.

    Example: skyledger make source instrument=DECam exposure=725257 detector=25
    """
    from pipeline.lineage.make import make as pull
    from pipeline.lineage.make import pipeline_of
    from pipeline.running import work_until_ended
    from queries.lineage.naming import read_names

    name, *more = read_names(dataset)
    if more:
        raise typer.BadParameter(f"one dataset type at a time: {more[0]} is another")
    chosen = pipeline_of(name.word, pipeline)
    with connect("owner") as owner:
        # Workers must see the run: only what is not to be done may stand in a transaction.
        with owner.transaction(force_rollback=True) if dry_run else nullcontext():
            work = None if dry_run else partial(work_until_ended, workers=workers)
            found, runs = pull(owner, chosen, name, datetime.now(UTC), work)
        wanted = found.uids(name.word)
        made = owner.execute("select dataset_id from dataset where uid = any(%s)", [wanted]).fetchall()
    _tell_planned(found.plan)
    if dry_run:
        if found.pipeline.name != chosen.name:
            typer.echo(f"{found.pipeline.name} comes first: {chosen.name} can be planned when that has run")
        typer.echo(f"would compute {len(found.plan.to_run)} units")
        return
    _tell_made(name.word, runs, [key for (key,) in made], len(wanted))
    if len(made) < len(wanted) or found.plan.refused:
        raise typer.Exit(1)


def _tell_planned(planned: "Plan") -> None:
    """Say what a plan would compute, and what it could not."""
    show(["task", "to_run", "reused"], list(planned.counts()), Format.table)
    for sentence in planned.refused:
        typer.echo(sentence, err=True)


def _tell_made(dataset_type: str, runs: list[str], made: list[int], wanted: int) -> None:
    """Say what is there now, and how much of what was asked for is not."""
    keys = ", ".join(map(str, made)) or "none"
    typer.echo(f"{'made in ' + ', '.join(runs) if runs else 'nothing to do'}: {dataset_type} {keys}")
    if len(made) < wanted:
        typer.echo(f"{wanted - len(made)} of {wanted} are missing: `skyledger why` says what keeps them", err=True)


def invalidate(
    what: Targets,
    reason: Reason,
    verdict: Said = "bad",
    collection: Collection = None,
    resubmit: Resubmit = False,
    pipelines: Files = None,
    workers: Workers = CORES,
    memory: Memory = None,
    dry_run: DryRun = False,
) -> None:
    """Mark something and say what hangs on it; with --resubmit compute that again, from what has taken its place.

    What was made stays, tainted. What needs something bad that has no replacement yet is not computed, and is named.
    Exit code 1 where units died.

    Example: skyledger invalidate 17 --reason "Light leak." --dry-run

    Example: skyledger invalidate 17 --reason "Light leak." --resubmit --workers 4
    """
    from pipeline.lineage.invalidate import requests
    from pipeline.lineage.targets import find_targets
    from queries.lineage.cli import tell
    from queries.lineage.whatif import what_if

    if resubmit and verdict != "bad":
        raise typer.BadParameter(f"--resubmit goes with --verdict bad: what is {verdict} is still used")
    files = pipelines or []
    with connect("owner") as owner:
        with owner.transaction(force_rollback=dry_run):
            listed, roots = _mark(owner, find_targets(owner, what, collection), verdict, reason)
            tell(what_if(owner, roots))
            if resubmit:  # what cannot be planned is refused before any mark stays
                _tell_untold(owner, [run for one in requests(owner, roots, files) for run in one.runs])
            if dry_run and resubmit:
                _resubmit(owner, roots, files, _tell_again)
        typer.echo("nothing was marked or submitted: --dry-run" if dry_run else f"marked as {verdict}: mark {listed}")
        if resubmit and not dry_run:
            _resubmit(owner, roots, files, partial(_do_again, owner, workers, memory))


def _tell_untold(owner: Connection[Any], runs: list[int]) -> None:
    """Say of which runs nobody kept what they were planned with; turns of campaigns have it in the campaign."""
    rows = owner.execute(
        """select c.name from registry.run r join registry.collection c on c.collection_id = r.run_id
           where r.run_id = any(%s) and r.inputs is null
             and not exists (select from registry.campaign_run t where t.run_id = r.run_id) order by 1""",
        [runs],
    ).fetchall()
    if rows:
        names = ", ".join(name for (name,) in rows)
        typer.echo(
            f"nobody kept which collections {names} read: those that the pipeline takes by default are taken", err=True
        )


def _mark(owner: Connection[Any], targets: "list[Target]", verdict: str, reason: str) -> tuple[str, list[int]]:
    """Mark what is meant; give the marks as a list to be read, and the datasets that they are on."""
    from pipeline.lineage.targets import roots_of
    from schema.ledger.marks import mark

    listed = ", ".join(str(mark(owner, target, verdict, reason)) for target in targets)
    return listed, roots_of(owner, targets)


def _resubmit(
    owner: Connection[Any], roots: list[int], files: list[str], work: Callable[["Again"], str | None]
) -> None:
    """Do what `work` does with what hangs on some datasets, a pipeline at a time. Exit code 1 where units died."""
    from pipeline.lineage.invalidate import plan_again

    typer.echo("of these quanta run those of each pipeline's newest run that have, or need no, replacement:")
    runs = [again.run for again in plan_again(owner, roots, files, work)]
    if owner.execute("select from work_unit where run = any(%s) and state = 'dead'", [runs]).rowcount:
        raise typer.Exit(1)


def _tell_again(again: "Again") -> None:
    """Say what a pipeline must do again."""
    for sentence in again.plan.refused:
        typer.echo(sentence, err=True)
    run, reused = len(again.plan.to_run), len(again.plan.quanta) - len(again.plan.to_run)
    typer.echo(f"{again.pipeline.name}: {run} to run / {reused} reused")
    if again.left:
        typer.echo(f"{again.left} more would run for other reasons, and are left as they are", err=True)
    if again.outside:
        typer.echo(f"{again.outside} affected results are not in the new plan: nothing good leads there", err=True)


def _do_again(owner: Connection[Any], workers: int, memory: int | None, again: "Again") -> str | None:
    """Say what a pipeline must do again, and let workers do it; give the run."""
    from pipeline.running import submit_or_find, work_until_ended

    _tell_again(again)
    if not again.plan.quanta:
        return None
    name = submit_or_find(owner, again.plan, None, datetime.now(UTC))
    work_until_ended(name, workers, memory)
    typer.echo(f"ended: {name}; `skyledger status {name}` says how")
    return name


def reproduce(
    dataset: Annotated[list[str] | None, typer.Argument(help="Datasets, as for `skyledger trace`.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Draw so many datasets of --collection at random.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    collection: Collection = None,
    workers: Workers = 1,
    output: Format = Format.table,
) -> None:
    """Make datasets again from their records, and keep whether the same came out. Exit code 1 where it did not.

    Inputs are verified by their digests; nothing is registered but the verdict.

    Example: skyledger reproduce visit_image instrument=DECam exposure=725257 detector=25

    Example: skyledger reproduce --sample 20 --seed 1 --collection single_frame/20260101T000000Z
    """
    from queries.lineage.naming import find_datasets, refuse_unknown

    if (sample is None) == (not dataset):
        raise typer.BadParameter("give datasets, or --sample with --collection")
    with connect("owner") as owner:
        if sample is None:
            keys = find_datasets(owner, dataset or [], collection)
        elif collection is None:
            raise typer.BadParameter("--sample draws from a collection: name it with --collection")
        else:
            from pipeline.lineage.reproduce import draw

            refuse_unknown(owner, collection)
            keys = draw(owner, sample, seed, collection)
            if len(keys) < sample:
                typer.echo(f"only {len(keys)} of {sample} can be drawn: {collection} holds no more of them", err=True)
    found = list(_reproduced(keys, workers))
    show(CAUSES, [[getattr(one, name) for name in CAUSES] for one in found], output)
    same = sum(one.verdict == "identical" for one in found)
    typer.echo(f"{same} identical, {len(found) - same} different, {len(keys) - len(found)} not made again", err=True)
    if same < max(len(keys), sample or 0):
        raise typer.Exit(1)


def _reproduced(keys: list[int], workers: int) -> Iterator["Reproduction"]:
    """Make datasets again in processes of their own, which are as workers are: sums depend on the number of threads."""
    from pipeline.lineage.recipe import NotReproducible
    from pipeline.lineage.reproduce import reproduce_alone
    from pipeline.pool import ONE_THREAD

    os.environ.update(ONE_THREAD)  # read by what the new processes import
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for answer in [pool.submit(reproduce_alone, key) for key in keys]:
            try:
                yield answer.result()
            except NotReproducible as error:
                typer.echo(f"skyledger: {error}", err=True)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (why, make, invalidate, reproduce):
        app.command()(verb)
