"""The data directory: made once, checked before a start, freed of leftovers."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from schema.server.errors import DiskFullError, MajorVersionError, NotStartedError
from schema.server.home import SUPERUSER, password, write_passwords, write_private
from schema.server.programs import binaries, command, environment, idle_stop, major_version

SETTINGS = Path(__file__).with_name("skyledger.conf")
# For tests only: a crash of the machine, though not of a process, loses data.
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
FRESH = 100_000_000  # bytes; a fresh data directory with its first write-ahead log takes 40 MB, and grows at once
SEGMENT = 16 << 20  # bytes of one write-ahead log file, without which no start ends well


def check(home: Path) -> None:
    """Say in one sentence why a start in `home` cannot succeed, before it is tried.

    Raises
    ------
    ServerError
        The programs do not run, the data are another version's, the passwords are lost, the disk is full,
        or the environment asks for nonsense.
    """
    idle_stop()
    wanted, data = major_version(home), home / "data"
    if (data / "PG_VERSION").exists():
        found = (data / "PG_VERSION").read_text().strip()
        if found != wanted:
            raise MajorVersionError(data, found, binaries(), wanted)
        password(home, SUPERUSER)
    elif (free := shutil.disk_usage(home).free) < FRESH:
        raise DiskFullError(home, free)


def post_mortem(home: Path, since: int) -> DiskFullError | NotStartedError:
    """Give the reason why starts failed, from what the log says after its byte `since`."""
    said = (home / "server.log").read_bytes()[since:].decode(errors="replace")
    free = shutil.disk_usage(home).free
    if "No space left on device" in said or free < SEGMENT:
        return DiskFullError(home, free)
    lines = said.splitlines() or ["it said nothing"]
    grave = [line for line in lines if "FATAL:" in line or "PANIC:" in line or " error: " in line]
    return NotStartedError(home, (grave or lines)[-1].strip())


def initialise(home: Path) -> None:
    """Make the data directory once; a half-made one is never mistaken for a whole one."""
    data, fresh = home / "data", home / "data.new"
    if not (data / "PG_VERSION").exists():
        if fresh.exists():
            shutil.rmtree(fresh)
        write_passwords(home)
        secret = home / "pwfile"
        write_private(secret, password(home, SUPERUSER))
        line = [*command(home, "initdb", "KILL"), "-D", str(fresh), f"--username={SUPERUSER}", f"--pwfile={secret}"]
        line += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
        subprocess.run([*line, "--no-sync"] if _fast() else line, check=True, env=environment())
        secret.unlink()
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.write(f"\ninclude '{SETTINGS.name}'\n")
        fresh.rename(data)
    write_private(data / SETTINGS.name, SETTINGS.read_text())


def start(home: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start postgres as a direct child, which stops fast when the calling thread ends."""
    line = [*command(home, "postgres", "INT"), "-D", str(home / "data"), "-p", str(port), *(FAST if _fast() else ())]
    return subprocess.Popen(line, stdin=subprocess.DEVNULL, env=environment())


def free_port(wish: int) -> int:
    """Give the port of last time while it is free, else any that is."""
    for port in (wish, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                trial.bind(("127.0.0.1", port))
                free: int = trial.getsockname()[1]
                return free
    raise OSError("no free port on 127.0.0.1")


def clear_leftovers(data: Path, patience: float = 10) -> None:
    """End what a killed supervisor or postmaster left, then void the pid file.

    The pid in `postmaster.pid` proves nothing (it may be a zombie that nobody reaps, or a stranger's by now);
    a process whose working directory is the data directory does. An orphaned postmaster may close its books for
    `patience` seconds; backends without one would run on for hours, and hold the shared memory.
    """
    deadline, head = time.monotonic() + patience, _postmaster(data)
    if head in _processes(data):
        _kill(head, signal.SIGINT)
    while left := list(_processes(data)):
        if head not in left or time.monotonic() > deadline:
            for pid in left:
                _kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes(data: Path) -> Iterator[int]:
    """Give the live postgres processes of a data directory."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone, a zombie (no working directory), or somebody else's
            if (process / "comm").read_text().startswith("postgres") and (process / "cwd").samefile(data):
                yield int(process.name)


def _postmaster(data: Path) -> int:
    """Give the pid that the lock file names, 0 when it names none."""
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return 0


def _kill(pid: int, farewell: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, farewell)


def _fast() -> bool:
    return os.environ.get("SKYLEDGER_SERVER_FAST") == "1"
