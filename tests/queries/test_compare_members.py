"""What two collections share, and how metrics moved: chains, times, calibrations, empty and disjoint collections."""

from datetime import datetime
from typing import Any

import pytest
from psycopg import Connection

from queries.comparison.compare import compare
from queries.comparison.errors import UnknownDatasetType, UnknownMetric
from queries.comparison.members import EXAMPLES
from queries.comparison.report import sections, summary, tidy
from schema.ledger.certification import Validity, certify
from schema.ledger.collections import add_members, find, make
from schema.ledger.curation import chain
from schema.ledger.errors import UnknownCollection
from tests.support.compared import Book

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
KINDS = ("shared", "identical", "changed", "only_a", "only_b")


@pytest.fixture
def book(scratch: Connection[Any]) -> Book:
    return Book(scratch)


def counts(connection: Connection[Any], a: str, b: str, **more: Any) -> dict[str, tuple[int, ...]]:
    """Give the numbers of each dataset type in the order of KINDS."""
    found = compare(connection, a, b, **more)
    return {one.dataset_type: tuple(getattr(one, kind) for kind in KINDS) for one in found.datasets}


def test_every_dataset_is_counted_once(scratch: Connection[Any], book: Book) -> None:
    shared, image = book.made("source", 0, "s"), book.made("image", 0, "i")
    book.collect("A", [shared, image, book.made("source", 1, "x"), book.made("source", 2, "y")])
    book.collect("B", [shared, book.made("source", 1, "x"), book.made("source", 2, "z"), book.made("source", 3, "w")])
    assert counts(scratch, "A", "B") == {"image": (0, 0, 0, 1, 0), "source": (1, 1, 1, 0, 1)}
    assert counts(scratch, "B", "A") == {"image": (0, 0, 0, 0, 1), "source": (1, 1, 1, 1, 0)}
    assert counts(scratch, "A", "B", types=["image"]) == {"image": (0, 0, 0, 1, 0)}


def test_equal_runs_have_no_differences(scratch: Connection[Any], book: Book) -> None:
    datasets = [book.made("source", detector, f"s{detector}", n_rows=5) for detector in range(3)]
    book.collect("A", datasets)
    book.collect("B", datasets)
    found = compare(scratch, "A", "B")
    assert found.same
    assert (found.causes, found.metrics, found.specifications, found.rows) == ([], [], [], [])
    assert "The content is the same at every place." in summary(found)


def test_shared_datasets_that_came_out_otherwise_are_told(scratch: Connection[Any], book: Book) -> None:
    datasets = [book.made("source", detector, "s") for detector in range(3)]
    for name in ("A", "B"):
        book.collect(name, datasets)
    scratch.execute(
        """insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got)
           select quantum_id, output_name, execution_id, content_digest, sha256('other')
           from registry.dataset where dataset_id = %s""",
        [datasets[0]],
    )
    found = compare(scratch, "A", "B")
    assert (found.total("shared"), found.total("unstable"), found.same) == (3, 1, True)
    assert "1 of the shared came out otherwise when they were made again: chance plays a part." in summary(found)


def test_disjoint_runs_have_nothing_to_explain(scratch: Connection[Any], book: Book) -> None:
    book.collect("A", [book.made("source", 0, "a", n_rows=5)])
    book.collect("B", [book.made("source", 1, "b", n_rows=7)])
    found = compare(scratch, "A", "B")
    (only,) = found.datasets
    assert (only.only_a, only.only_b, only.n_rows_only_a, only.n_rows_only_b) == (1, 1, 5, 7)
    assert (found.same, found.causes, found.rows) == (False, [], [])
    assert str(found.names[only.examples["only_a"][0]]) == "Toy visit 1 detector 0 g"


def test_only_some_of_one_side_are_named(scratch: Connection[Any], book: Book) -> None:
    book.collect("A", [book.made(f"type{n}", 0, f"{n}") for n in range(2)])
    book.collect("many", [book.made("source", detector, "m") for detector in range(4)])
    make(scratch, "none", "tagged", "Nothing.")
    (found,) = compare(scratch, "many", "none").datasets
    assert len(found.examples["only_a"]) == 4 < EXAMPLES
    assert counts(scratch, "none", "A") == {"type0": (0, 0, 0, 0, 1), "type1": (0, 0, 0, 0, 1)}


def test_empty_collections_are_equal(scratch: Connection[Any]) -> None:
    make(scratch, "A", "tagged", "Nothing.")
    make(scratch, "B", "chained", "Nothing.")
    found = compare(scratch, "A", "B")
    assert (found.same, found.datasets, list(sections(found))) == (True, [], [])


def test_the_first_of_a_chain_that_has_something_wins(scratch: Connection[Any], book: Book) -> None:
    old = [book.made("source", detector, f"old{detector}") for detector in range(3)]
    new = book.made("source", 1, "new")
    book.collect("old", old)
    book.collect("new", [new])
    book.collect("B", [old[0], new])
    for name in ("inner", "A"):
        make(scratch, name, "chained", "A chain.")
    chain(scratch, "inner", ["new", "old"])
    chain(scratch, "A", ["inner"])
    assert counts(scratch, "A", "B") == {"source": (2, 0, 0, 1, 0)}
    assert counts(scratch, "A", "old") == {"source": (2, 0, 1, 0, 0)}


