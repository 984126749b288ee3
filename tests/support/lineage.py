"""A lineage of toys: two tasks in a row on every detector."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from pipeline.definition import Pipeline, read
from pipeline.lineage.invalidate import Again, plan_again
from pipeline.lineage.make import make
from pipeline.running import submit_or_find
from queries.lineage.naming import Named
from schema.ledger.collections import add_members, find
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.store import Store
from tests.support.runs import finish

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOYS = """
name: toys
description: Count, then double.
tasks:
  toy_count: {}
  toy_double: {}
"""


def toy_pipeline(folder: Path, text: str = TOYS) -> Path:
    """Write the pipeline into a file, as users have theirs."""
    path = folder / "toys.yaml"
    path.write_text(text)
    return path


def data_id(detector: int) -> dict[str, str]:
    """Give the data ID of a toy detector, as words of the command line."""
    return {"instrument": "Toy", "exposure": "1", "detector": str(detector)}


def do(owner: Connection[Any], run: str) -> None:
    """Let a worker of this process do a run."""
    finish(owner, find(owner, [run])[0])


def make_all(owner: Connection[Any], pipeline: Pipeline) -> list[str]:
    """Make every double; give the runs that were needed."""
    return make(owner, pipeline, Named("toy_double", {"instrument": "Toy"}), NOW, lambda run: do(owner, run))[1]


def key_of(owner: Connection[Any], dataset_type: str, detector: int) -> int:
    """Give the newest dataset of a type on a detector."""
    row = owner.execute(
        "select max(dataset_id) from dataset where dataset_type = %s and detector = %s", [dataset_type, detector]
    ).fetchone()
    assert row is not None
    return int(row[0])


def replace_raw(
    owner: Connection[Any], using: Settings, folder: Path, detector: int, text: str, within: str = "Toy/raw"
) -> int:
    """Let another file take the place of a raw one within a collection; give the new dataset."""
    path = folder / f"again{detector}.txt"
    path.write_text(text)
    stored = Store(using.store_root).take_in(path)
    place = {"instrument": "Toy", "exposure": 1, "detector": detector}
    (found,) = register_external(
        owner, [ExternalFile("raw_image", place, stored.file_digest, stored, path.name)], "file"
    )
    add_members(owner, find(owner, [within])[0], [found.dataset_id], "ingested")
    return found.dataset_id


def resubmit(owner: Connection[Any], roots: list[int], pipeline: Path) -> tuple[Again, str]:
    """Plan again what hangs on some datasets, and do it."""
    (again,) = plan_again(owner, roots, [str(pipeline)])
    run = submit_or_find(owner, again.plan, "again", NOW)
    do(owner, run)
    return again, run


def read_toys(folder: Path) -> Pipeline:
    """Give the pipeline of toys."""
    return read(str(toy_pipeline(folder)))
