"""The supervisor: a detached process that is the parent of one PostgreSQL.

It is started as ``python -P -m schema.server.supervisor HOME LOCKFD`` and holds the lock on ``HOME/server.lock``,
which it got as an open descriptor, for as long as it lives.
"""

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from schema.server.cluster import clear_leftovers, free_port, initialise, start
from schema.server.home import Published, dsn, publish, published
from schema.server.programs import idle_stop

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
FALLS, SPAN = 3, 60.0  # falls within so many seconds, after which we give up
USE = """
    select (select coalesce(sum(sessions), 0)::bigint from pg_stat_database),
           (select count(*) from pg_stat_activity
             where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid())
"""


class Usage:
    """How long nobody used the server.

    It keeps one connection, because each new one counts as a session.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._connection: psycopg.Connection[tuple[int, int]] | None = None
        self._sessions = -1
        self._used = time.monotonic()

    def idle(self) -> float:
        """Give the seconds since somebody was last seen; a server that does not answer is in use."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    dsn(self._home), autocommit=True, connect_timeout=5, application_name="skyledger supervisor"
                )
            sessions, clients = self._connection.execute(USE).fetchone() or (-1, 1)
        except psycopg.OperationalError:
            self.close()
            sessions, clients = -1, 1
        if clients or sessions != self._sessions:
            self._sessions, self._used = sessions, time.monotonic()
        return time.monotonic() - self._used

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def supervise(home: Path, lock: int) -> None:
    """Keep PostgreSQL running in `home` until told to stop, unused for long, or fallen too often."""
    idle_limit, falls = idle_stop(), list[float]()
    initialise(home)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    while _holds(home, lock):
        clear_leftovers(home / "data")
        told = published(home)
        port = free_port(told.port if told else 0)
        server = start(home, port)
        publish(home, Published(port, os.getpid(), server.pid))
        usage = Usage(home)
        ended = _watch(home, lock, server, usage, idle_limit)
        usage.close()
        if ended:
            break
        falls = [fall for fall in falls if fall > time.monotonic() - SPAN] + [time.monotonic()]
        print(f"supervisor: postgres fell with status {server.returncode}, {len(falls)} of {FALLS}", file=sys.stderr)
        if len(falls) == FALLS:
            break
    if _holds(home, lock) and (told := published(home)):
        publish(home, Published(told.port))


def _watch(home: Path, lock: int, server: "subprocess.Popen[bytes]", usage: Usage, idle_limit: float) -> bool:
    """Wait; True when PostgreSQL ended because it should, False when it fell."""
    while True:
        got = signal.sigtimedwait(SIGNALS, min(10.0, idle_limit / 4))
        if server.poll() is not None:
            return server.returncode == 0  # somebody else told it to stop
        asked = got is not None and got.si_signo != signal.SIGCHLD
        if asked or not _holds(home, lock) or usage.idle() > idle_limit:
            server.send_signal(signal.SIGINT)  # fast; SIGTERM would wait for the last client to leave
            server.wait()
            return True


def _holds(home: Path, lock: int) -> bool:
    """Say whether our lock still is the folder's: somebody may have removed the folder and begun again."""
    try:
        return os.path.samestat(os.fstat(lock), (home / "server.lock").stat())
    except FileNotFoundError:
        return False


def main() -> None:
    """Detach, then supervise."""
    home, lock = Path(sys.argv[1]), int(sys.argv[2])
    if os.fork():
        os._exit(0)  # forked twice: whoever launched us has nothing to reap
    os.set_inheritable(lock, False)
    os.write(lock, f"{os.getpid()} {platform.node()}".encode())
    os.chdir("/")
    os.umask(0o077)
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # meant for another server, and libpq would obey
    supervise(home, lock)


if __name__ == "__main__":
    main()
