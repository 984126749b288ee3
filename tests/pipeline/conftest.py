"""A ledger with a toy camera, and toy tasks that workers find."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.tasks import tasks
from schema.settings import Settings, settings
from tests.support.campaigns import PIPELINE
from tests.support.combining import register_biases
from tests.support.ledgers import register_toy_camera


@pytest.fixture
def toys(
    ledger: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Register a toy exposure of four detectors."""
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()
    register_toy_camera(owner, ledger, 4, tmp_path / "in")
    yield settings()
    tasks.cache_clear()


@pytest.fixture
def folder(toys: Settings, tmp_path: Path) -> Path:
    """Give a folder with a pipeline of toys."""
    (tmp_path / "toys.yaml").write_text(PIPELINE)
    return tmp_path


@pytest.fixture
def biases(
    ledger: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Register biases of a toy camera, and tasks that gather them."""
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.combining"]')
    settings.cache_clear()
    tasks.cache_clear()
    register_biases(owner, settings(), tmp_path / "in")
    yield settings()
    tasks.cache_clear()
