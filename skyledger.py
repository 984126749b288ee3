"""The face: `import skyledger` in a notebook, `skyledger …` on the command line; it only assembles."""

import os
import signal
import sys
from types import FrameType

import psycopg
import typer

from ingest import backup_cli, cameras_cli, loads_cli
from ingest import cli as ingest_cli
from pipeline import cli as pipeline_cli
from pipeline import control, demo, launch_cli, operate, retention
from queries import cli as queries_cli
from queries.client import connect
from queries.web import cli as web_cli
from schema import cli as schema_cli
from schema.errors import SkyledgerError

__all__ = ["app", "connect", "main"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The ledger of the survey: every dataset, catalog and metric, in SQL.",
)
for part in (
    schema_cli,
    backup_cli,
    loads_cli,
    ingest_cli,
    cameras_cli,
    pipeline_cli,
    operate,
    control,
    retention,
    launch_cli,
    queries_cli,
    web_cli,
    demo,
):
    part.mount(app)


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