def test_a_collection_is_compared_with_what_it_was(scratch: Connection[Any], book: Book) -> None:
    book.collect("A", [book.made("source", 0, "before"), book.made("source", 1, "stays")])
    (moment,) = scratch.execute("select clock_timestamp()").fetchall()[0]
    assert isinstance(moment, datetime)
    book.collect("A", [book.made("source", 0, "after")])
    assert counts(scratch, "A", "A") == {"source": (2, 0, 0, 0, 0)}
    assert counts(scratch, "A", "A", at_a=moment) == {"source": (1, 0, 1, 0, 0)}
    assert counts(scratch, "A", "A", at_a=moment, at_b=moment) == {"source": (2, 0, 0, 0, 0)}


def test_calibrations_are_compared_by_their_validity(scratch: Connection[Any], book: Book) -> None:
    early, late, other = (book.external("flat", 0, name) for name in ("early", "late", "other"))
    for name, second in (("A", late), ("B", other)):
        make(scratch, name, "calibration", "Flats.")
        certify(scratch, name, [early], Validity(0, 100))
        certify(scratch, name, [second], Validity(100, 200))
    assert counts(scratch, "A", "B") == {"flat": (1, 0, 1, 0, 0)}


def test_names_that_there_are_not_are_told(scratch: Connection[Any], book: Book) -> None:
    book.collect("A", [book.made("source", 0, "a")])
    with pytest.raises(UnknownCollection, match="there is no collection 'B'; there are A, first"):
        compare(scratch, "A", "B")
    with pytest.raises(UnknownDatasetType, match="there is no dataset type 'sources'; there are source"):
        compare(scratch, "A", "A", types=["sources"])
    with pytest.raises(UnknownMetric, match="there is no metric 'seeing'"):
        compare(scratch, "A", "A", metric=["seeing"])


def test_metrics_are_set_against_each_other(scratch: Connection[Any], book: Book) -> None:
    values = {"A": (1.0, 2.0, 3.0, float("nan")), "B": (1.5, 2.0, 5.0, 1.0)}
    keys = {name: [book.made("image", d, f"{name}{d}") for d in range(4)] for name in values}
    for name, datasets in keys.items():
        book.collect(name, datasets)
        for dataset, value in zip(datasets, values[name], strict=True):
            book.measure("seeing", dataset, value)
            book.measure("other", dataset, 0.0)
    scratch.execute(
        """insert into quality.specification (metric_id, name, operator, threshold, description)
           select metric_id, 'sharp', '<=', 4, 'A limit.' from quality.metric where name = 'seeing'"""
    )
    found = compare(scratch, "A", "B", metric=["seeing"])
    (moved,) = found.metrics
    assert (moved.n, moved.n_equal, moved.n_newly_known, moved.n_newly_unknown) == (3, 1, 1, 0)
    assert (moved.mean, moved.median, moved.low, moved.high) == pytest.approx((2.5 / 3, 0.5, 0.05, 1.85))
    assert moved.sd == pytest.approx(1.0408329997)
    assert moved.worst == [[keys["A"][2], keys["B"][2], 3, 5], [keys["A"][0], keys["B"][0], 1, 1.5]]
    assert sum(moved.bins.values()) == 3
    (judged,) = found.specifications
    assert (judged.n_bad_a, judged.n_bad_b, judged.n_newly_bad, judged.n_newly_good) == (0, 1, 1, 0)
    assert judged.newly_bad == [keys["B"][2]]
    assert "1 values are newly bad against their specifications, 0 newly good." in summary(found)
    back = compare(scratch, "B", "A").specifications[0]
    assert (back.n_newly_bad, back.n_newly_good) == (0, 1)


def test_a_reader_can_compare(scratch: Connection[Any], book: Book) -> None:
    book.collect("A", [book.made("source", 0, "a")])
    book.collect("B", [book.made("source", 0, "b")])
    scratch.execute("set local role skyledger_reader")
    assert compare(scratch, "A", "B").total("changed") == 1


def test_every_cell_of_the_tables_has_a_line_of_its_own(scratch: Connection[Any], book: Book) -> None:
    book.collect("A", [book.made("source", 0, "a")])
    book.collect("B", [book.made("source", 0, "b")])
    tables = list(sections(compare(scratch, "A", "B")))
    lines = list(tidy(tables))
    assert len(lines) == sum(len(table.rows) * len(table.columns) for table in tables)
    assert ("datasets", 1, "changed", 1) in lines


def test_keys_of_members_are_those_of_the_collection(scratch: Connection[Any], book: Book) -> None:
    """A dataset that left is in no comparison of now."""
    book.collect("A", [book.made("source", 0, "a")])
    book.collect("B", [book.made("source", 0, "b")])
    (place,) = find(scratch, ["B"])
    add_members(scratch, place, [book.made("source", 0, "a")], "computed")
    assert counts(scratch, "A", "B") == {"source": (0, 1, 0, 0, 0)}
