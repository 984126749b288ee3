"""An export that was damaged or changed on the way is refused in one sentence, and nothing comes of it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.transfer.errors import BadTransfer
from ingest.transfer.export import TABLES
from ingest.transfer.folder import MANIFEST, read_manifest, write_manifest
from tests.support.places import Place

pytestmark = pytest.mark.database


def spoil_table(folder: Path) -> None:
    path = folder / "tables" / "dataset.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)


def spoil_manifest(folder: Path) -> None:
    path = folder / MANIFEST
    path.write_text(path.read_text().replace('"run": "run"', '"run": "user/run"'))


def spoil_file(folder: Path) -> None:
    path = next(folder.glob("files/*/*.parquet"))
    path.write_bytes(path.read_bytes()[::-1])


def lose_file(folder: Path) -> None:
    next(folder.glob("files/*/*.parquet")).unlink()


def link_file(folder: Path) -> None:
    path = next(folder.glob("files/*/*.parquet"))
    path.symlink_to(path.rename(folder.with_name("private")))


def link_table(folder: Path) -> None:
    (folder / "tables").rename(folder.with_name("elsewhere"))
    (folder / "tables").symlink_to(folder.with_name("elsewhere"))


def of_another_revision(folder: Path) -> None:
    write_manifest(folder, replace(read_manifest(folder, TABLES), revision="0001"))


def lose_a_row(folder: Path) -> None:
    manifest = read_manifest(folder, TABLES)
    manifest.tables["unit_input"]["rows"] += 1
    write_manifest(folder, manifest)


def lose_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_table, "the table dataset is missing, or not what was written"),
        (spoil_manifest, "its own digest differs"),
        (spoil_file, "has other bytes than its name says"),
        (lose_file, "is missing"),
        (lose_manifest, "is no export"),
        (link_file, "is a symbolic link"),
        (link_table, "tables is a symbolic link"),
        (of_another_revision, "is of a ledger of revision 0001"),
        (lose_a_row, "the table unit_input has . rows, and . were written"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(
    there: Place, exported: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "spoilt"))
    spoil(folder)
    with pytest.raises(BadTransfer, match=said):
        there.take(folder)
    assert there.ask("select count(*) from registry.coordinate") == [(0,)]
