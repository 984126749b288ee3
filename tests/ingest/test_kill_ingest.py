"""Ingest killed at every step, and repeated: the ledger and the store end as if nobody had been."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.staging import clear_staging
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DECAM, GAIA
from tests.support.portrait import age, ailments, portrait
from tests.support.processes import command, ended, killed_at, start

pytestmark = pytest.mark.database
FILE_POINTS = ("after_copy", "after_link", "in_ingest")
LOAD_POINTS = ("after_open", "in_stage", "after_stage", "after_verify", "in_publish", "after_publish")
COMMANDS = {
    "exposures": (("ingest", "exposures", *sorted(DECAM.glob("*_g_ls9.N3.fits"))), FILE_POINTS),
    "refcat": (("ingest", "refcat", GAIA), (*FILE_POINTS, *LOAD_POINTS)),
}


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """Hold what an ingest leaves when nobody is killed."""
    return {}


@pytest.mark.parametrize("kill", [False, True])
@pytest.mark.parametrize("what", COMMANDS)
def test_an_ingest_killed_at_every_step_and_repeated_changes_nothing(
    what: str, kill: bool, owner: Connection[Any], ledger: Settings, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    words, points = COMMANDS[what]
    for point in points if kill else ():
        assert killed_at(point, tmp_path / "ticket", command, *words), point
    assert ended(start(command, *words)) == 0
    # What copies that were cut off left in staging, the next pool removes when it is old.
    age(ledger.store_root)
    clear_staging(owner, Store(ledger.store_root))
    found = portrait(owner, ledger.store_root)
    assert found["members"]
    assert found["staging"] == []
    assert found == undisturbed.setdefault(what, found)
    assert ailments(ledger) == []
