"""Collections: made once, filled in time, read as they were."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, errors

from schema.connect import connect
from schema.ledger.collections import add_members, find, make_run
from schema.ledger.errors import UnknownCollection
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.store import Stored
from tests.support.ledgers import register_toy_camera

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def add_datasets(connection: Connection[Any], *contents: str) -> list[int]:
    """Register several contents for one place, as reprocessings do."""
    rows = connection.execute(
        """insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
           select gen_random_uuid(), y.dataset_type_id, o.coordinate_id, sha256(convert_to(c, 'UTF8'))
           from unnest(%s::text[]) with ordinality x (c, n), registry.dataset_type y, registry.coordinate o
           where y.name = 'toy' and o.instrument = 'Toy' order by n returning dataset_id""",
        [list(contents)],
    )
    return [dataset for (dataset,) in rows]


def current(connection: Connection[Any], collection: int) -> list[int]:
    rows = connection.execute(
        "select dataset_id from registry.member where collection_id = %s and until = 'infinity' order by 1",
        [collection],
    )
    return [dataset for (dataset,) in rows]


def register_again(connection: Connection[Any], byte: int) -> int:
    """Register another content for the place of the toy camera's first file."""
    digest = bytes([byte] * 32)
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 0}
    file = ExternalFile("raw_image", data_id, digest, Stored(f"files/{byte}", digest, 1), "toy0.txt")
    (registered,) = register_external(connection, [file], "file")
    assert registered.new
    return registered.dataset_id


def a_run(connection: Connection[Any], name: str = "run") -> int:
    return make_run(connection, name, "toys", bytes(32), "A run.")


def test_a_run_is_made_once_and_stays_what_it_is(scratch: Connection[Any]) -> None:
    key = a_run(scratch)
    assert make_run(scratch, "run", "other", bytes([1] * 32), "Another.") == key
    row = scratch.execute(
        "select pipeline, plan_digest, doc, kind from registry.run join registry.collection on collection_id = run_id"
    ).fetchone()
    assert row == ("toys", bytes(32), "A run.", "run")


def test_collections_are_found_in_the_order_of_their_names(filled: Connection[Any]) -> None:
    first, second = find(filled, ["Toy/run", "Toy/calib"])
    assert find(filled, ["Toy/calib", "Toy/run"]) == [second, first]
    assert find(filled, []) == []


def test_an_unknown_collection_is_named_with_those_that_exist(filled: Connection[Any]) -> None:
    with pytest.raises(UnknownCollection) as refusal:
        find(filled, ["Toy/run", "Toy/rum"])
    assert str(refusal.value) == "there is no collection 'Toy/rum'; there are Toy/calib, Toy/chain, Toy/run"
    assert refusal.value.known == ("Toy/calib", "Toy/chain", "Toy/run")


def test_without_any_collection_it_says_so(scratch: Connection[Any]) -> None:
    with pytest.raises(UnknownCollection, match="'Toy'; there are none yet"):
        find(scratch, ["Toy"])


def test_a_member_enters_once(filled: Connection[Any]) -> None:
    run, (dataset,) = a_run(filled), add_datasets(filled, "a")
    for given in ([dataset], [dataset], [dataset, dataset]):
        assert add_members(filled, run, given, "computed") == set()
        assert current(filled, run) == [dataset]
    assert filled.execute("select count(*) from registry.member where collection_id = %s", [run]).fetchone() == (1,)


def test_a_better_dataset_replaces_the_older_one_which_stays_findable(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    (old,) = register_toy_camera(owner, ledger, 1, tmp_path / "in")
    (raw,) = find(owner, ["Toy/raw"])
    before = owner.execute("select clock_timestamp()").fetchone()
    new = register_again(owner, 1)
    assert add_members(owner, raw, [new], "ingested") == {new}
    assert current(owner, raw) == [new]
    then = owner.execute(
        "select dataset_id from registry.member where collection_id = %s and since <= %s and %s < until",
        [raw, *(before or ()) * 2],
    )
    assert then.fetchall() == [(old,)]


def test_of_several_for_one_place_the_last_stays(filled: Connection[Any]) -> None:
    run, datasets = a_run(filled), add_datasets(filled, "a", "b", "c")
    taken = add_members(filled, run, [datasets[1], datasets[2], datasets[0]], "computed")
    assert taken == {datasets[2], datasets[0]}
    assert current(filled, run) == [datasets[0]]


def test_collections_do_not_disturb_each_other(filled: Connection[Any]) -> None:
    one, two, datasets = a_run(filled, "one"), a_run(filled, "two"), add_datasets(filled, "a", "b")
    add_members(filled, one, datasets[:1], "computed")
    add_members(filled, two, datasets[1:], "reused")
    assert (current(filled, one), current(filled, two)) == (datasets[:1], datasets[1:])


def test_a_sealed_collection_takes_no_member(filled: Connection[Any]) -> None:
    run, datasets = a_run(filled), add_datasets(filled, "a", "b")
    add_members(filled, run, datasets[:1], "computed")
    filled.execute("update registry.collection set sealed_at = now() where collection_id = %s", [run])
    with pytest.raises(errors.Error, match="collection run is sealed"), filled.transaction():
        add_members(filled, run, datasets[1:], "computed")
    assert add_members(filled, run, datasets[:1], "computed") == set()
    assert current(filled, run) == datasets[:1]


def test_a_raw_file_registers_once_whatever_it_is_called(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    (known,) = register_toy_camera(owner, ledger, 1, tmp_path / "in")
    row = owner.execute("select content_digest, path, file_digest, n_bytes from registry.artifact").fetchone()
    assert row
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 0}
    again = [ExternalFile("raw_image", data_id, row[0], Stored(*row[1:]), name) for name in ("toy0.txt", "copy.txt")]
    found = register_external(owner, again, "file")
    assert [(one.dataset_id, one.new) for one in found] == [(known, False)] * 2
    assert owner.execute("select count(*) from registry.dataset").fetchone() == (1,)
    assert owner.execute("select count(*) from registry.artifact").fetchone() == (1,)
    assert owner.execute("select file_name from registry.origin").fetchall() == [("toy0.txt",)]


def test_who_began_first_and_came_last_is_the_later_member(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    (old,) = register_toy_camera(owner, ledger, 1, tmp_path / "in")
    (raw,) = find(owner, ["Toy/raw"])
    with owner.transaction():
        owner.execute("select now()")  # the transaction has begun
        with connect("owner", ledger) as quicker:
            first = register_again(quicker, 1)
            add_members(quicker, raw, [first], "ingested")
        second = register_again(owner, 2)
        add_members(owner, raw, [second], "ingested")
    rows = owner.execute(
        """select dataset_id, since, nullif(until, 'infinity')
           from registry.member where collection_id = %s order by since""",
        [raw],
    ).fetchall()
    assert [row[0] for row in rows] == [old, first, second]
    assert [row[2] for row in rows[:-1]] == [row[1] for row in rows[1:]]
