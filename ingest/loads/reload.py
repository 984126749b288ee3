"""Catalog tables made anew from their Parquet files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ingest.loads.load import ParquetFile, copy_in
from schema.catalog.definition import definition
from schema.doctor_deep import LOST
from schema.errors import SkyledgerError, StoreBroken
from schema.store import Store

LOADS = f"""
select l.load_id, l.target, l.n_rows,
       (select count(*) from ingest.load_file f where f.load_id = l.load_id) as n_files
from ingest.load l
where {LOST}
order by l.load_id"""  # noqa: S608  # a constant of ours

FILES = """
select distinct on (f.dataset_id) f.dataset_id, a.path
from ingest.load_file f
join registry.dataset d using (dataset_id)
left join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
where f.load_id = %s
order by f.dataset_id, a.artifact_id"""


class LostFile(SkyledgerError):
    """A Parquet file that is needed and has no copy."""

    def __init__(self, load: int, dataset: int) -> None:
        self.load, self.dataset = load, dataset
        super().__init__(
            f"load {load} needs dataset {dataset}, of which no file is left: `skyledger restore --missing` may bring it"
        )


@dataclass(frozen=True)
class LostLoad:
    """A load whose rows should be in a catalog table and are not."""

    load_id: int
    target: str
    n_rows: int
    n_files: int


def lost_loads(connection: Connection[Any]) -> list[LostLoad]:
    """Find the loads that were published and whose partition is not there."""
    return [LostLoad(*row) for row in connection.execute(LOADS)]


def reload(connection: Connection[Any], store: Store, lost: LostLoad) -> None:
    """Make the partition of a load anew, in one transaction: killed anywhere, the load is still found to be lost."""
    files = []
    for dataset, path in connection.execute(FILES, [lost.load_id]):
        if path is None:
            raise LostFile(lost.load_id, dataset)
        files.append(ParquetFile(dataset, path))
    with connection.transaction():
        (token, published) = connection.execute(
            """update ingest.load set state = 'open', staged = null, n_rows = null where load_id = %s
               returning nextval('work.fence'), published_at""",
            [lost.load_id],
        ).fetchall()[0]
        copy_in(connection, store, definition(lost.target), lost.load_id, files, token)
        connection.execute("select ingest.verify(%s, %s)", [lost.load_id, token])
        connection.execute("select ingest.publish(%s, %s)", [lost.load_id, token])
        connection.execute("update ingest.load set published_at = %s where load_id = %s", [published, lost.load_id])


def reload_all(
    connection: Connection[Any], store: Store, done: Callable[[], object] = lambda: None
) -> tuple[list[LostLoad], list[str]]:
    """Make every lost partition anew.

    Returns
    -------
    The loads that are back, and a sentence for each that lacks a file: it stays as it was.
    """
    back, problems = [], []
    for load in lost_loads(connection):
        try:
            reload(connection, store, load)
            back.append(load)
        except (LostFile, StoreBroken) as error:
            problems.append(str(error))
        done()
    return back, problems
