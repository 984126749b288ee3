"""Whoever starts it: an ordinary user, a uid without a name, root in somebody's tree."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schema import server

NOBODY, NAMELESS = 65534, 54321
ROOT = Path(server.__file__).parents[2]
PATHS = os.pathsep.join([str(ROOT), str(Path(psycopg.__file__).parents[1])])
SERVE = """
server.ensure(home)
with psycopg.connect(server.dsn(home)) as connection:
    connection.execute("create table note as select 1")
print(Path(f"/proc/{server.status(home)['postgres']}").stat().st_uid, server.stop(home))
"""
REFUSE = """
for verb in (server.ensure, server.stop, server.dsn):
    try:
        verb(home)
    except server.ServerError as error:
        print(error)
"""
# A child of its own, because setpriv starts its program with root's rights to the path.
REACH = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import psycopg, schema'], check=True)"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def run_as(uid: int, home: Path, program: str) -> str:
    """Run a program as another user; give what it says."""
    # An environment under root's private home cannot be entered; the system's Python of the same version can.
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": PATHS}
    for python in (sys.executable, system):
        line = [*become, python, "-W", "error", "-c"]
        if (
            shutil.which(python)
            and not subprocess.run(
                [*line, REACH], env=environment, cwd="/", capture_output=True, check=False
            ).returncode
        ):
            break
    else:
        pytest.skip("no Python that an ordinary user can run reaches our packages")
    head = "import sys, psycopg\nfrom pathlib import Path\nfrom schema import server\nhome = Path(sys.argv[1])\n"
    done = subprocess.run(
        [*line, head + program, home], env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def tree() -> Iterator[Path]:
    """Give a private folder that any user can be given: those of pytest lie under one of root's."""
    with tempfile.TemporaryDirectory(prefix="skyledger-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("uid", [NOBODY, NAMELESS])
def test_a_user_runs_its_own_server(uid: int, tree: Path) -> None:
    os.chown(tree, uid, uid)
    assert run_as(uid, tree / ".skyledger", SERVE) == f"{uid} True"


def test_root_in_a_users_tree_runs_that_users_server_and_the_user_may_stop_it(tree: Path) -> None:
    os.chown(tree, NOBODY, NOBODY)
    home = tree / "deep" / ".skyledger"
    server.ensure(home)
    try:
        told = server.status(home)
        assert told is not None
        assert Path(f"/proc/{told['postgres']}").stat().st_uid == NOBODY
        assert {file.stat().st_uid for file in tree.rglob("*")} == {NOBODY}
        assert run_as(NOBODY, home, "print(server.stop(home))") == "True"
    finally:
        server.stop(home)
    assert run_as(NOBODY, home, SERVE) == f"{NOBODY} True"


def test_the_server_of_another_user_is_refused(tree: Path) -> None:
    tree.chmod(0o755)
    home = tree / ".skyledger"
    home.mkdir(mode=0o700)
    said = run_as(NOBODY, home, REFUSE).splitlines()
    assert said == [f"{home} belongs to root: run this as root, or choose another folder for the server"] * 3
    assert run_as(NOBODY, tree / "new", REFUSE).startswith(f"{tree} belongs to root")
