"""Curation: tags, chains and seals, now and as they were."""

from datetime import datetime
from typing import Any

import pytest
from psycopg import Connection, errors

from schema.ledger.collections import add_members, find, find_first, flatten, make, make_run
from schema.ledger.curation import chain, resolve, seal, tag, untag
from schema.ledger.errors import CollectionRefused, PlaceTaken, UnknownCollection, UnknownDatasets
from tests.schema.test_collections import add_datasets, current

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def clock(connection: Connection[Any]) -> datetime:
    return connection.execute("select clock_timestamp()").fetchall()[0][0]  # type: ignore[no-any-return]


def place(connection: Connection[Any]) -> int:
    return connection.execute("select coordinate_id from registry.coordinate where instrument = 'Toy'").fetchall()[0][0]  # type: ignore[no-any-return]


def a_run(connection: Connection[Any], name: str, *datasets: int) -> str:
    add_members(connection, make_run(connection, name, "toys", bytes(32), "A run."), datasets, "computed")
    return name


def test_datasets_are_tagged_once_and_untagged(filled: Connection[Any]) -> None:
    (dataset,) = add_datasets(filled, "a")
    assert [tag(filled, "good", [dataset]) for _ in range(2)] == [1, 0]
    (key,) = find(filled, ["good"])
    assert current(filled, key) == [dataset]
    assert [untag(filled, "good", [dataset]) for _ in range(2)] == [[dataset], []]
    assert current(filled, key) == []
    assert tag(filled, "good", [dataset]) == 1


def test_a_place_is_taken_until_it_is_to_be_replaced(filled: Connection[Any]) -> None:
    old, new = add_datasets(filled, "a", "b")
    tag(filled, "good", [old])
    uid = dict(filled.execute("select dataset_id, uid from registry.dataset").fetchall())
    with pytest.raises(PlaceTaken) as refusal:
        tag(filled, "good", [new])
    assert str(refusal.value) == (
        f"dataset {uid[new]} cannot enter 'good': {uid[old]} is there for instrument Toy, exposure 1; "
        "take that out, or give --replace"
    )
    with pytest.raises(PlaceTaken):
        tag(filled, "other", [old, new])
    assert tag(filled, "good", [new], replace=True) == 1
    assert current(filled, find(filled, ["good"])[0]) == [new]


def test_datasets_are_named_by_key_or_uid(filled: Connection[Any]) -> None:
    first, second = add_datasets(filled, "a", "b")
    ((uid,),) = filled.execute("select uid from registry.dataset where dataset_id = %s", [second])
    assert resolve(filled, [str(uid).upper(), str(first), second]) == [second, first, second]
    with pytest.raises(UnknownDatasets, match="not in this ledger: dataset 0, x;"):
        resolve(filled, [first, "0", "x"])


@pytest.mark.parametrize("name", ["", "-x", "a b", "a'b", "x" * 201])
def test_a_name_that_nobody_could_type_is_refused(scratch: Connection[Any], name: str) -> None:
    with pytest.raises(CollectionRefused, match="a name has up to 200 letters"):
        make(scratch, name, "tagged", "x")


def test_only_tagged_collections_are_tagged(filled: Connection[Any]) -> None:
    (dataset,) = add_datasets(filled, "a")
    with pytest.raises(CollectionRefused, match="'Toy/run' cannot be used so: it is a run collection"):
        tag(filled, "Toy/run", [dataset])
    with pytest.raises(UnknownCollection):
        untag(filled, "nowhere", [dataset])


def test_what_was_in_it_on_tuesday(filled: Connection[Any]) -> None:
    """Members, chains and chains of chains answer as they would have answered then."""
    a, b, c = add_datasets(filled, "a", "b", "c")
    where = [place(filled)]
    tuesday: list[tuple[datetime, int | None]] = []

    def note(expected: int | None) -> None:
        tuesday.append((clock(filled), expected))
        assert find_first(filled, ["top"], "toy", where) == ({} if expected is None else {where[0]: expected})

    a_run(filled, "one", a)
    a_run(filled, "two", b)
    chain(filled, "best", ["one", "two"])
    chain(filled, "top", ["best"])
    note(a)
    chain(filled, "best", ["two", "one"])
    note(b)
    tag(filled, "picked", [c])
    chain(filled, "top", ["picked", "best"])
    note(c)
    untag(filled, "picked", [c])
    note(b)
    chain(filled, "top", ["picked"])
    note(None)
    assert [find_first(filled, ["top"], "toy", where, at).get(where[0]) for at, _ in tuesday] == [e for _, e in tuesday]


