"""Starting, finding and stopping the server of a folder."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from schema.server.cluster import check, post_mortem
from schema.server.errors import NotStartedError, NotStoppedError, NotYoursError, OtherHostError, ServerError
from schema.server.home import dsn, open_private, owner, prepare, published, try_lock

LAUNCHES = 3
LOG_LIMIT = 10_000_000  # bytes, beyond which a start sets the log aside as server.log.old
ABOUT = "select current_setting('server_version'), extract(epoch from now() - pg_postmaster_start_time())::float8"


def ensure(home: Path, patience: float = 60) -> None:
    """Return when a server for `home` answers, started if nobody has.

    Any number of processes may call this at once; one supervisor comes of it. The environment of the caller that
    starts it counts: SKYLEDGER_IDLE_STOP (seconds), SKYLEDGER_PG_BIN (folder), and SKYLEDGER_SERVER_FAST=1, which
    is for tests: PostgreSQL then does not wait for the disk, and a crash of the machine loses data.

    Raises
    ------
    ServerError
        It cannot start, or does not answer within `patience` seconds; the sentence says what to do.
    """
    home = prepare(home)
    deadline, launches, log_start = time.monotonic() + patience, 0, 0
    while (silence := _silence(home)) is not None:
        if time.monotonic() > deadline:
            raise NotStartedError(home, f"no answer after {patience:g} s, {silence}")
        with _lock(home) as lock:
            if lock is None:
                _holder(home)
            else:
                if launches == 0:
                    log_start = _set_log_aside(home)
                if launches == LAUNCHES:
                    raise post_mortem(home, log_start)
                check(home)
                _launch(home, lock)
                launches += 1
        time.sleep(0.05)


def stop(home: Path, patience: float = 60) -> bool:
    """Stop the server of `home` and wait for its end; say whether one ran.

    Raises
    ------
    NotStoppedError
        It still runs after `patience` seconds.
    NotYoursError
        Another user runs it.
    OtherHostError
        Another machine runs it.
    """
    home = home.absolute().resolve()
    if not home.exists() or not (prepare(home) / "server.lock").exists():
        return False
    deadline, asked = time.monotonic() + patience, False
    while time.monotonic() < deadline:
        with _lock(home) as lock:
            if lock is not None:
                return asked
        if not asked and (supervisor := _holder(home)):
            _ask_to_stop(home, supervisor)
            asked = True
        time.sleep(0.02)
    raise NotStoppedError(home, patience)


def status(home: Path) -> dict[str, object] | None:
    """Give port, supervisor and postgres (pids), version and uptime (s); None when no server answers."""
    try:
        with psycopg.connect(dsn(home), connect_timeout=5) as connection:
            version, uptime = connection.execute(ABOUT).fetchone() or ("", 0.0)
    except (ServerError, psycopg.OperationalError):
        return None
    told = published(home)
    if told is None:
        return None
    return {
        "port": told.port,
        "supervisor": told.supervisor,
        "postgres": told.postgres,
        "version": version,
        "uptime": uptime,
    }


def _silence(home: Path) -> str | None:
    """Say why the server does not answer; None when it does."""
    try:
        psycopg.connect(dsn(home), connect_timeout=5).close()
    except (ServerError, psycopg.OperationalError) as error:
        return str(error).strip()
    return None


@contextmanager
def _lock(home: Path) -> Iterator[int | None]:
    """Give the descriptor of the locked `server.lock`, None while a supervisor has it.

    The lock belongs to the open file: a child that inherits the descriptor keeps it when ours closes.
    """
    descriptor = open_private(home / "server.lock", os.O_RDWR)
    try:
        yield descriptor if try_lock(descriptor) else None
    finally:
        os.close(descriptor)


def _holder(home: Path) -> int:
    """Give the pid of the supervisor that has the lock, 0 in the moment before it wrote that down."""
    pid, _, host = (home / "server.lock").read_text().partition(" ")
    if host not in ("", platform.node()):
        raise OtherHostError(home, host)
    return int(pid or 0)


def _launch(home: Path, lock: int) -> None:
    """Start a supervisor and hand it the lock."""
    os.ftruncate(lock, 0)
    log = open_private(home / "server.log", os.O_WRONLY | os.O_APPEND)
    try:
        # -P: a folder called `schema` in the user's working directory must not be imported. No descriptor of ours
        # but the lock goes along, else `x=$(command)` would wait for the server's end.
        subprocess.run(
            [sys.executable, "-P", "-m", "schema.server.supervisor", str(home), str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(log)


def _set_log_aside(home: Path) -> int:
    """Begin a new log when the old one is long; give the byte at which the next start begins."""
    log = home / "server.log"
    size = log.stat().st_size if log.exists() else 0
    if size > LOG_LIMIT:
        log.replace(log.with_name("server.log.old"))
        size = 0
    return size


def _ask_to_stop(home: Path, supervisor: int) -> None:
    """Signal the supervisor; where root runs it for us, signal postgres, whose clean end it respects."""
    try:
        os.kill(supervisor, signal.SIGTERM)
    except ProcessLookupError:
        return  # it ended just now
    except PermissionError:
        told = published(home)
        if told is None or told.supervisor != supervisor:
            raise NotYoursError(home, owner(Path(f"/proc/{supervisor}"))) from None
        os.kill(told.postgres, signal.SIGINT)
