"""Files of an export are what its tables say; what is here already is not read again."""

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ingest.transfer import take_in
from ingest.transfer.errors import BadTransfer
from pipeline.definition import Pipeline
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.tasks import tasks
from schema.canonical import external_uid
from schema.errors import StoreBroken
from schema.ledger.collections import find
from schema.settings import settings
from schema.store import Store, Stored
from tests.support.ledgers import register_toy_camera
from tests.support.places import Place, changed, look_away, rewrite, rows_of, see

pytestmark = pytest.mark.database

LIE = "\\x" + 32 * "ab"


@pytest.fixture(scope="module")
def pictures(found: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an export with an image."""
    place = found()
    with pytest.MonkeyPatch.context() as patch:
        see(patch, place.using)
        patch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.pictures"]')
        settings.cache_clear()
        tasks.cache_clear()
        register_toy_camera(place.owner, place.using, 1, tmp_path_factory.mktemp("in"))
        pipeline = Pipeline(name="pictures", description="Toys.", tasks={"toy_picture": {}})
        place.finish(submit(place.owner, plan(place.owner, pipeline, find(place.owner, ["Toy/raw"])), "pictures"))
    look_away()
    return place.give("pictures", tmp_path_factory.mktemp("out") / "pictures")


def lie(folder: Path, to: Path, dataset_type: str, claimed: str) -> Path:
    """Give a copy of an export in which the datasets of a type, and their files, claim another content."""
    true = {row["content_digest"] for row in rows_of(folder, "dataset") if row["dataset_type"] == dataset_type}
    for table in ("dataset", "artifact"):
        rows = [row | ({"content_digest": claimed} if row["content_digest"] in true else {})
                for row in rows_of(folder, table)]  # fmt: skip
        folder = folder if folder == to else Path(shutil.copytree(folder, to))
        rewrite(folder, table, rows)
    return folder


def test_an_image_is_read_back_and_is_what_was_said(there: Place, pictures: Path) -> None:
    assert there.take(pictures).new_files == 2
    assert there.ask("select count(*) from dataset where dataset_type = 'toy_picture'") == [(1,)]


def test_an_image_that_says_something_else_is_refused(there: Place, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(BadTransfer, match=r"has the content .*, and not abab.*: it was forged"):
        there.take(lie(pictures, tmp_path / "lie", "toy_picture", LIE))


def test_a_table_that_says_something_else_is_refused(there: Place, exported: Path, tmp_path: Path) -> None:
    with pytest.raises(BadTransfer, match=r"has the content .*, and not abab.*: it was forged"):
        there.take(lie(exported, tmp_path / "lie", "toy_double", LIE))


def test_a_file_that_is_no_image_is_refused(there: Place, pictures: Path, tmp_path: Path) -> None:
    """With the right digests of the wrong bytes."""
    folder = Path(shutil.copytree(pictures, tmp_path / "none"))
    (image,) = folder.glob("files/*/*.fits")
    image.unlink()
    text = b"no image"
    name = f"files/{sha256(text).hexdigest()[:2]}/{sha256(text).hexdigest()}.fits"
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(text)
    rewrite(folder, "artifact", [
        row | ({"path": name, "file_digest": f"\\x{sha256(text).hexdigest()}", "n_bytes": len(text)}
               if row["path"].endswith(".fits") else {})
        for row in rows_of(folder, "artifact")
    ])  # fmt: skip
    with pytest.raises(BadTransfer, match="is no image that can be read: OSError"):
        there.take(folder)


def test_a_number_of_rows_that_is_not_that_of_the_table_is_refused(
    there: Place, exported: Path, tmp_path: Path
) -> None:
    folder = changed(exported, tmp_path / "rows", "dataset", lambda row: row | (
        {"n_rows": 5} if row["dataset_type"] == "toy_double" else {}
    ))  # fmt: skip
    with pytest.raises(BadTransfer, match="has 2 rows, and a dataset of it says 5"):
        there.take(folder)


def test_a_file_from_outside_that_claims_another_content_is_refused(
    there: Place, exported: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "lie"))
    one = next(row for row in rows_of(folder, "dataset") if row["dataset_type"] == "raw_image")
    uid = external_uid("raw_image", bytes.fromhex(one["coordinate"][2:]), bytes.fromhex(LIE[2:]))
    file = next(row for row in rows_of(folder, "artifact") if row["content_digest"] == one["content_digest"])
    rewrite(folder, "dataset", [*rows_of(folder, "dataset"), one | {"uid": str(uid), "content_digest": LIE}])
    rewrite(folder, "artifact", [*rows_of(folder, "artifact"), file | {"content_digest": LIE}])
    with pytest.raises(BadTransfer, match=r"the bytes of the file .* do not make the content abab.*: it was forged"):
        there.take(folder)


def test_a_file_that_is_exchanged_meanwhile_proves_nothing(there: Place, exported: Path, tmp_path: Path) -> None:
    """Its bytes are taken, and then others lie in its place that would make the content that is claimed."""
    doubles = [row["content_digest"] for row in rows_of(exported, "dataset") if row["dataset_type"] == "toy_double"]
    one, other = [row for row in rows_of(exported, "artifact") if row["content_digest"] in doubles]
    folder = changed(exported, tmp_path / "lie", "artifact", lambda row: row | (
        {"content_digest": other["content_digest"]} if row["path"] == one["path"] else {}
    ))  # fmt: skip

    class Exchanging(Store):
        def take_in(self, original: Path, expected: bytes | None = None) -> Stored:
            stored = super().take_in(original, expected)
            if stored.path == one["path"]:
                shutil.copyfile(folder / other["path"], original)
            return stored

    with pytest.raises(BadTransfer, match="it was forged"):
        take_in.import_run(there.owner, Exchanging(there.using.store_root), folder)


@pytest.mark.parametrize("table", ["unit_input", "member", "run"])
def test_a_table_that_is_exchanged_meanwhile_is_refused(
    there: Place, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "mine"))
    other = changed(exported, tmp_path / "other", table, lambda row: row | {"doc": "other"})

    def exchange(point: str) -> None:
        if point == "before_import":
            shutil.copyfile(other / f"tables/{table}.jsonl.gz", folder / f"tables/{table}.jsonl.gz")

    monkeypatch.setattr(take_in, "die_at", exchange)
    with pytest.raises(BadTransfer, match=f"the table {table} was changed while it was read"):
        there.take(folder)
    assert there.ask("select count(*) from registry.dataset") == [(0,)]


def test_what_the_ledger_has_is_not_read_again(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    folder = Path(shutil.copytree(exported, tmp_path / "tables_only"))
    shutil.rmtree(folder / "files")
    again = there.take(folder)
    assert (again.files, again.new_files, set(again.new.values())) == (8, 0, {0})


def test_what_only_the_store_has_is_proved(there: Place, exported: Path) -> None:
    """An import that was interrupted left files; one of them is damaged since."""
    paths = [row["path"] for row in rows_of(exported, "artifact")]
    for path in paths:
        there.store.take_in(exported / path)
    damaged = there.store.root / paths[-1]
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[::-1])
    with pytest.raises(StoreBroken, match="has other bytes than its name says"):
        there.take(exported)
    assert there.ask("select count(*) from registry.dataset") == [(0,)]


def test_a_file_of_the_store_of_another_size_is_told_of(there: Place, exported: Path) -> None:
    there.take(exported)
    broken = there.store.root / rows_of(exported, "artifact")[0]["path"]
    broken.chmod(0o644)
    broken.write_bytes(b"")
    with pytest.raises(BadTransfer, match="has 0 bytes in the store here, and not"):
        there.take(exported)
