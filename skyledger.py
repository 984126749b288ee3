"""The face: `import skyledger` in a notebook, `skyledger …` on the command line; it only assembles."""

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

import psycopg
import typer

from ingest import backup_cli, cameras_cli, loads_cli
from ingest import cli as ingest_cli
from ingest.transfer import cli as transfer_cli
from pipeline import cli as pipeline_cli
from pipeline import control, demo, launch_cli, operate, retention
from pipeline.campaigns import cli as campaigns_cli
from pipeline.lineage import again_cli
from pipeline.lineage import cli as marks_cli
from pipeline.simulation import cli as simulation_cli
from queries import cli as queries_cli
from queries import get_cli
from queries.comparison import cli as comparison_cli
from queries.datasets import cli as datasets_cli
from queries.lineage import cli as lineage_cli
from queries.web import cli as web_cli
from schema import cli as schema_cli
from schema import collections_cli
from schema.errors import SkyledgerError

if TYPE_CHECKING:
    from queries.client import connect

__all__ = ["app", "connect", "main"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # it would take [arcsec] for an instruction
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The ledger of the survey: every dataset, catalog and metric, in SQL.",
)
for part in (
    schema_cli,
    backup_cli,
    loads_cli,
    ingest_cli,
    cameras_cli,
    transfer_cli,
    pipeline_cli,
    operate,
    control,
    retention,
    launch_cli,
    campaigns_cli,
    marks_cli,
    again_cli,
    simulation_cli,
    queries_cli,
    comparison_cli,
    lineage_cli,
    collections_cli,
    datasets_cli,
    get_cli,
    web_cli,
    demo,
):
    part.mount(app)


def __getattr__(name: str) -> Any:
    """Import the notebook's `connect` when somebody asks for it: no verb needs Arrow to start."""
    if name != "connect":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from queries.client import connect

    return connect


def main() -> None:
    """Run the command line; what the user can mend is one line on stderr and exit code 1."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except SkyledgerError as error:
        sys.exit(f"skyledger: {error}")
    except psycopg.errors.DiskFull as error:
        reason = " ".join(str(error).split())
        sys.exit(
            f"skyledger: the database has no space left ({reason}); "
            "what was committed is safe: free some and run the command again"
        )
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        sys.exit(f"skyledger: the database went away ({reason}); what was committed is safe: run the command again")
    except BrokenPipeError:
        # Whoever read our output has enough; the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None:  # no fault of a file that the user could look at
            raise
        sys.exit(f"skyledger: {error.filename} cannot be used: {error.strerror}")


def _terminate(number: int, _: FrameType | None) -> None:
    """Leave through the context managers: workers are asked to stop, bars are cleared."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
