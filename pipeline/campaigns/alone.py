"""One pool of workers for a campaign on a host, however many call for it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(home: Path, campaign: str) -> Iterator[bool]:
    """Be the only process of this host that works on a campaign; False is given while another one does.

    The kernel holds the lock for the process, not for the database: it goes when the process is killed, and it stays
    when the server is restarted while the workers wait for it.
    """
    folder = home / "campaigns"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{campaign}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = True
    except BlockingIOError:
        mine = False
    try:
        yield mine
    finally:
        os.close(descriptor)
