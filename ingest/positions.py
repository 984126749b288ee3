"""Lists of sky positions into the ledger: `skyledger ingest positions`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg import Connection

from ingest.conversion import Converted, enter
from ingest.position_file import BadPositionList, read_positions
from ingest.refcats.contents import RefcatFile
from ingest.refcats.conversions import FOLLOWED, conversion, store_stars
from ingest.refcats.stars import cells, enclosing_cell
from ingest.report import Report
from schema.code import code_digest
from schema.errors import SkyledgerError
from schema.ledger.collections import lock, make_run
from schema.ledger.external import ExternalFile, register_external
from schema.sky import CELL_ORDER
from schema.store import Store

TASK = "convert_positions"
OUTPUT = "position"
NAME = re.compile(r"\w[\w ._+/-]{0,63}")
# Cells of the run that the new file has no position in.
RETIRE = """
update registry.member m set until = greatest(m.since, %s)
from registry.dataset_type y, registry.coordinate c
where m.collection_id = %s and m.until = 'infinity' and y.dataset_type_id = m.dataset_type_id and y.name = %s
  and c.coordinate_id = m.coordinate_id and c.healpix <> all(%s)"""


class BadListName(SkyledgerError):
    """A name that a list of positions cannot have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"a list of positions cannot be called {name[:60]!r}: use up to 64 letters, digits, blanks and ._+/-, and "
            "begin with a letter or digit"
        )


def ingest_positions(connection: Connection[Any], store: Store, name: str, path: Path) -> Report:
    """Register a list of positions under a name, cut into HEALPix cells; another file of that name takes its place.

    Each cell is a dataset `position` made from the file by a quantum, as with reference stars: from a forced flux one
    comes back to the file that asked for it. The collection is `positions/` and the name.

    Raises
    ------
    BadListName
        Raised if the name is empty, too long, or has signs that nobody could type.
    """
    if not NAME.fullmatch(name):
        raise BadListName(name)
    report = Report()
    try:
        positions = read_positions(path, name)
    except BadPositionList as error:
        report.refuse(path, str(error))
        return report
    stored = store.take_in(path)
    run = make_run(connection, f"positions/{name}", "ingest", bytes(32), "Positions for forced photometry.")
    with connection.transaction():
        moment = lock(connection, run)
        replaces = _is_filled(connection, run)
        source = ExternalFile(
            "position_file", {"healpix": enclosing_cell(positions)}, stored.file_digest, stored, path.name
        )
        (registered,) = register_external(connection, [source], "file")
        origin = RefcatFile(registered.dataset_id, path.name, stored.file_digest.hex(), stored.path)
        made = list(_convert(store, name, origin, positions))
        connection.execute(RETIRE, [moment, run, OUTPUT, [one.conversion.place["healpix"] for one in made]])
        same = _unchanged(connection, run, made)
        enter(connection, run, made)
    report.outcomes[path] = "known" if same else "other content" if replaces else "new"
    return report


def _convert(store: Store, name: str, origin: RefcatFile, positions: pa.Table) -> Iterator[Converted]:
    """Write the positions of each cell into the store."""
    code = code_digest("ingest.position_file", FOLLOWED)
    for cell, rows in cells(positions, CELL_ORDER):
        yield store_stars(store, conversion(name, code, cell, [origin], TASK, OUTPUT), rows)


def _is_filled(connection: Connection[Any], run: int) -> bool:
    """Tell whether a list of the name is there."""
    row = connection.execute(
        "select count(*) from registry.member where collection_id = %s and until = 'infinity'", [run]
    ).fetchone()
    return row is not None and row[0] > 0


def _unchanged(connection: Connection[Any], run: int, made: list[Converted]) -> bool:
    """Tell whether the run holds just these datasets."""
    rows = connection.execute(
        """select d.uid from registry.member m join registry.dataset d using (dataset_id)
           where m.collection_id = %s and m.until = 'infinity'""",
        [run],
    ).fetchall()
    return {uid for (uid,) in rows} == {one.uid for one in made}
