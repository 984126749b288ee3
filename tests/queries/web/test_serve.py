"""The verb serve."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from queries.web.cli import mount
from queries.web.errors import NoPort
from schema.errors import NoDatabase
from schema.settings import Settings, settings
from tests.support.typer_app import app_of

SKYLEDGER = Path(sys.executable).with_name("skyledger")


@pytest.mark.database
def test_it_prints_its_address_serves_and_ends_when_asked(ledger: Settings) -> None:
    command = [str(SKYLEDGER), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout is not None
        found = re.fullmatch(
            r"SkyLedger is at (http://127\.0\.0\.1:\d+/) \(Ctrl-C ends it\)\n", server.stdout.readline()
        )
        try:
            assert found is not None
            with urlopen(f"{found[1]}healthz", timeout=60) as answer:
                assert answer.read() == b"ok"
        finally:
            server.send_signal(signal.SIGINT)
        output, said = server.communicate(timeout=60)
    assert (server.returncode, output, said) == (0, "", "")


@pytest.mark.database
def test_a_port_that_is_taken_is_one_sentence(ledger: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app_of(mount), ["--port", str(port)])
    assert isinstance(result.exception, NoPort)
    assert f"port {port} of 127.0.0.1 cannot be used (Address already in use" in str(result.exception)


def test_a_ledger_that_does_not_answer_is_said_before_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_DATABASE_URL", "host=127.0.0.1 port=1")
    settings.cache_clear()
    result = CliRunner().invoke(app_of(mount), ["--port", "0"])
    settings.cache_clear()
    assert isinstance(result.exception, NoDatabase)


def test_help_has_an_example() -> None:
    assert "Example: skyledger serve" in CliRunner().invoke(app_of(mount), ["--help"]).stdout
