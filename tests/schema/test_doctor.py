"""What doctor finds about the store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schema.cli import mount
from schema.settings import Settings, settings
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


def findings() -> tuple[int, dict[str, tuple[bool, str]]]:
    """Give the exit code, and what is said about each thing."""
    result = CliRunner().invoke(app_of(mount), ["doctor", "--output", "json"], catch_exceptions=False)
    return result.exit_code, {row["check"]: (row["ok"], row["finding"]) for row in json.loads(result.stdout)}


def test_a_store_that_can_be_written_is_left_as_it_was(ledger: Settings) -> None:
    ledger.store_root.mkdir(parents=True)
    code, found = findings()
    assert (code, found["store"][0]) == (0, True)
    assert list(ledger.store_root.iterdir()) == []


def test_a_store_that_is_still_to_be_made_is_no_fault(ledger: Settings) -> None:
    assert findings()[1]["store"][0]
    assert not ledger.store_root.exists()


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_store_that_is_a_file_is_found(
    ledger: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    (tmp_path / "plain").touch()
    monkeypatch.setenv("SKYLEDGER_STORE", str(tmp_path / "plain" / below))
    settings.cache_clear()
    code, found = findings()
    assert code == 1
    assert found["store"][0] is False
    assert "cannot be written (Not a directory): set SKYLEDGER_STORE" in found["store"][1]
