"""Processes of ours that may be killed, forked from one that has imported everything."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import skyledger
from pipeline import process
from pipeline.tasks import tasks
from schema.settings import settings

FORKS = get_context("forkserver")
MODULES = ("ingest.exposures", "ingest.refcats.ingest", "pipeline.pool", "tests.support.toys", "tests.support.warm")
FORKS.set_forkserver_preload([__name__, *MODULES])
LIMIT = 120.0  # seconds; nothing here takes longer, however busy the machine is


def start(function: Callable[..., object], *arguments: Any, log: Path | None = None, **environment: str) -> BaseProcess:
    """Start a function in a process of its own, in our environment and some variables more.

    Parameters
    ----------
    log
        File that gets what it writes to stdout and stderr.
    """
    child = FORKS.Process(target=_begin, args=({**os.environ, **environment}, log, function, arguments))
    child.start()
    return child


def ended(child: BaseProcess) -> int:
    """Wait for the end of a process; give its exit code."""
    child.join(LIMIT)
    if child.exitcode is None:
        child.kill()
        raise TimeoutError(f"process {child.pid} did not end within {LIMIT} s")
    return child.exitcode


def killed_at(point: str, ticket: Path, function: Callable[..., object], *arguments: Any) -> bool:
    """Run a function in a process of its own that dies at a labelled point; tell whether it came there."""
    ticket.touch()
    code = ended(start(function, *arguments, SKYLEDGER_DIE_AT=f"{point}:{ticket}"))
    return code == -signal.SIGKILL and not ticket.exists()


def work(worker_id: int) -> None:
    """Be a worker until SIGTERM; nobody holds its units to their limits."""
    _unread, pipe = os.pipe()
    process.main(worker_id, os.getppid(), pipe, 2)


def command(*words: str | Path) -> None:
    """Be the command line."""
    sys.argv = ["skyledger", *map(str, words)]
    skyledger.main()


def _begin(
    environment: dict[str, str], log: Path | None, function: Callable[..., object], arguments: Sequence[Any]
) -> None:
    """Forget what the process that we were forked from knew of another test."""
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    tasks.cache_clear()
    if log is not None:
        with log.open("ab") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
    function(*arguments)
