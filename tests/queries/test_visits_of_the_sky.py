"""Visits and pointings are those of the sky, unless another type of observation is asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg import Connection, RawCursor
from psycopg.rows import dict_row

from ingest.exposures import ingest_exposures
from queries.named import bind, named
from schema.settings import Settings
from schema.store import Store
from tests.support.forward import Chip
from tests.support.tiny_camera import known, write_frame

pytestmark = pytest.mark.database

TYPES = ("science", "bias", "dark", "flat", "focus")


@pytest.fixture
def taken(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> Connection[Any]:
    """Give a ledger with a raw frame of each type, in that order."""
    chip = Chip()
    dark = np.zeros((2 * chip.side, 2 * chip.side))
    with known(tmp_path, chip):
        frames = [
            write_frame(tmp_path / f"{kind}.fits", chip, dark, number, EXPID=number, OBSTYPE=kind, RA=150.0 + number)
            for number, kind in enumerate(TYPES, 1)
        ]
        assert ingest_exposures(owner, Store(ledger.store_root), frames).counts() == {"new": len(TYPES)}
    return owner


def ask(connection: Connection[Any], name: str, **given: str) -> list[dict[str, Any]]:
    query = named(name)
    return RawCursor(connection, row_factory=dict_row).execute(query.statement, bind(query, given)).fetchall()


def test_visits_are_those_of_the_sky(taken: Connection[Any]) -> None:
    assert sorted(row["visit"] for row in ask(taken, "visits")) == [1, 5]
    assert [row["visit"] for row in ask(taken, "visits", observation_type="bias")] == [2]


def test_pointings_are_those_of_the_sky(taken: Connection[Any]) -> None:
    assert sorted(row["ra"] for row in ask(taken, "sky_pointings")) == [151.0, 155.0]
    assert [row["ra"] for row in ask(taken, "sky_pointings", observation_type="flat")] == [154.0]
