"""Reference catalogs into the ledger: `skyledger ingest refcat`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.errors import BadReferenceFile
from ingest.loading import load_members
from ingest.refcats.readers import read_stars
from ingest.refcats.register import Delivered, Outcome, register
from ingest.refcats.stars import OUTPUT, Reader
from ingest.report import Report
from schema.ledger.collections import make_run
from schema.store import Store

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
        load_members(connection, store, OUTPUT, run)
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
