"""Reference catalogs into the ledger: `skyledger ingest refcat`."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from psycopg import Connection, Error

from ingest.errors import BadReferenceFile
from ingest.loads.load import files_to_load, load
from ingest.refcats.readers import read_stars
from ingest.refcats.register import Delivered, Outcome, register
from ingest.refcats.stars import OUTPUT, Reader
from ingest.report import Report
from schema.ledger.collections import make_run
from schema.store import Store

ATTEMPTS = 10
# Somebody else opened, staged or published the same datasets in the meantime: see schema/functions/load.sql.
LOADED_BY_ANOTHER = ("P0I03", "P0I04", "P0I06", "23505")
# Most files, and stars, of one transaction; the stars are in memory until it ends, about 300 bytes each.
FILES, STARS = 200, 2_000_000

Batch = dict[Reader, list[Delivered]]


def ingest_refcat(
    connection: Connection[Any], store: Store, paths: Sequence[Path], progress: Callable[[], object] = lambda: None
) -> Report:
    """Register reference files, convert them, and load their stars into `catalog.reference_star`.

    The conversion is a quantum like any other: from a star one comes back to the file that it stood in. Each catalog
    has a run of its own, `refcats/` and its name.
    """
    report = Report()
    runs: dict[str, int] = {}
    for batch in _batches(store, paths, report, progress):
        for reader, files in batch.items():
            run = make_run(connection, f"refcats/{reader.catalog}", "ingest", bytes(32), f"Stars of {reader.title}.")
            runs[reader.catalog] = run
            for file, outcome in zip(files, register(connection, store, run, reader, files), strict=True):
                _note(report, file.path, outcome)
    for run in runs.values():
        _load(connection, store, run)
    return report


def _batches(store: Store, paths: Sequence[Path], report: Report, progress: Callable[[], object]) -> Iterator[Batch]:
    """Read files and copy them into the store; nothing of a bad one is kept."""
    batch: Batch = defaultdict(list)
    files = stars = 0
    for path in paths:
        try:
            reader, table = read_stars(path)
        except BadReferenceFile as error:
            report.refuse(path, str(error))
        except (FileNotFoundError, PermissionError) as error:
            report.refuse(path, f"{path}: {error.strerror}; check the path and its permissions")
        else:
            batch[reader].append(Delivered(path, store.take_in(path), table))
            files, stars = files + 1, stars + table.num_rows
        progress()
        if files >= FILES or stars >= STARS:
            yield batch
            batch, files, stars = defaultdict(list), 0, 0
    yield batch


def _note(report: Report, path: Path, outcome: Outcome) -> None:
    """Report what became of a file."""
    if outcome == "marked bad":
        report.refuse(path, f"{path.name}: is marked bad in the ledger and stays out; revoke the mark to use it")
        return
    report.outcomes[path] = outcome
    if outcome == "other content":
        report.sentences.append(
            f"{path.name}: a file of this name came before with other content; this one takes its place where both "
            "have stars"
        )


def _load(connection: Connection[Any], store: Store, run: int) -> None:
    """Load what is not in the table yet, as one partition; another ingest that loads the same makes this look again."""
    for attempt in range(ATTEMPTS):
        files = files_to_load(connection, OUTPUT, run, OUTPUT)
        if not files:
            return
        row = connection.execute("select nextval('work.fence')").fetchone()
        try:
            load(connection, store, OUTPUT, run, files, row[0] if row else 0)
        except Error as error:
            if error.sqlstate not in LOADED_BY_ANOTHER or attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0.2, 1.0))
