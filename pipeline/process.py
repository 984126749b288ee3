"""The process of a worker: `python -m pipeline.process WORKER PARENT PIPE TRACE`."""

import ctypes
import faulthandler
import logging
import os
import signal
import sys

from pipeline.worker import Worker
from schema.errors import NoDatabase

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
log = logging.getLogger("skyledger.worker")


def main(worker_id: int, parent: int, pipe: int, trace: int) -> None:
    """Run one worker until SIGTERM, or until its parent is gone.

    Parameters
    ----------
    parent
        Process that started this one.
    pipe
        Where that is told which unit begins.
    trace
        File for what this process is doing, when the parent asks with SIGUSR1: before it kills.
    """
    logging.basicConfig(stream=sys.stderr, format="worker %(process)d: %(message)s")
    logging.getLogger().handlers[0].setLevel(logging.WARNING)  # what tasks log goes into the ledger
    _die_with(parent)
    faulthandler.register(signal.SIGUSR1, file=trace)  # in C: it answers also from within native code
    try:
        worker = Worker(worker_id, pipe)
        signal.signal(signal.SIGTERM, worker.stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which asks us politely
        worker.work()
        worker.connection.close()
        sys.exit(worker.exit_status)
    except NoDatabase as error:
        log.error("%s", error)
        sys.exit(1)


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends: nobody else holds a unit to its limits."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before it was asked for
        sys.exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
