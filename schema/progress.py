"""Progress bars: on a terminal only, on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


def progress(*, own_pace: bool = False) -> Progress:
    """Give a display of bars; it shows nothing where stderr is no terminal.

    Parameters
    ----------
    own_pace
        The notes say how long it will take: who shows the bars knows more than they do.
    """
    remaining = [] if own_pace else [TimeRemainingColumn(compact=True)]
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *remaining,
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show one bar; give the function that advances it by one."""
    with progress() as display:
        task = display.add_task(what, total=total, note="")
        yield lambda: display.advance(task)
