"""The Parquet files of loads."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from schema.errors import SkyledgerError


class LostFile(SkyledgerError):
    """A Parquet file that is needed and has no copy."""

    def __init__(self, load: int, dataset: int) -> None:
        self.load, self.dataset = load, dataset
        super().__init__(
            f"load {load} needs dataset {dataset}, of which no file is left: `skyledger restore --missing` may bring it"
        )


@dataclass(frozen=True)
class ParquetFile:
    """A dataset to load, and where its file is."""

    dataset_id: int
    path: str


def files_to_load(connection: Connection[Any], catalog: str, run_id: int, dataset_type: str) -> list[ParquetFile]:
    """Find the datasets of a run whose rows are not in the table yet; what is leaving it cannot come back meanwhile."""
    rows = connection.execute(
        """select distinct on (m.dataset_id) m.dataset_id, a.path
           from registry.member m
           join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id and y.name = %s
           join registry.dataset d on d.dataset_id = m.dataset_id
           join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
           where m.collection_id = %s and m.until = 'infinity'
             and not exists (
               select from ingest.load_file f join ingest.load l using (load_id)
               where f.dataset_id = m.dataset_id and f.target = %s and f.live and l.state in ('published', 'retiring'))
           order by m.dataset_id, a.artifact_id""",
        [dataset_type, run_id, catalog],
    )
    return [ParquetFile(*row) for row in rows]


def files_of(connection: Connection[Any], *loads: int) -> list[ParquetFile]:
    """Find the files that loads were made of, or are to be made of.

    Raises
    ------
    LostFile
        Raised if one has no copy in the store.
    """
    rows = connection.execute(
        """select distinct on (f.dataset_id) f.load_id, f.dataset_id, a.path
           from ingest.load_file f
           join registry.dataset d using (dataset_id)
           left join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
           where f.load_id = any(%s)
           order by f.dataset_id, a.artifact_id""",
        [list(loads)],
    )
    files = []
    for load_id, dataset, path in rows:
        if path is None:
            raise LostFile(load_id, dataset)
        files.append(ParquetFile(dataset, path))
    return files
