"""The store: files under their digests, never replaced, whoever else writes the same."""

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from schema.errors import StoreBroken, StoreFull
from schema.store import Store

TEXT = b"a file"
FILL = """
import sys
from pathlib import Path
from schema.errors import StoreFull
from schema.store import Store
store, original = Store(Path(sys.argv[1]) / "store"), Path(sys.argv[2])
small = store.take_in(original.with_name("small.txt"))
try:
    store.take_in(original)
except StoreFull as error:
    print(error)
print(store.locate(small.path).read_text(), len(list(store.root.glob("files/*/*"))))
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def staged(store: Store, token: str, text: bytes = TEXT, name: str = "a.txt") -> Path:
    path = store.staging(token) / name
    path.write_bytes(text)
    return path


def test_a_file_lies_under_its_digest_and_cannot_be_written(store: Store) -> None:
    path = staged(store, "1")
    stored = store.publish(path)
    name = sha256(TEXT).hexdigest()
    assert stored.path == f"files/{name[:2]}/{name}.txt"
    assert (stored.file_digest, stored.n_bytes) == (sha256(TEXT).digest(), len(TEXT))
    place = store.locate(stored.path)
    assert place.read_bytes() == TEXT
    assert place.stat().st_mode & 0o777 == 0o444
    assert sha256(TEXT).digest() == stored.file_digest
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.fits", ".fits"),
        ("a.fits.fz", ".fits.fz"),
        ("b.c.fits.gz", ".fits.gz"),
        ("a.tar.parquet", ".parquet"),
        ("a", ""),
    ],
)
def test_the_suffix_stays_so_that_people_can_open_it(store: Store, name: str, suffix: str) -> None:
    assert store.publish(staged(store, "1", name=name)).path.endswith(sha256(TEXT).hexdigest() + suffix)


def test_the_same_bytes_are_one_file(store: Store) -> None:
    first = store.publish(staged(store, "1"))
    inode = store.locate(first.path).stat().st_ino
    late = staged(store, "2")
    assert store.publish(late) == first
    assert store.locate(first.path).stat().st_ino == inode
    assert not late.exists()


def test_other_bytes_are_another_file(store: Store) -> None:
    assert store.publish(staged(store, "1")) != store.publish(staged(store, "1", b"b file"))


def test_a_file_that_is_there_with_another_size_is_refused_and_not_replaced(store: Store) -> None:
    place = store.locate(store.publish(staged(store, "1")).path)
    place.chmod(0o644)
    place.write_bytes(b"cut")
    again = staged(store, "2")
    with pytest.raises(StoreBroken, match=f"{place} has 3 bytes instead of 6; restore it from a copy"):
        store.publish(again)
    assert place.read_bytes() == b"cut"
    assert again.exists()


def test_many_who_publish_the_same_at_once_agree(store: Store) -> None:
    text = os.urandom(1 << 20)
    paths = [staged(store, str(number), text) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(store.publish, paths))) == 1
    (place,) = store.root.glob("files/*/*")
    assert place.read_bytes() == text
    assert place.stat().st_nlink == 1
    assert not any(path.exists() for path in paths)


def test_a_file_from_outside_is_copied_and_left_alone(store: Store, tmp_path: Path) -> None:
    original = tmp_path / "raw.fits"
    original.write_bytes(TEXT)
    original.chmod(0o400)
    stored = store.take_in(original)
    assert store.locate(stored.path).read_bytes() == original.read_bytes()
    assert original.stat().st_mode & 0o777 == 0o400
    assert store.take_in(original) == stored


def test_what_a_token_left_behind_is_discarded_and_nothing_else(store: Store) -> None:
    mine, theirs = staged(store, "1"), staged(store, "2")
    store.discard("1")
    store.discard("3")
    assert not mine.exists()
    assert theirs.exists()


@pytest.mark.parametrize(
    "path", ["../outside.txt", "files/../../outside.txt", "/etc/hostname", "files/link", "files/folder/a"]
)
def test_a_path_that_leaves_the_store_is_refused(store: Store, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.txt").write_bytes(TEXT)
    (tmp_path / "a").write_bytes(TEXT)
    (store.root / "files").mkdir(parents=True)
    (store.root / "files" / "link").symlink_to(tmp_path / "outside.txt")
    (store.root / "files" / "folder").symlink_to(tmp_path)
    with pytest.raises(StoreBroken, match="lies outside the store"):
        store.locate(path)


@pytest.mark.parametrize("path", ["files/00/nothing", "files", ""])
def test_a_file_that_is_missing_is_named(store: Store, path: str) -> None:
    (store.root / "files").mkdir(parents=True)
    with pytest.raises(StoreBroken, match="is missing; restore it from a copy, or ingest the original again"):
        store.locate(path)


def test_a_root_that_is_a_link_is_no_escape(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    store = Store(tmp_path / "store")
    assert store.locate(store.publish(staged(store, "1")).path).read_bytes() == TEXT


def test_a_full_disk_is_said_in_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "small.txt").write_text("small")
    (tmp_path / "large.bin").write_bytes(bytes(1 << 20))
    mount = 'mount -t tmpfs -o size=256k none "$0" && exec "$@"'
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(disk)]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mounts in a namespace")
    program = [sys.executable, "-c", FILL, str(disk), str(tmp_path / "large.bin")]
    done = subprocess.run([*unshare, *program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [
        f"no space is left in the store {disk / 'store'}: free some or set SKYLEDGER_STORE; nothing was lost",
        "small 1",
    ]


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, OSError)]
)
def test_a_quota_is_a_full_disk_and_another_fault_is_not(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    path = staged(store, "1")
    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(kind) as refusal:
        store.publish(path)
    assert type(refusal.value) is kind
    assert path.read_bytes() == TEXT


def test_two_at_once_take_in_the_same_file(store: Store, tmp_path: Path) -> None:
    original = tmp_path / "raw.fits"
    original.write_bytes(TEXT * 100_000)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: store.take_in(original), range(40)))
    (stored,) = found
    assert sha256(store.locate(stored.path).read_bytes()).digest() == stored.file_digest
    assert list((store.root / "staging").iterdir()) == []


def test_a_file_that_is_not_the_one_expected_never_enters(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.write_bytes(b"private")
    with pytest.raises(StoreBroken, match="other bytes than expected"):
        store.take_in(path, bytes(32))
    assert [found for found in store.root.rglob("*") if found.is_file()] == []
