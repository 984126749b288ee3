"""Reference files into the registry, and the stars of each cell that they change: one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from psycopg import Connection

from ingest.conversion import Converted, enter
from ingest.refcats.contents import Contents, RefcatFile, current_contents, leave_cells, names_and_marks
from ingest.refcats.conversions import conversion, recipe, store_stars
from ingest.refcats.readers import read_stars
from ingest.refcats.stars import Reader, cells, enclosing_cell, merge
from schema.faults import die_at
from schema.ledger.collections import lock
from schema.ledger.external import ExternalFile, register_external
from schema.store import Store, Stored

Outcome = Literal["new", "known", "other content", "marked bad"]


@dataclass(frozen=True)
class Delivered:
    """A file that was read and copied into the store."""

    path: Path
    stored: Stored
    stars: pa.Table

    def source(self) -> ExternalFile:
        """Describe the dataset that the file becomes."""
        place = {"healpix": enclosing_cell(self.stars)}
        return ExternalFile("refcat_file", place, self.stored.file_digest, self.stored, self.path.name)


class Stars:
    """Stars of files by cell; files that are in the ledger are read again when they are needed."""

    def __init__(self, store: Store, order: int) -> None:
        self._store, self._order = store, order
        self._parts: dict[int, dict[int, pa.Table]] = {}

    def keep(self, dataset_id: int, stars: pa.Table) -> dict[int, pa.Table]:
        """Cut the stars of a file into cells."""
        return self._parts.setdefault(dataset_id, dict(cells(stars, self._order)))

    def of(self, file: RefcatFile, cell: int) -> pa.Table:
        """Give the stars that a file has in a cell, perhaps none."""
        if file.dataset_id not in self._parts:
            self.keep(file.dataset_id, read_stars(self._store.locate(file.path))[1])
        parts = self._parts[file.dataset_id]
        return parts[cell] if cell in parts else next(iter(parts.values())).slice(0, 0)


def register(
    connection: Connection[Any], store: Store, run: int, reader: Reader, files: Sequence[Delivered]
) -> list[Outcome]:
    """Register files of one catalog, and a dataset of stars for each cell that they change, in one transaction.

    A cell has one dataset: the stars of all files of the catalog that reach into it.

    Returns
    -------
    What became of each file, in their order.
    """
    stars = Stars(store, reader.order)
    with connection.transaction():
        lock(connection, run)
        registered = register_external(connection, [file.source() for file in files], "file")
        ids = [found.dataset_id for found in registered]
        touched = {cell for one, file in zip(ids, files, strict=True) for cell in stars.keep(one, file.stars)}
        contents = current_contents(connection, run, ids, sorted(touched))
        known = names_and_marks(connection, ids)
        outcomes: list[Outcome] = []
        for one, file in zip(registered, files, strict=True):
            name, bad = known[one.dataset_id]
            source = RefcatFile(one.dataset_id, name, file.stored.file_digest.hex(), file.stored.path)
            mine = () if bad else stars.keep(one.dataset_id, file.stars)
            replaced = [contents.note(cell, source) for cell in mine]
            outcomes.append(_outcome(bad, one.new, any(replaced)))
        enter(connection, run, list(_changed(store, contents, stars, reader)))
        leave_cells(connection, run, contents.emptied())
        die_at("in_ingest")
    return outcomes


def _outcome(bad: bool, new: bool, replaces: bool) -> Outcome:
    if bad:
        return "marked bad"
    return "known" if not new else "other content" if replaces else "new"


def _changed(store: Store, contents: Contents, stars: Stars, reader: Reader) -> Iterator[Converted]:
    """Convert the cells whose files or code are not those of the dataset that is there."""
    code = recipe(reader)
    for cell, files in contents.cells():
        made = conversion(reader.catalog, code, cell, files)
        if made.provenance != contents.provenance.get(cell):
            yield store_stars(store, made, merge([stars.of(file, cell) for file in files]))
