"""Which files the stars of each cell come from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from schema.ledger.collections import lock

# Datasets of a run in some cells, or made of some files, with the files that each was made of.
CURRENT = """
select c.healpix, q.provenance_hash, f.dataset_id, o.file_name, encode(f.content_digest, 'hex'),
       (select a.path from registry.artifact a
        where a.content_digest = f.content_digest and a.state = 'present' order by a.artifact_id limit 1),
       registry.is_bad(f.dataset_id)
from registry.member m
join registry.coordinate c on c.coordinate_id = m.coordinate_id
join registry.dataset d on d.dataset_id = m.dataset_id
join registry.quantum q on q.quantum_id = d.quantum_id
join registry.quantum_input i on i.quantum_id = q.quantum_id
join registry.dataset f on f.dataset_id = i.dataset_id
join registry.origin o on o.dataset_id = f.dataset_id
where m.collection_id = %s and m.until = 'infinity'
  and (c.healpix = any(%s) or exists (
    select from registry.quantum_input x where x.quantum_id = q.quantum_id and x.dataset_id = any(%s)))"""


@dataclass(frozen=True)
class RefcatFile:
    """A reference file in the ledger: its dataset, its name, the SHA-256 of its bytes, and where it lies."""

    dataset_id: int
    name: str
    digest: str
    path: str


class Contents:
    """The files behind each cell of a run: as they are, and as they are to be.

    A file that came later takes the place of an earlier one of the same name, cell by cell; files of other names
    stand beside it. Files with a bad mark do not count.

    Attributes
    ----------
    provenance
        Identity of the conversion that is in the run, by cell.
    """

    def __init__(self) -> None:
        self.provenance: dict[int, bytes] = {}
        self._files: dict[int, dict[int, RefcatFile]] = {}

    def note(self, cell: int, file: RefcatFile) -> bool:
        """Let a cell have a file; say whether it took the place of another."""
        files = self._files.setdefault(cell, {})
        same = [other for other in files.values() if other.name == file.name and other.dataset_id != file.dataset_id]
        if any(other.dataset_id > file.dataset_id for other in same):
            return False
        for other in same:
            del files[other.dataset_id]
        files[file.dataset_id] = file
        return bool(same)

    def cells(self) -> Iterable[tuple[int, Sequence[RefcatFile]]]:
        """Give the cells, and the files of each in the order in which they came."""
        for cell, files in sorted(self._files.items()):
            yield cell, [files[dataset_id] for dataset_id in sorted(files)]

    def emptied(self) -> list[int]:
        """Give the cells that had files and have none any more, because all are marked bad."""
        return sorted(cell for cell in self.provenance if not self._files.get(cell))


def current_contents(connection: Connection[Any], run: int, datasets: Sequence[int], cells: Sequence[int]) -> Contents:
    """Read what a run has in some cells, and wherever it has stars of some files."""
    contents = Contents()
    for cell, provenance, dataset_id, name, digest, path, bad in connection.execute(
        CURRENT, [run, list(cells), list(datasets)]
    ):
        contents.provenance[cell] = provenance
        if not bad:
            contents.note(cell, RefcatFile(dataset_id, name, digest, path))
    return contents


def names_and_marks(connection: Connection[Any], datasets: Sequence[int]) -> dict[int, tuple[str, bool]]:
    """Give the name that each file came with, and whether it carries a bad mark."""
    rows = connection.execute(
        "select dataset_id, file_name, registry.is_bad(dataset_id) from registry.origin where dataset_id = any(%s)",
        [list(datasets)],
    )
    return {dataset_id: (name, bad) for dataset_id, name, bad in rows}


def leave_cells(connection: Connection[Any], run: int, cells: Sequence[int]) -> None:
    """Let a run have nothing in some cells; what it had stays findable by time."""
    connection.execute(
        """update registry.member m set until = greatest(m.since, %s) from registry.coordinate c
           where m.collection_id = %s and m.until = 'infinity'
             and c.coordinate_id = m.coordinate_id and c.healpix = any(%s)""",
        [lock(connection, run), run, list(cells)],
    )
