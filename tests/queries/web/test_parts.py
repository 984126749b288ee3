"""Values, links and SQL of figures and tables, without a server."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from queries.columns import Column
from queries.named import bind, named
from queries.readonly import Answer
from queries.web import links
from queries.web.asked import Asked, written
from queries.web.desk import environment
from queries.web.parts import listing, table, text_of
from schema.output import duration

EAST = timezone(timedelta(hours=8))


def asked(rows: list[tuple[Any, ...]], *columns: Column, **given: str) -> Asked:
    """Give what the query `runs` would have brought."""
    query = named("runs")
    return Asked(query, given, bind(query, given), Answer(columns, rows, False))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"), (True, "yes"), (7, "7"), (1.23456, "1.235"), (1234567.25, "1234567.2"), (float("nan"), "NaN"),
        (datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "2026-01-02 03:04:05"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST), "2026-01-01 19:04:05"), ("a", "a"), (timedelta(seconds=2), "2 s"),
    ],
)  # fmt: skip
def test_values_are_written_for_people(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"), (float("inf"), "unknown"), (0.0003, "0.3 ms"), (0.18, "180 ms"), (0.996, "1 s"),
        (9.9, "9.9 s"), (45.2, "45 s"), (99.4, "99 s"), (99.6, "2 min"), (3590, "1 h 0 min"), (12000, "3 h 20 min"),
    ],
)  # fmt: skip
def test_durations_are_written_for_people(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_statement_is_written_with_its_values_and_as_a_command() -> None:
    query = named("failures")
    given = {"run": "a'b; drop", "n": "7"}
    statement = written(query, bind(query, given))
    assert "run = 'a''b; drop'" in statement
    assert "limit 7::int8" in statement
    assert "$" not in statement
    found = Asked(query, given, bind(query, given), Answer((), [], False))
    assert found.command == """skyledger query failures --run 'a'"'"'b; drop' --n 7"""
    assert found.download("csv") == "/data/failures.csv?run=a%27b%3B+drop&n=7"
    assert asked([]).download("parquet") == "/data/runs.parquet"


def test_a_table_shows_chosen_columns_with_units_and_links() -> None:
    columns = (
        Column("run", 25, None, "Name of the run."), Column("visit", 20), Column("instrument", 25),
        Column("seeing", 701, "arcsec", "FWHM."), Column("n_rows", 20),
    )  # fmt: skip
    shown = table(
        asked([("a/b c", 12, "De/Cam", 1.25, 12345), (None, 13, None, None, None)], *columns),
        "Title",
        "Sentence.",
        {"run": "Run", "visit": "Visit", "seeing": "Seeing", "n_rows": "Rows"},
    )
    assert [(heading.text, heading.unit, heading.numeric) for heading in shown.headings] == [
        ("Run", "", False), ("Visit", "", True), ("Seeing", "arcsec", True), ("Rows", "", True)
    ]  # fmt: skip
    first, second = shown.rows
    assert [cell.text for cell in first] == ["a/b c", "12", "1.25", "12,345"]
    assert [cell.link for cell in first] == ["/runs/a/b%20c", "/visit/De%2FCam/12", None, None]
    assert [cell.link for cell in second] == [None, None, None, None]


def test_states_that_are_bad_and_long_texts_are_told_apart() -> None:
    row = {"a": "dead", "b": "x" * 50, "c": datetime(2026, 1, 1, tzinfo=UTC), "d": "done", "e": 1}
    _, ((bad, long, moment, plain, number),) = listing({name: Column(name, 25) for name in row}, [row])
    assert [cell.kind for cell in (bad, long, moment, plain, number)] == ["bad", "long", "time", "", "number"]


def test_a_link_of_a_page_wins_over_the_known_one() -> None:
    _, (((cell,)),) = listing({"run": Column("run", 25)}, [{"run": "a"}], links={"run": lambda row: "/elsewhere"})
    assert cell.link == "/elsewhere"
    assert links.visit({"visit": 1}) is None


def test_options_travel_as_json_that_cannot_end_the_script() -> None:
    template = environment().from_string('{{ {"a": "</script><!--", "b": nan, "c": "&"} | data }}')
    text = template.render(nan=float("nan"))
    assert text == r'{"a":"\u003c/script\u003e\u003c!--","b":null,"c":"\u0026"}'
