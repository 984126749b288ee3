"""Workers killed at the worst moments."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from schema.settings import Settings
from tests.support.runs import contents, run_toys

pytestmark = pytest.mark.database
POINTS = ("after_claim", "in_unit", "after_move", "in_transaction", "after_commit")


def files(store: Path) -> list[str]:
    """Give what lies in the store outside of staging."""
    return sorted(str(path.relative_to(store)) for path in (store / "files").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """Hold what a run leaves when nobody is killed."""
    return {}


@pytest.mark.parametrize("point", [None, *POINTS])
def test_a_killed_worker_changes_nothing(
    point: str | None,
    owner: Connection[Any],
    toys: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, Any],
) -> None:
    ticket = tmp_path / "ticket"
    if point is not None:
        ticket.touch()
        monkeypatch.setenv("SKYLEDGER_DIE_AT", f"{point}:{ticket}")
    assert run_toys(owner, "run") == {"done": 8}
    assert not ticket.exists()
    lost = owner.execute("select count(*) from work.worker where stopped_at < now()").fetchone()
    assert lost is not None
    assert lost[0] == (2 if point is None else 3)
    found = {"contents": contents(owner, "run"), "files": files(toys.store_root)}
    assert found == undisturbed.setdefault("all", found)
    leases = owner.execute("select (select count(*) from work.lease), (select count(*) from work.ready)").fetchone()
    assert leases == (0, 0)
