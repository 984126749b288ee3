"""Backups: a dump of the ledger, and the files that it registers."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from schema.connect import connect
from schema.doctor_deep import FILES
from schema.dump import dump, undump
from schema.errors import SkyledgerError
from schema.migrate import migrate, prepare
from schema.settings import Settings
from schema.store import Store
from schema.version import REVISION, revision

MANIFEST = "backup.json"
Progress = Callable[[], object]


class BadBackup(SkyledgerError):
    """A folder that is no backup, or a place where it cannot go."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder, self.problem = folder, problem
        super().__init__(f"{folder}: {problem}")


@dataclass
class Copied:
    """What became of the files."""

    copied: int = 0
    there: int = 0
    damaged: list[str] = field(default_factory=list)  # one sentence each


def registered_files(using: Settings) -> list[tuple[str, bytes, int]]:
    """Give path, SHA-256 and size of every file that the ledger has."""
    with connect("owner", using) as owner:
        return owner.execute(FILES).fetchall()


def backup(using: Settings, folder: Path, now: datetime) -> dict[str, Any]:
    """Dump the database into a folder; the manifest names the dump, so the earlier one counts until this one is whole.

    Returns
    -------
    What the manifest says.
    """
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / "ledger.dump.new"
        dump(using, fresh)
        with fresh.open("rb+") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
        name = f"ledger-{digest[:16]}.dump"
        said = {"revision": REVISION, "dumped_at": now.isoformat(), "dump": name, "sha256": digest}
        fresh.replace(folder / name)
        manifest = folder / f"{MANIFEST}.new"
        manifest.write_text(json.dumps(said, indent=2) + "\n")
        manifest.replace(folder / MANIFEST)
        for earlier in folder.glob("ledger-*.dump"):
            if earlier.name != name:
                earlier.unlink()
    return said


def copy_files(using: Settings, folder: Path, progress: Progress = lambda: None) -> Copied:
    """Copy what is registered and not there yet; a file whose bytes are not those registered is told, and left out.

    Files are named by their digests and never change, so a second backup into the same folder copies what is new.
    """
    store, report = Store(using.store_root), Copied()
    for path, digest, size in registered_files(using):
        target = folder / path
        if target.is_file() and target.stat().st_size == size:
            report.there += 1
        else:
            with _written(folder):
                _copy(store, path, digest, target, report)
        progress()
    return report


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    """Say in one sentence that a backup cannot be written."""
    try:
        yield
    except OSError as error:
        raise BadBackup(
            folder, f"cannot be filled ({error.strerror}): make room or give another folder, and repeat"
        ) from error


def _copy(store: Store, path: str, digest: bytes, target: Path, report: Copied) -> None:
    """Copy one file, and note what became of it."""
    try:
        proved = store.copy_out(path, digest, target)
    except SkyledgerError as error:
        report.damaged.append(str(error))
        return
    if proved:
        report.copied += 1
    else:
        report.damaged.append(f"{path} in the store is not what was registered: its SHA-256 differs")


def check_backup(folder: Path) -> dict[str, Any]:
    """Read the manifest of a backup and prove the dump.

    Raises
    ------
    BadBackup
        Raised if the folder is no backup, or its dump was changed.
    """
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        with (folder / said["dump"]).open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadBackup(folder, f"is no backup ({error}): give the folder that `skyledger backup` filled") from error
    if digest != said.get("sha256"):
        raise BadBackup(folder, f"{said['dump']} is not the file that was written: take another backup")
    return said


def restore_ledger(using: Settings, folder: Path) -> None:
    """Fill an empty database from a backup, and bring it to this code's revision; the catalogs are empty then.

    Raises
    ------
    BadBackup
        Raised if there is a ledger already: a restore destroys nothing.
    """
    said = check_backup(folder)
    prepare(using)
    with connect("owner", using, current=False) as owner:
        if revision(owner) is not None:
            raise BadBackup(
                folder,
                "there is a ledger already: restore into another SKYLEDGER_HOME or database; where it only lacks files "
                "or rows, `skyledger restore --missing` brings them back",
            )
    undump(using, folder / said["dump"])
    migrate(using)


def complete_ledger(using: Settings, folder: Path) -> None:
    """Bring a ledger whose restore was interrupted to this code's revision, with the rights that no dump holds.

    Raises
    ------
    BadBackup
        Raised if there is no ledger.
    """
    with connect("owner", using, current=False) as owner:
        if revision(owner) is None:
            raise BadBackup(folder, "there is no ledger here that could lack something: restore without --missing")
    migrate(using)


def restore_files(using: Settings, folder: Path, progress: Progress = lambda: None) -> Copied:
    """Bring the files of a backup into the store, where they are missing."""
    store, report = Store(using.store_root), Copied()
    for path, digest, size in registered_files(using):
        place = store.root / path
        if place.is_file():
            if place.stat().st_size == size:
                report.there += 1
            else:
                report.damaged.append(
                    f"{path} in the store has not the size that was registered: remove it, and repeat"
                )
        elif not (folder / path).is_file():
            report.damaged.append(f"{path} is not in the backup")
        elif (stored := store.take_in(folder / path)).file_digest == digest:
            report.copied += 1
        else:
            report.damaged.append(f"{path} of the backup is not what was registered: it was stored as {stored.path}")
        progress()
    return report
