"""What both ledgers have and is not the same is refused by name, and nothing comes."""

from pathlib import Path

import pytest

from ingest.transfer.errors import TransferConflict
from pipeline.planner.submit import submit
from schema.ledger.collections import add_members, find, make, make_run
from schema.ledger.errors import CollectionRefused
from schema.ledger.external import ExternalFile, register_external
from tests.support.ledgers import register_toy_camera
from tests.support.places import Place, changed, rewrite, rows_of
from tests.support.runs import plan_toys

pytestmark = pytest.mark.database


def test_other_content_of_the_same_identity_is_refused_by_name(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    other = "\\x" + 32 * "ab"
    folder = changed(exported, tmp_path / "other", "dataset", lambda row: row | (
        {"content_digest": other} if row["dataset_type"] == "toy_double" else {}
    ))  # fmt: skip
    contents = {row["content_digest"] for row in rows_of(folder, "dataset")}
    rewrite(folder, "artifact", [row for row in rows_of(folder, "artifact") if row["content_digest"] in contents])
    with pytest.raises(TransferConflict, match=f"dataset toy_double .* has content_digest .* and {32 * 'ab'} in what"):
        there.take(folder)


def test_a_metric_that_differs_is_refused_unless_it_is_the_cost(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    costs = ("wall", "cpu", "memory")
    dearer = changed(exported, tmp_path / "dearer", "measurement", lambda row: row | (
        {"value": "1e6"} if row["metric"].endswith(costs) else {}
    ))  # fmt: skip
    assert set(there.take(dearer).new.values()) == {0}
    larger = changed(exported, tmp_path / "larger", "measurement", lambda row: row | (
        {} if row["metric"].endswith(costs) else {"value": "1e6"}
    ))  # fmt: skip
    with pytest.raises(TransferConflict, match=r"measurement toy_count.size of .* has value 18 .* and 1000000"):
        there.take(larger)


def test_a_visit_that_differs_is_refused_and_nothing_comes(there: Place, exported: Path) -> None:
    there.owner.execute("insert into registry.instrument (instrument, description) values ('Toy', 'Other words.')")
    there.owner.execute("insert into registry.physical_filter values ('Toy', 'g', 'g')")
    there.owner.execute("insert into registry.visit values ('Toy', 1, 'g', 20210101)")
    with pytest.raises(TransferConflict, match="visit Toy 1 has day_obs 20210101 in this ledger, and 20200101"):
        there.take(exported)
    assert there.ask("select count(*) from registry.detector") == [(0,)]


def test_a_run_of_that_name_with_another_plan_is_refused(there: Place, exported: Path, tmp_path: Path) -> None:
    register_toy_camera(there.owner, there.using, 2, tmp_path / "in")
    submit(there.owner, plan_toys(there.owner), "run")
    with pytest.raises(TransferConflict, match="run run has plan toys"):
        there.take(exported)


def test_a_place_that_is_taken_stays_so_and_that_is_told(there: Place, exported: Path, tmp_path: Path) -> None:
    register_toy_camera(there.owner, there.using, 1, tmp_path / "in")
    path = tmp_path / "in" / "better.txt"
    path.write_text("a better file of detector 0")
    stored = there.store.take_in(path)
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 0}
    better = ExternalFile("raw_image", data_id, stored.file_digest, stored, path.name)
    (registered,) = register_external(there.owner, [better], "file")
    (collection,) = find(there.owner, ["Toy/raw"])
    add_members(there.owner, collection, [registered.dataset_id], "ingested")
    assert there.take(exported).kept == 1
    held = "select d.detector, d.file_name from member m join dataset d using (dataset_id) where collection = 'Toy/raw'"
    assert sorted(there.ask(held)) == [(0, "better.txt"), (1, "toy1.txt"), (2, "toy2.txt"), (3, "toy3.txt")]


def test_a_name_that_a_tag_has_is_refused(there: Place, exported: Path) -> None:
    make(there.owner, "run", "tagged", "Picked.")
    with pytest.raises(CollectionRefused, match="'run' cannot be used so: it is a tagged collection"):
        there.take(exported)
    with pytest.raises(CollectionRefused, match="it is a tagged collection"):
        make_run(there.owner, "run", "toys", bytes(32), "Toys.")


def test_nothing_enters_a_sealed_run(there: Place, exported: Path) -> None:
    make_run(there.owner, "Toy/raw", "ingest", bytes(32), "Files.")
    there.owner.execute("update registry.collection set sealed_at = now() where name = 'Toy/raw'")
    with pytest.raises(CollectionRefused, match="Toy/raw is sealed"):
        there.take(exported)


def test_a_unit_that_was_here_waits_for_nothing_else(there: Place, exported: Path, tmp_path: Path) -> None:
    there.take(exported)
    needs = min(row["needs"] for row in rows_of(exported, "dependency"))
    folder = changed(exported, tmp_path / "more", "dependency", lambda row: row | {"needs": needs})
    assert there.take(folder).new["dependency"] == 0
