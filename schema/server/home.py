"""The server's folder: what it publishes, its passwords, its addresses."""

import fcntl
import json
import os
import pwd
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from schema.server.errors import NeverStartedError, NoPasswordError, NotYoursError

SUPERUSER = "skyledger"
ROLES = (SUPERUSER, "skyledger_owner", "skyledger_worker", "skyledger_reader")


@dataclass(frozen=True)
class Published:
    """What `server.json` says: the port for good, the processes only while they run."""

    port: int
    supervisor: int = 0
    postgres: int = 0


def prepare(home: Path) -> Path:
    """Give the resolved folder, made private where it is missing.

    Root in somebody's tree gives the new folders to that somebody, who is then the server's user.

    Raises
    ------
    NotYoursError
        Another user owns it, or the folder that it would be made in.
    """
    home = home.absolute().resolve()
    # os.path says False, where Path would raise, for what lies in a folder that we may not enter.
    missing = [folder for folder in (home, *home.parents) if not os.path.exists(folder)]
    ground = missing[-1].parent if missing else home
    if not os.access(ground, os.R_OK | os.W_OK | os.X_OK):
        raise NotYoursError(ground, owner(ground))
    for folder in reversed(missing):
        folder.mkdir(mode=0o700 if folder == home else 0o755, exist_ok=True)
        if os.geteuid() == 0:
            above = folder.parent.stat()
            os.chown(folder, above.st_uid, above.st_gid)
    return home


def owner(path: Path) -> str:
    """Give the name of a file's owner, or the number where it has none."""
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def published(home: Path) -> Published | None:
    """Give what the last supervisor published; None when there was none or the file is no such thing.

    Raises
    ------
    NotYoursError
        Another user owns it.
    """
    try:
        return Published(**json.loads((home / "server.json").read_text()))
    except PermissionError:
        raise NotYoursError(home, owner(home)) from None
    except (FileNotFoundError, TypeError, ValueError):
        return None


def publish(home: Path, told: Published) -> None:
    """Replace `server.json`, whole or not at all."""
    write_private(home / "server.json", json.dumps(asdict(told)))


def dsn(home: Path, dbname: str = "postgres", user: str = SUPERUSER) -> str:
    """Give the libpq connection string of the server in `home`, which need not run at the moment.

    It holds no password: libpq reads that from the file `pgpass`, for any port.

    Raises
    ------
    NeverStartedError
        Nobody started a server there.
    """
    home = home.absolute().resolve()
    told = published(home)
    if told is None:
        raise NeverStartedError(home)
    # sslmode: the server speaks no TLS, and a PGSSLMODE=require meant for another server must not get in the way.
    return make_conninfo(
        host="127.0.0.1", port=told.port, user=user, dbname=dbname, passfile=str(home / "pgpass"), sslmode="disable"
    )


def password(home: Path, user: str) -> str:
    """Give the password of a role.

    Raises
    ------
    NoPasswordError
        The file is missing or does not name the role.
    """
    file = home / "pgpass"
    for line in file.read_text().splitlines() if file.exists() else []:
        *_, role, secret = line.split(":")
        if role == user:
            return secret
    raise NoPasswordError(file, user)


def write_passwords(home: Path) -> None:
    """Make a new random password for every role."""
    # URL-safe text holds neither ':' nor '\', which the format of pgpass would need escaped.
    lines = (f"127.0.0.1:*:*:{role}:{secrets.token_urlsafe(24)}\n" for role in ROLES)
    write_private(home / "pgpass", "".join(lines))


def write_private(path: Path, text: str) -> None:
    """Write a file that only the owner of its folder may read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(open_private(fresh, os.O_WRONLY | os.O_TRUNC), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def try_lock(descriptor: int) -> bool:
    """Lock an open file for whoever holds its descriptor; False while somebody else has it locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_private(path: Path, flags: int) -> int:
    """Open or make a file that only the owner of its folder may read; give the descriptor."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.fchown(descriptor, above.st_uid, above.st_gid)
    return descriptor
