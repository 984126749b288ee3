"""The whole job on the real frames of the repository: `skyledger demo`."""

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import CORES
from schema.settings import ROOT, settings

DATA = ROOT / "tests" / "data"
FRAMES = (
    "decam_ra186.744+25.462/instcal",
    "sdss_run94_camcol1_field131",
    "sdss_run1000_camcol1_field100",
    "bass_mzls_ra352.080+0.208/90prime",
    "bass_mzls_ra352.080+0.208/mosaic3",
    "bass_mzls_ra177.360+59.427/90prime",
    "bass_mzls_ra177.360+59.427/mosaic3",
    "panoptes_cygnus",
    "hsc_calexp_small",
)
STARS = ("decam_ra186.744+25.462/gaia_dr2", "bass_mzls_ra177.360+59.427/gaia_dr2", "refcats")
STEPS = (
    ("Files of six cameras come in", "ingest exposures {frames}"),
    ("Stars of four reference catalogs come in", "ingest refcat {stars}"),
    ("Every detector image is calibrated and measured", "run single_frame --workers {workers}"),
)
ANSWERS = (
    ("What was processed?", "query run_summary"),
    ("How good is each visit?", "query visit_quality"),
    ("What is not as good as it must be?", "query red_metrics"),
    ("How bright is one star, from epoch to epoch?", "query light_curve --ra 186.73546 --dec 25.46478"),
    ("Do positions and fluxes agree with the reference stars?", "query reference_residuals"),
    ("Where does a row come from?", "query row_to_raw --instrument DECam --source_id {source}"),
    ("What took how long?", "query timings"),
)
Workers = Annotated[int, typer.Option(min=1, help="Number of worker processes.")]


def mount(app: typer.Typer) -> None:
    """Hang the demo on the command line; it runs the other verbs of `app`."""

    @app.command()
    def demo(workers: Workers = CORES) -> None:
        """Do the whole job on real frames, then answer seven questions. Repeat it: nothing is computed twice.

        Example: skyledger demo --workers 2
        """
        _demo(lambda command: app(shlex.split(command), standalone_mode=False), workers)


def _demo(call: Callable[[str], object], workers: int) -> None:
    """Run the steps and the questions, each with the command that gives it."""
    from schema.migrate import initialise

    began = time.monotonic()
    initialise(settings())
    for title, command in STEPS:
        _say(call, title, command.format(frames=_paths(FRAMES), stars=_paths(STARS), workers=workers))
    for title, command in ANSWERS:
        _say(call, title, command.format(source=_bright_source()))
    typer.secho(f"\ndone in {time.monotonic() - began:.0f} s. Ask more: skyledger query --list, or", bold=True)
    question = "select band, count(*), avg(seeing) from visit_detector where seeing <> 'NaN' group by band"
    typer.echo(f'  skyledger sql "{question}"')
    typer.echo("  skyledger serve --open")


def _paths(folders: Sequence[str]) -> str:
    """Give folders of the data as words of a command, below the current folder where they are."""
    here = Path.cwd()
    found = (DATA / folder for folder in folders)
    return shlex.join(str(path.relative_to(here) if path.is_relative_to(here) else path) for path in found)


def _say(call: Callable[[str], object], title: str, command: str) -> None:
    """Announce a command, then run it."""
    typer.secho(f"\n{title}", bold=True)
    typer.echo(f"  $ skyledger {command}")
    call(command)


def _bright_source() -> int:
    """Find the brightest clean source, so that its row can be traced."""
    from queries.client import connect

    rows = connect().sql(
        "select sourceid from source where instrument = 'DECam' and not psfflux_flag order by psfflux desc limit 1"
    )
    return int(next(iter(rows))["sourceid"])
