"""The store: files under their own digests, never replaced."""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from uuid import uuid4

from schema.errors import StoreBroken, StoreFull
from schema.faults import die_at

STALE = 86_400.0  # seconds after which what nothing refers to belongs to nobody


@dataclass(frozen=True)
class Stored:
    """A file in the store."""

    path: str  # below the root
    file_digest: bytes  # SHA-256 of its bytes
    n_bytes: int


class Store:
    """Content-addressed files below one folder that all workers see.

    A file is written under a staging folder that carries a fencing token, synced, and linked into place.
    Whoever dies leaves a staging folder that nobody reads; whoever is late finds the file there already.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def staging(self, token: str) -> Path:
        """Give the folder where the holder of a token may write."""
        folder = self.root / "staging" / token
        with self.guard():
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def staged(self) -> list[Path]:
        """Give the staging folders that are there, whoever's they are."""
        return list((self.root / "staging").glob("*"))

    def discard(self, token: str) -> None:
        """Remove what a token left in staging."""
        shutil.rmtree(self.root / "staging" / token, ignore_errors=True)

    def publish(self, staged: Path, expected: bytes | None = None) -> Stored:
        """Move a staged file to the place of its digest.

        Parameters
        ----------
        expected
            SHA-256 that it must have; any will do when None.

        Raises
        ------
        StoreBroken
            Raised if a file of that digest is there with another size, or its bytes are not those expected.
        StoreFull
            Raised if the disk is full.
        """
        with self.guard():
            with staged.open("rb+") as stream:
                stored = self._address(file_digest(stream, "sha256").digest(), staged)
                if expected is not None and stored.file_digest != expected:
                    raise StoreBroken(staged, f"has other bytes than expected: its SHA-256 is not {expected.hex()}")
                os.fchmod(stream.fileno(), 0o444)  # before it is linked: afterwards the file may be another user's
                os.fsync(stream.fileno())
            final = self.root / stored.path
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(staged, final)
            except FileExistsError:
                if final.stat().st_size != stored.n_bytes:
                    raise StoreBroken(final, f"has {final.stat().st_size} bytes instead of {stored.n_bytes}") from None
            die_at("after_link")
            _sync_folder(final.parent)
            staged.unlink()
        return stored

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a staging folder that nobody else has ever had, for work that has no fencing token; it is removed."""
        token = f"scratch-{uuid4().hex}"
        try:
            yield self.staging(token)
        finally:
            self.discard(token)

    def take_in(self, original: Path, expected: bytes | None = None) -> Stored:
        """Copy a file from outside into the store, if it is the one expected; its suffix stays for people."""
        with self.scratch() as folder:
            staged = folder / original.name
            with self.guard():
                shutil.copyfile(original, staged)
            die_at("after_copy")
            return self.publish(staged, expected)

    def copy_out(self, path: str, digest: bytes, target: Path) -> bool:
        """Copy a file to a place outside, where it gets its name when its bytes are those registered; tell if they are.

        Raises
        ------
        StoreBroken
            Raised if the file is missing.
        """
        source = self.locate(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.new")
        fresh.unlink(missing_ok=True)  # nothing is written through a link that somebody left
        shutil.copyfile(source, fresh)
        with fresh.open("rb+") as stream:
            if file_digest(stream, "sha256").digest() == digest:
                os.fsync(stream.fileno())  # whoever copies again looks at name and size only
                fresh.replace(target)
                return True
        fresh.unlink()
        return False

    def locate(self, path: str) -> Path:
        """Give the place of a registered path.

        Raises
        ------
        StoreBroken
            Raised if the file is missing, or the path leaves the store.
        """
        place = self.root / path
        if not place.resolve().is_relative_to(self.root.resolve()):
            raise StoreBroken(place, "lies outside the store")
        if not place.is_file():
            raise StoreBroken(place, "is missing")
        return place

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Say a full disk in one sentence."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFull(self.root) from error
            raise

    def _address(self, digest: bytes, staged: Path) -> Stored:
        """Give the place that belongs to a digest."""
        name = digest.hex()
        suffix = "".join(staged.suffixes[-2:]) if staged.suffix in (".bz2", ".gz", ".fz") else staged.suffix
        return Stored(f"files/{name[:2]}/{name}{suffix}", digest, staged.stat().st_size)


def is_stale(path: Path) -> bool:
    """Tell whether a file or folder is there and has been left alone for long; workers remove theirs meanwhile."""
    try:
        return path.stat().st_mtime < time.time() - STALE
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
