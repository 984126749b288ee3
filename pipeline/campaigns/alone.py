"""One pool of workers for a campaign on a host, however many call for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import conninfo_to_dict

from pipeline.campaigns.errors import NoLock
from schema.canonical import digest
from schema.server.home import open_private, try_lock
from schema.settings import Settings

SECRETS = ("password", "sslpassword")


@contextmanager
def alone(using: Settings, campaign: str) -> Iterator[bool]:
    """Be the only process of this host that works on a campaign of a ledger; False is given while another one does.

    The kernel holds the lock for the process, not for the database: it goes when the process is killed, and it stays
    when the server is restarted while the workers wait for it.

    Raises
    ------
    NoLock
        Raised if the file of the lock cannot be opened, because it is another user's for example.
    """
    path = using.home / "campaigns" / f"{campaign}-{_ledger(using)}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_private(path, os.O_RDWR)
    except OSError as error:
        raise NoLock(campaign, path, str(error.strerror)) from error
    try:
        yield try_lock(descriptor)
    finally:
        os.close(descriptor)


def _ledger(using: Settings) -> str:
    """Tell ledgers of one home apart: the embedded one, which may change its port, and each database by its address."""
    url = "" if using.database_url is None else using.database_url.get_secret_value()
    address = {name: value for name, value in conninfo_to_dict(url).items() if name not in SECRETS}
    return digest({name: str(value) for name, value in address.items()}).hex()[:12]