def test_a_chain_is_searched_in_order_and_each_collection_once(filled: Connection[Any]) -> None:
    a, b, c, d = (find(filled, [a_run(filled, name)])[0] for name in "abcd")
    chain(filled, "inner", ["b", "c"])
    chain(filled, "outer", ["a", "inner", "d", "c"])
    assert flatten(filled, ["outer"]) == [a, b, c, d]
    assert flatten(filled, ["d", "outer"]) == [d, a, b, c]
    assert flatten(filled, ["c", "inner"]) == [c, b]
    assert flatten(filled, []) == []


def test_a_chain_of_more_than_ten_keeps_its_order(filled: Connection[Any]) -> None:
    names = [a_run(filled, f"r{i}") for i in range(25)]
    chain(filled, "long", names)
    assert flatten(filled, ["long"]) == find(filled, names)


def test_a_chain_that_stays_is_not_written_again(filled: Connection[Any]) -> None:
    names = [a_run(filled, name) for name in "abc"]
    assert [chain(filled, "x", names), chain(filled, "x", names), chain(filled, "x", names[:2])] == [True, False, True]
    rows = filled.execute("select position, until = 'infinity' from public.chain where collection = 'x' order by 1")
    assert rows.fetchall() == [(0, True), (1, True), (2, False)]


def test_a_chain_never_contains_itself(filled: Connection[Any]) -> None:
    a_run(filled, "a")
    chain(filled, "one", ["a"])
    chain(filled, "two", ["one"])
    chain(filled, "three", ["two"])
    with pytest.raises(CollectionRefused, match="chain one would contain itself by way of three"):
        chain(filled, "one", ["a", "three"])
    with pytest.raises(errors.CheckViolation), filled.transaction():
        chain(filled, "one", ["one"])
    with pytest.raises(CollectionRefused, match="named twice"):
        chain(filled, "one", ["a", "a"])
    # What has left a chain closes no circle.
    chain(filled, "two", ["a"])
    assert chain(filled, "one", ["three"])


def test_two_that_change_chains_at_once_close_no_circle(owner: Connection[Any], ledger: Any) -> None:
    from schema.connect import connect

    for name in "abc":
        make(owner, name, "chained", "x") if name != "c" else make(owner, name, "tagged", "x")
    with connect("owner", ledger) as other:
        other.execute("set lock_timeout = '100 ms'")
        with owner.transaction():
            chain(owner, "a", ["b"])
            with pytest.raises(errors.LockNotAvailable):
                chain(other, "b", ["a"])
        with pytest.raises(CollectionRefused, match="would contain itself"):
            chain(other, "b", ["a"])


def test_only_chains_have_children_and_only_runs_and_tags_members(filled: Connection[Any]) -> None:
    with pytest.raises(CollectionRefused, match="it is a run collection, and this is for chained ones"):
        chain(filled, "Toy/run", ["Toy/calib"])
    (key,) = find(filled, ["Toy/chain"])
    with pytest.raises(errors.Error, match="Toy/chain is of the kind chained: only run or tagged has a member"):
        add_members(filled, key, add_datasets(filled, "a"), "tagged")


def test_a_sealed_collection_says_so_and_stays(filled: Connection[Any]) -> None:
    (dataset,) = add_datasets(filled, "a")
    tag(filled, "good", [dataset])
    seal(filled, "good")
    for change in (
        lambda: tag(filled, "good", add_datasets(filled, "b"), replace=True),
        lambda: untag(filled, "good", [dataset]),
        lambda: untag(filled, "good", []),
        lambda: seal(filled, "good"),
    ):
        with pytest.raises(CollectionRefused, match=r"'good' cannot be used so: .*sealed"):
            change()
    assert current(filled, find(filled, ["good"])[0]) == [dataset]


def test_a_chain_is_sealed_after_all_that_it_is_searched_in(filled: Connection[Any]) -> None:
    for name in ("one", "two"):
        tag(filled, name, add_datasets(filled, name))
    chain(filled, "best", ["one", "two"])
    seal(filled, "two")
    with pytest.raises(CollectionRefused, match="chain best cannot be sealed while collections in it are open: one"):
        seal(filled, "best")
    seal(filled, "one")
    seal(filled, "best")
    with pytest.raises(CollectionRefused, match="'best' cannot be used so: it was sealed at"):
        chain(filled, "best", ["two", "one"])


def test_a_run_that_goes_on_is_not_sealed(filled: Connection[Any]) -> None:
    with pytest.raises(CollectionRefused, match="the run goes on: wait until it has ended"):
        seal(filled, "Toy/run")
