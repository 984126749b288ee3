"""Why datasets of two collections differ: code, configuration, environment, inputs, chance."""

from collections.abc import Sequence
from typing import Any

import pytest
from psycopg import Connection

from queries.comparison.compare import compare
from tests.support.compared import PLAIN, Book, Recipe

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


@pytest.fixture
def book(scratch: Connection[Any]) -> Book:
    return Book(scratch)


@pytest.fixture
def raws(book: Book) -> list[int]:
    return [book.external("raw", detector, f"raw{detector}") for detector in range(3)]


def detect(book: Book, raws: Sequence[int], recipe: Recipe, content: str) -> list[int]:
    """Make one list of sources of each raw image."""
    return [
        book.made("source", detector, f"{content}{detector}", [("raw", raw)], recipe)
        for detector, raw in enumerate(raws)
    ]


def because(connection: Connection[Any]) -> list[str]:
    """Compare the collections A and B; give the causes in their order."""
    return [cause.sentence for cause in compare(connection, "A", "B", with_rows=False).causes]


def test_one_changed_config_value_is_named(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    book.collect("A", detect(book, raws, Recipe(config={"threshold": 5.0, "deblend": {"levels": 32}}), "a"))
    book.collect("B", detect(book, raws, Recipe(config={"threshold": 6.0, "deblend": {"levels": 32}}), "b"))
    assert because(scratch) == ["3 datasets changed because task detect has config threshold 5.0 -> 6.0"]


def test_the_change_of_an_ancestor_is_found_however_deep(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    for name, level in (("A", 3), ("B", 4)):
        sources = detect(book, raws, Recipe(config={"bias": {"level": level}}), name)
        objects = [book.made("object", 0, f"object {name}", [("sources", found) for found in sources], Recipe("link"))]
        book.collect(name, [book.made("plot", 0, name, [("objects", found) for found in objects], Recipe("draw"))])
    assert because(scratch) == ["1 dataset changed because task detect has config bias.level 3 -> 4"]


def test_other_code_is_named_with_its_commits(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    book.collect("A", detect(book, raws, Recipe(code="one"), "a"))
    book.collect("B", detect(book, raws, Recipe(code="two"), "b"))
    (cause,) = compare(scratch, "A", "B").causes
    assert (cause.reason.kind, cause.reason.task, cause.n) == ("code", "detect", 3)
    assert "(commitone)" in cause.reason.before
    assert "(committwo)" in cause.reason.after


def test_code_with_equal_results_changed_nothing(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    book.collect("A", detect(book, raws, Recipe(code="one"), "same"))
    book.collect("B", detect(book, raws, Recipe(code="two"), "same"))
    found = compare(scratch, "A", "B")
    assert (found.same, found.total("identical"), found.causes) == (True, 3, [])


def test_what_made_an_input_of_equal_content_is_no_cause(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    for name, code, config in (("A", "one", 1), ("B", "two", 2)):
        flat = book.made("flat", 0, "flat", [("raw", raws[0])], Recipe("build", code=code))
        inputs = [("raw", raws[1]), ("flat", flat)]
        book.collect(name, [book.made("image", 1, name, inputs, Recipe("reduce", config={"mode": config}))])
    assert because(scratch) == ["1 dataset changed because task reduce has config mode 1 -> 2"]


def test_another_file_from_outside_is_named_with_both(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    for name in ("A", "B"):
        flat = book.external("flat", 0, f"flat of {name}")
        book.collect(name, [book.made("image", d, f"{name}{d}", [("raw", raws[d]), ("flat", flat)]) for d in range(3)])
    found = compare(scratch, "A", "B")
    assert [cause.sentence for cause in found.causes] == [
        "3 datasets changed because another flat came from outside (1 file)"
    ]
    ((a, b),) = found.causes[0].examples
    assert found.names[a].file.startswith("flat of A.fits (")
    assert found.names[b].file.startswith("flat of B.fits (")


def test_an_input_of_another_data_id_stands_for_the_one_before(
    scratch: Connection[Any], book: Book, raws: list[int]
) -> None:
    for name, detector in (("A", 1), ("B", 2)):
        book.collect(name, [book.made("image", 0, name, [("raw", raws[0]), ("dark", raws[detector])])])
    assert because(scratch) == [
        "1 dataset changed because another raw came from outside (1 file) (0 of them for this alone)",
        "1 dataset changed because task detect read other inputs: dark (raw) detector 1 -> detector 2 "
        "(0 of them for this alone)",
    ]


def test_inputs_of_other_data_ids_are_no_pairs_where_several_are_left(
    scratch: Connection[Any], book: Book, raws: list[int]
) -> None:
    book.collect("A", [book.made("coadd", 0, "a", [("warp", raws[0])])])
    book.collect("B", [book.made("coadd", 0, "b", [("warp", raws[1]), ("warp", raws[2])])])
    both = "1 dataset changed because task detect read other inputs: warp (raw) {} (0 of them for this alone)"
    assert sorted(because(scratch)) == [both.format("not read -> read"), both.format("read -> not read")]


def test_one_input_more_is_told_and_shifts_no_other(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    book.collect("A", [book.made("coadd", 0, "a", [("warp", raws[1]), ("warp", raws[2])])])
    book.collect("B", [book.made("coadd", 0, "b", [("warp", raw) for raw in raws])])
    assert because(scratch) == ["1 dataset changed because task detect read other inputs: warp (raw) not read -> read"]


def test_several_causes_are_all_given_with_their_counts(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    a = detect(book, raws, Recipe(config={"threshold": 5, "area": 3}), "a")
    b = detect(book, raws[:2], Recipe(config={"threshold": 6, "area": 3}), "b")
    b += [book.made("source", 2, "b2", [("raw", raws[2])], Recipe(code="two", config={"threshold": 6, "area": 3}))]
    book.collect("A", a)
    book.collect("B", b)
    found = compare(scratch, "A", "B")
    assert [(cause.reason.kind, cause.n, cause.n_alone) for cause in found.causes] == [("config", 3, 2), ("code", 1, 0)]
    assert found.causes[0].sentence.endswith("threshold 5 -> 6 (2 of them for this alone)")
    assert dict(found.causes[0].by_type) == {"source": 3}


def test_another_compatibility_class_is_a_cause(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    book.collect("A", detect(book, raws, PLAIN, "a"))
    book.collect("B", detect(book, raws, Recipe(compatibility="gpu-7"), "b"))
    assert because(scratch) == [
        "3 datasets changed because task detect ran in another compatibility class: cpu-1 -> gpu-7"
    ]


def test_the_same_recipe_with_another_result_is_chance(scratch: Connection[Any], book: Book, raws: list[int]) -> None:
    book.collect("A", detect(book, raws, Recipe(packages={"numpy": "2.3"}), "a"))
    book.collect("B", detect(book, raws, Recipe(packages={"numpy": "2.4"}, salt=1), "b"))
    assert because(scratch) == [
        "3 datasets changed because task detect gave something else with the same recipe and inputs: "
        "salt 0 -> 1, numpy 2.3 -> 2.4"
    ]


def test_another_task_and_a_file_instead_of_a_task_are_causes(
    scratch: Connection[Any], book: Book, raws: list[int]
) -> None:
    book.collect("A", [book.made("source", 0, "a"), book.made("image", 1, "c")])
    book.collect("B", [book.made("source", 0, "b", recipe=Recipe("other")), book.external("image", 1, "d")])
    assert because(scratch) == [
        "1 dataset changed because another image came from outside (1 file): "
        "made by task detect -> a file from outside",
        "1 dataset changed because another task made source: detect -> other",
    ]
