"""The verb launch: workers on a batch system."""

import time
from pathlib import Path
from typing import Annotated

import typer

from schema.output import Format, show

LOOK = 2.0  # seconds between two questions to the batch system


def launch(
    site: Annotated[Path, typer.Argument(help="YAML file that describes the batch system.")],
    blocks: Annotated[int | None, typer.Option(min=1, help="Jobs to submit; default: what the file says.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until all have ended; Ctrl-C takes them back.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and say what would be submitted.")] = False,
    output: Format = Format.table,
) -> None:
    """Submit jobs that pull units of any run, and end when there is nothing to do. Parsl speaks to the batch system.

    What the jobs write lies in the folder `launch` of SKYLEDGER_HOME. Exit code 1 when, with --wait, a job did not end
    well.

    Example: skyledger launch slurm.yaml --dry-run

    Example: skyledger launch slurm.yaml --blocks 4
    """
    from pipeline.launch import Blocks, read_site

    described = read_site(site)
    count = blocks or described.blocks
    submitted = Blocks(site, described)
    if dry_run:
        typer.echo(f"would submit {count} jobs to {described.provider}: {described.command}")
        typer.echo(f"what they write would lie in {submitted.folder}")
        return
    submitted.submit(count)
    jobs = submitted.states()
    try:
        while wait and not all(job.ended for job in jobs):
            time.sleep(LOOK)
            jobs = submitted.states()
    except (KeyboardInterrupt, SystemExit):
        submitted.cancel()
        raise
    show(["job", "state"], [(job.number, job.state) for job in jobs], output)
    if wait and any(job.state != "completed" for job in jobs):
        raise typer.Exit(1)


def mount(app: typer.Typer) -> None:
    """Hang the verb on the command line."""
    app.command()(launch)
