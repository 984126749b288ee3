"""A run of toy tasks, by real worker processes."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.pool import Pool
from pipeline.tasks import tasks
from schema.ledger.collections import find
from schema.settings import Settings, settings
from tests.support.ledgers import register_toy_camera


@pytest.fixture(autouse=True)
def toys(ledger: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process and the workers find the toy tasks."""
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()


def run(owner: Connection[Any], name: str, workers: int = 2, **config: Any) -> dict[str, int]:
    """Plan, submit and run; give the number of units by state."""
    pipeline = Pipeline(name="toys", description="Toys.", tasks={"toy_count": config, "toy_double": {}})
    planned = plan(owner, pipeline, find(owner, ["Toy/raw"]))
    run_id = submit(owner, planned, name)
    with Pool(workers) as pool:
        pool.watch(lambda connection: ended(connection, run_id), pause=0.05)
    return dict(
        owner.execute("select state, count(*) from work.unit where run_id = %s group by 1", [run_id]).fetchall()
    )


def ended(connection: Connection[Any], run_id: int) -> bool:
    row = connection.execute("select ended from public.run where run_id = %s", [run_id]).fetchone()
    return bool(row and row[0])


def contents(owner: Connection[Any], name: str) -> list[tuple[Any, ...]]:
    """Give what a run's collection holds, without surrogate keys."""
    return owner.execute(
        """select d.uid, d.content_digest, d.n_rows, m.how from registry.member m join registry.dataset d using (dataset_id)
           join registry.collection c on c.collection_id = m.collection_id where c.name = %s order by 1""",
        [name],
    ).fetchall()


def test_a_run_computes_and_registers_everything(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_toy_camera(owner, ledger, 4, tmp_path / "in")
    assert run(owner, "first") == {"done": 8}
    assert len(contents(owner, "first")) == 8
    rows = owner.execute("select metric, value, detector from public.measurement order by detector").fetchall()
    assert rows == [("toy_count.size", 18.0, detector) for detector in range(4)]
    edges = owner.execute("select count(*) from registry.quantum_input").fetchone()
    assert edges == (8,)
