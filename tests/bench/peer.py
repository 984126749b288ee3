"""Peers: programs in an environment of their own, which the product's does not need."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from schema.settings import ROOT
from tests.bench.ledgers import Ledgers

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PACKAGES = ("procrastinate", "pgqueuer", "asyncpg", "lsst-daf-butler")
VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))"""


class PeerEnded(Exception):
    """A program of a peer ended before it answered; what it said stands on the terminal."""

    def __init__(self, module: str, status: int) -> None:
        super().__init__(f"{module} ended with status {status} instead of an answer; its last words stand above")
        self.module, self.status = module, status


@dataclass(frozen=True)
class Peer:
    """A running program of a peer."""

    module: str
    process: subprocess.Popen[str]

    def tell(self, do: str, **values: Any) -> None:
        """Send a request."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """Wait for the answer to the last request."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise PeerEnded(self.module, self.process.wait())
        return json.loads(line)

    def ask(self, do: str, **values: Any) -> Any:
        """Send a request and wait for the answer."""
        self.tell(do, **values)
        return self.hear()


def available() -> bool:
    """Whether the peers are installed; says in a sentence what is left out when they are not."""
    if not PYTHON.exists():
        print(f"peers: {PYTHON} is missing, so they are left out: make .venv-peers/ready", file=sys.stderr)
    return PYTHON.exists()


def versions() -> dict[str, str]:
    """Give the versions of the peers; none when they are not installed."""
    if not PYTHON.exists():
        return {}
    said = subprocess.run([PYTHON, "-c", VERSIONS, *PACKAGES], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(said.stdout)
    return found


@contextmanager
def start(module: str, *arguments: str) -> Iterator[Peer]:
    """Start a program of a peer, and end it after use."""
    line = [str(PYTHON), "-m", f"tests.bench.peers.{module}", *arguments]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Peer(module, process)
        finally:
            process.kill()


@contextmanager
def butler_of(ledgers: Ledgers, n: int, module: str = "butler_registry") -> Iterator[Peer | None]:
    """Give a Butler with a registry on the same server and n detectors; None, when it is not installed."""
    if not available():
        yield None
        return
    with ledgers.database() as url, start(module, url, str(ledgers.folder / module)) as butler:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("create extension btree_gist")
        butler.ask("make", n=n)
        yield butler
