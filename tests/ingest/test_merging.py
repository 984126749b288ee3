"""Rows that say who they are: the new ones go in, the known ones must say the same, some ten thousand at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from psycopg import Connection

from ingest import merging
from schema.registry.instrument import instrument

pytestmark = pytest.mark.database

ROWS = [{"instrument": f"Toy{n}", "description": f"Toy number {n}."} for n in range(7)]


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let sets be of three rows; give how many rows each statement was given."""
    given: list[int] = []

    def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
        given.append(len(rows))
        return plain(rows)

    plain = merging.as_json
    monkeypatch.setattr(merging, "CHUNK", 3)
    monkeypatch.setattr(merging, "as_json", as_json)
    return given


def merge(owner: Connection[Any], rows: Sequence[Mapping[str, Any]]) -> tuple[int, merging.Contradiction | None]:
    return merging.merge(owner, instrument, ["instrument"], rows)


def test_no_statement_is_given_more_than_a_set(owner: Connection[Any], sizes: list[int]) -> None:
    assert merge(owner, ROWS) == (7, None)
    assert sorted(set(sizes)) == [1, 3]
    assert merge(owner, ROWS) == (0, None)
    assert merge(owner, []) == (0, None)


def test_a_row_that_says_something_else_is_found_in_any_set(owner: Connection[Any], sizes: list[int]) -> None:
    merge(owner, ROWS[:2])
    other = ROWS[1] | {"description": "Another."}
    expected = merging.Contradiction("Toy1", "description", "Toy number 1.", "Another.")
    assert merge(owner, [*ROWS[2:], other]) == (5, expected)


def test_two_rows_of_one_key_contradict_each_other_across_sets(owner: Connection[Any], sizes: list[int]) -> None:
    other = ROWS[0] | {"description": "Another."}
    _, wrong = merge(owner, [*ROWS, other])
    assert wrong == merging.Contradiction("Toy0", "description", "Toy number 0.", "Another.")
