"""The life of an embedded server: started by anybody, kept alive, stopped."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from schema import server
from schema.server.errors import NeverStartedError, NotStartedError

ENSURE = "import sys; from pathlib import Path; from schema import server; server.ensure(Path(sys.argv[1])); "


def processes(home: Path) -> set[int]:
    """Give the live processes of a server folder: supervisors by their command line, postgres by where it works."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if str(home).encode() in words or (process / "cwd").readlink().is_relative_to(home):
                found.add(int(process.name))
        except OSError:
            continue
    return found - {os.getpid()}


def wait_for_end(home: Path, patience: float) -> None:
    """Return when no process of the folder is left."""
    deadline = time.monotonic() + patience
    while left := processes(home):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the folder of a server that the tests of this file start, kill and stop; nothing is left of it."""
    path = tmp_path_factory.mktemp("server") / "home"
    yield path
    server.stop(path)
    wait_for_end(path, 10)


@pytest.fixture
def running(home: Path) -> Path:
    """Give that folder with its server running and an empty table `note` in it."""
    server.ensure(home)
    with psycopg.connect(server.dsn(home)) as connection:
        connection.execute("drop table if exists note")
        connection.execute("create table note (number bigint primary key)")
    return home


def pids(home: Path) -> tuple[int, int]:
    """Give the supervisor and the postmaster of a running server."""
    told = server.status(home)
    assert told is not None
    supervisor, postgres = told["supervisor"], told["postgres"]
    assert isinstance(supervisor, int)
    assert isinstance(postgres, int)
    return supervisor, postgres


def write_note(home: Path, number: int) -> None:
    with psycopg.connect(server.dsn(home)) as connection:
        connection.execute("insert into note values (%s)", [number])


def notes(home: Path) -> set[int]:
    with psycopg.connect(server.dsn(home)) as connection:
        return {number for (number,) in connection.execute("select number from note")}


def test_a_first_start_gives_a_private_server_with_our_settings(running: Path) -> None:
    with psycopg.connect(server.dsn(running)) as connection:
        settings: dict[str, str] = dict(connection.execute("select name, setting from pg_settings").fetchall())
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["unix_socket_directories"] == ""
    assert settings["TimeZone"] == "UTC"
    assert settings["max_connections"] == "100"
    assert settings["data_checksums"] == "on"
    assert settings["fsync"] == settings["full_page_writes"] == settings["synchronous_commit"] == "on"
    assert running.stat().st_mode & 0o077 == 0
    assert (running / "pgpass").stat().st_mode & 0o077 == 0
    assert not (running / "pwfile").exists()


def test_status_tells_port_processes_version_and_uptime(running: Path) -> None:
    told = server.status(running)
    assert told is not None
    assert f"port={told['port']} " in server.dsn(running)
    assert {told["supervisor"], told["postgres"]} <= processes(running)
    assert str(told["version"]).startswith((running / "data" / "PG_VERSION").read_text().strip())
    assert isinstance(told["uptime"], float)
    assert told["uptime"] > 0


def test_a_password_is_needed_and_differs_by_role(running: Path) -> None:
    roles = ["skyledger", "skyledger_owner", "skyledger_worker", "skyledger_reader"]
    assert len({server.password(running, role) for role in roles}) == 4
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn(running), password="wrong")


def test_settings_of_another_server_in_the_environment_do_no_harm(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stop(home)
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("LC_ALL", "xx_XX")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    server.ensure(home)
    words = Path(f"/proc/{pids(home)[1]}/environ").read_text().split("\0")
    assert {word.partition("=")[0] for word in words if word} == {"PATH", "LC_ALL"}
    assert "LC_ALL=C.UTF-8" in words


def test_stop_and_start_keep_data_and_address(running: Path) -> None:
    write_note(running, 1)
    address = server.dsn(running)
    assert server.stop(running)
    wait_for_end(running, 5)
    assert server.status(running) is None
    assert not server.stop(running)
    server.ensure(running)
    assert server.dsn(running) == address
    assert notes(running) == {1}


def test_a_stop_does_not_wait_for_clients(running: Path) -> None:
    with psycopg.connect(server.dsn(running)) as client:
        began = time.monotonic()
        assert server.stop(running)
        assert time.monotonic() - began < 5
        with pytest.raises(psycopg.OperationalError):
            client.execute("select 1")


def test_a_killed_postmaster_comes_back_with_every_acknowledged_row(running: Path) -> None:
    supervisor, postmaster = pids(running)
    acknowledged, under_way = set[int](), threading.Event()

    def write_for_ever() -> None:
        with psycopg.connect(server.dsn(running), autocommit=True) as client:
            for number in itertools.count():
                client.execute("insert into note values (%s)", [number])
                acknowledged.add(number)
                if number == 100:
                    under_way.set()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write_for_ever)
        under_way.wait(20)
        os.kill(postmaster, signal.SIGKILL)
        assert isinstance(writer.exception(20), psycopg.OperationalError)
    server.ensure(running)
    assert len(acknowledged) > 100
    assert acknowledged <= notes(running)
    assert pids(running)[0] == supervisor
    assert pids(running)[1] != postmaster


def test_a_killed_supervisor_is_replaced(running: Path) -> None:
    write_note(running, 1)
    address, (supervisor, postmaster) = server.dsn(running), pids(running)
    os.kill(supervisor, signal.SIGKILL)
    while server.status(running) is not None:  # its parent's death stops postgres
        time.sleep(0.02)
    server.ensure(running)
    assert set(pids(running)).isdisjoint({supervisor, postmaster})
    assert server.dsn(running) == address
    assert notes(running) == {1}


def test_both_killed_are_replaced_although_a_backend_is_busy(running: Path) -> None:
    write_note(running, 1)
    with closing(psycopg.connect(server.dsn(running), autocommit=True)) as client:
        backend = client.info.backend_pid
        client.pgconn.send_query(b"do 'begin loop null; end loop; end'")
        with psycopg.connect(server.dsn(running), autocommit=True) as other:
            state = "select state from pg_stat_activity where pid = %s"
            while other.execute(state, [backend]).fetchone() != ("active",):
                time.sleep(0.01)
        for pid in pids(running):
            os.kill(pid, signal.SIGKILL)
        assert backend in processes(running)
        server.ensure(running)
    assert backend not in processes(running)
    assert notes(running) == {1}


def test_the_pid_file_of_a_zombie_that_nobody_reaps_is_void(running: Path) -> None:
    server.stop(running)
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, yet not reaped
    (running / "data" / "postmaster.pid").write_text(f"{zombie.pid}\n{running / 'data'}\n")
    server.ensure(running)
    assert Path(f"/proc/{zombie.pid}/stat").read_text().split()[2] == "Z"
    zombie.wait()


def test_a_postmaster_stopped_by_hand_stays_down(running: Path) -> None:
    os.kill(pids(running)[1], signal.SIGINT)
    wait_for_end(running, 10)
    assert server.status(running) is None


def test_a_command_that_starts_the_server_closes_its_output(home: Path) -> None:
    server.stop(home)
    # Returns only when every copy of the pipe's end is closed.
    done = subprocess.run([sys.executable, "-c", ENSURE, home], capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert server.status(home) is not None


def test_an_unused_server_stops_and_a_connected_one_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stop(home)
    monkeypatch.setenv("SKYLEDGER_IDLE_STOP", "1")
    server.ensure(home)
    with psycopg.connect(server.dsn(home), autocommit=True) as client:
        time.sleep(2)
        client.execute("select 1")
    wait_for_end(home, 10)


def test_postgres_that_falls_at_once_is_given_up_with_its_reason(home: Path) -> None:
    server.ensure(home)
    server.stop(home)
    override = home / "data" / "postgresql.auto.conf"
    good = override.read_text()
    override.write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(NotStartedError, match=r"shared_buffers|configuration file.*see .*server\.log"):
        server.ensure(home)
    override.write_text(good)
    server.ensure(home)


def test_many_callers_at_once_get_one_fast_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_SERVER_FAST", "1")
    program = ENSURE + "print(server.status(Path(sys.argv[1]))['supervisor'])"
    callers = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    answers = {caller.communicate(timeout=60)[0].strip() for caller in callers}
    try:
        assert answers == {str(pids(tmp_path)[0])}
        assert (tmp_path / "server.log").read_text().count("starting PostgreSQL") == 1
        with psycopg.connect(server.dsn(tmp_path)) as connection:
            assert connection.execute("show fsync").fetchone() == ("off",)
    finally:
        server.stop(tmp_path)
    wait_for_end(tmp_path, 5)


def test_a_removed_folder_can_be_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_SERVER_FAST", "1")
    monkeypatch.setenv("SKYLEDGER_IDLE_STOP", "6")  # the supervisor looks four times in this
    home = tmp_path / "home"
    server.ensure(home)
    first = set(pids(home))
    while home.exists():  # its server may write a file meanwhile
        shutil.rmtree(home, ignore_errors=True)
    server.ensure(home)
    try:
        deadline = time.monotonic() + 30
        while first & processes(home):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert first.isdisjoint(pids(home))
    finally:
        server.stop(home)
    wait_for_end(home, 5)


def test_a_folder_without_server_has_no_address_and_nothing_to_stop(tmp_path: Path) -> None:
    with pytest.raises(NeverStartedError, match=r"server\.json"):
        server.dsn(tmp_path)
    assert server.status(tmp_path) is None
    assert not server.stop(tmp_path)
    assert not server.stop(tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())
