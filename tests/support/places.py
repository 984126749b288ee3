"""Ledgers with their stores, between which runs go."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from ingest.transfer.export import TABLES, copy_out, export_run
from ingest.transfer.folder import Row, read_manifest, read_table, write_manifest, write_table
from ingest.transfer.take_in import Taken, import_run
from pipeline.planner.graph import Plan
from pipeline.planner.submit import submit
from pipeline.tasks import tasks
from pipeline.worker import Worker
from schema.ledger.software import register_software
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.queue import wake
from tests.support.runs import ended


@dataclass(frozen=True)
class Place:
    """A ledger with its store."""

    using: Settings
    owner: Connection[Any]

    @property
    def store(self) -> Store:
        return Store(self.using.store_root)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self.owner.execute(question).fetchall()

    def take(self, folder: Path) -> Taken:
        """Import a run."""
        return import_run(self.owner, self.store, folder)

    def give(self, run: str, folder: Path) -> Path:
        """Export a run."""
        copy_out(self.store, folder, export_run(self.owner, run, folder))
        return folder

    def finish(self, *runs: int) -> None:
        """Let one worker of this process do what is left of runs, in an environment that is what it says."""
        enlisted = "insert into work.worker (host, pid, software_id) values ('here', 1, %s) returning worker_id"
        ((worker_id,),) = self.owner.execute(enlisted, [register_software(self.owner)]).fetchall()
        worker = Worker(worker_id)
        while not all(ended(self.owner, run) for run in runs):
            wake(self.owner)
            worker.step()
        worker.connection.close()

    def submit_once(self, plan: Plan, name: str) -> int:
        """Submit a run whose units are tried once."""
        run = submit(self.owner, plan, name)
        self.owner.execute("update work.unit set max_attempts = 1 where run_id = %s", [run])
        return run

    @contextmanager
    def lacking(self, detector: int) -> Iterator[None]:
        """Let the file of a detector be somewhere else meanwhile: what needs it fails."""
        ((path,),) = self.owner.execute(
            "select a.path from registry.artifact a join registry.dataset d using (content_digest) "
            "join registry.coordinate c using (coordinate_id) join registry.dataset_type y using (dataset_type_id) "
            "where c.detector = %s and y.name = 'raw_image'",
            [detector],
        )
        aside = (self.store.root / path).rename(self.using.home / "aside")
        yield
        aside.rename(self.store.root / path)

    def retry(self, *runs: int) -> None:
        """Let what failed be done."""
        self.owner.execute("select work.retry(array(select unit_id from work.unit where state = 'dead'))")
        self.finish(*runs)


def see(patch: pytest.MonkeyPatch, using: Settings) -> None:
    """Let commands, plans and workers of this process see a ledger."""
    patch.setenv("SKYLEDGER_DATABASE_URL", using.database_url.get_secret_value() if using.database_url else "")
    patch.setenv("SKYLEDGER_HOME", str(using.home))
    patch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()


def look_away() -> None:
    """Forget what this process saw."""
    settings.cache_clear()
    tasks.cache_clear()


def rows_of(folder: Path, table: str) -> list[Row]:
    """Give the rows of a table of an export."""
    return list(read_table(folder, read_manifest(folder, TABLES), table))


def changed(folder: Path, to: Path, table: str, change: Callable[[Row], Row]) -> Path:
    """Give a copy of an export with other rows in a table, and right digests."""
    shutil.copytree(folder, to)
    rewrite(to, table, [change(row) for row in rows_of(to, table)])
    return to


def rewrite(folder: Path, table: str, rows: list[Row]) -> None:
    """Give an export other rows in a table, and right digests."""
    manifest = read_manifest(folder, TABLES)
    manifest.tables[table] = write_table(folder, table, rows)
    write_manifest(folder, manifest)
