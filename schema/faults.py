"""Labelled points where a test lets a process die, as a power cut would, or stand still."""

import os
import signal


def die_at(point: str) -> None:
    """Kill this process if SKYLEDGER_DIE_AT is `point:file`, once: the file must be there, and goes.

    A third part names another signal: with `point:file:SIGSTOP` it stands still until somebody lets it go on.
    """
    wanted, _, rest = os.environ.get("SKYLEDGER_DIE_AT", "").partition(":")
    if wanted != point:
        return
    ticket, _, name = rest.partition(":")
    try:
        os.unlink(ticket)
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.Signals[name or "SIGKILL"])
