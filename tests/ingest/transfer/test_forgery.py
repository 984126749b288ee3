"""An export whose digests are right and whose rows are not is refused in one sentence."""

import gzip
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from ingest.transfer.errors import BadTransfer, TransferConflict
from ingest.transfer.export import TABLES
from ingest.transfer.folder import MANIFEST, Row, read_manifest, write_manifest
from tests.support.places import Place, changed, rewrite, rows_of

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("table", "forgery", "said"),
    [
        ("artifact", {"path": "files/../../../etc/passwd"}, "is not one that a store gives"),
        ("dataset", {"output_name": "other"}, "is not what its uid says"),
        ("config", {"body": {"sleep": 1.0}}, "is not what its digest says"),
        ("coordinate", {"detector": 7}, "is not what its digest says"),
        ("quantum", {"salt": 5}, "the quantum .* is not what its hash says"),
        ("quantum_input", {"ordinal": 7}, "the quantum .* is not what its hash says"),
        ("action", {"action_key": "\\x" + 32 * "ab"}, "an action key of the quantum .* is not that of what it read"),
        ("artifact", {"n_bytes": 1}, "bytes in the store here, and not 1"),
        ("artifact", {"content_digest": "\\x" + 32 * "ab"}, "which is of no dataset of the export"),
        ("artifact", {"path": None}, "is not whole"),
        ("unit", {"provenance_hash": None}, "a row of unit finds no provenance_hash"),
        ("execution", {"worker_started_at": "2020-01-01T00:00:00+00:00"}, "a row of execution finds no worker"),
        ("worker", {"pid": None}, "a row of worker cannot be stored"),
        ("member", {"collection": "user/tag", "pipeline": "toys"}, "no run of an ingest"),
        ("unit", {"state": "ready"}, "is said to be ready, which is no end"),
        ("unit", {"state": "done"}, "is said to be done, and no attempt at it ended well"),
        ("observed", {"said": {"instrument": "Toy"}}, "a row of visit cannot be stored"),
        ("member", {"collection": "../up"}, "is no run of an ingest"),
        ("artifact", {"n_bytes": "many"}, "cannot be stored"),
        ("mark", {"reason": "\0"}, "cannot be stored"),
        ("mark", {"reason": "\ud800"}, "cannot be stored"),
    ],
)
def test_a_forgery_with_right_digests_is_refused(
    there: Place, exported: Path, tmp_path: Path, table: str, forgery: Row, said: str
) -> None:
    folder = changed(exported, tmp_path / "forged", table, lambda row: row | forgery)
    with pytest.raises(BadTransfer, match=said):
        there.take(folder)
    assert there.ask("select count(*) from registry.dataset") == [(0,)]


def test_two_rows_of_one_identity_that_say_different_things_are_refused(
    there: Place, exported: Path, tmp_path: Path
) -> None:
    """In one ledger a unit ended once, and a dataset has one content."""
    folder = Path(shutil.copytree(exported, tmp_path / "twice"))
    values = rows_of(folder, "measurement")
    one = next(row for row in values if row["metric"] == "toy_count.size")
    rewrite(folder, "measurement", [*values, one | {"value": "7"}])
    with pytest.raises(TransferConflict, match=r"measurement toy_count.size of .* has value (18 .* 7|7 .* 18) in"):
        there.take(folder)


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"[1]", b"\xff"])
def test_a_line_that_is_no_row_is_refused(there: Place, exported: Path, tmp_path: Path, line: bytes) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "line"))
    manifest = read_manifest(folder, TABLES)
    packed = gzip.compress(line + b"\n")
    (folder / "tables/role.jsonl.gz").write_bytes(packed)
    manifest.tables["role"] = {"rows": 1, "sha256": sha256(packed).hexdigest()}
    write_manifest(folder, manifest)
    with pytest.raises(BadTransfer, match=r"the table role cannot be read|line 1 of the table role is no row"):
        there.take(folder)


def test_a_manifest_that_nests_without_end_is_refused(there: Place, exported: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "deep"))
    (folder / MANIFEST).write_text("[" * 100_000)
    with pytest.raises(BadTransfer, match="is no export"):
        there.take(folder)
