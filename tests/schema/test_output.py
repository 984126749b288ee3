"""Answers on the command line."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from schema.output import Format, show

ROWS = [
    (1, 0.25, "a,b", None, True),
    (22, float("nan"), 'say "x"\nand y', b"\x00\xff", False),
]
COLUMNS = ["id", "flux", "name", "digest", "good"]


class Terminal(io.StringIO):
    """A stream that says that somebody watches."""

    def isatty(self) -> bool:
        return True


def written(rows: Sequence[tuple[object, ...]], output: Format, columns: Sequence[str] = COLUMNS) -> str:
    stream = io.StringIO(newline="")
    show(columns, rows, output, stream)
    return stream.getvalue()


def test_json_is_a_list_of_objects_without_nan() -> None:
    assert json.loads(written(ROWS, Format.json), parse_constant=pytest.fail) == [
        {"id": 1, "flux": 0.25, "name": "a,b", "digest": None, "good": True},
        {"id": 22, "flux": None, "name": 'say "x"\nand y', "digest": "00ff", "good": False},
    ]


def test_json_without_rows_is_an_empty_list() -> None:
    assert json.loads(written([], Format.json)) == []


def test_json_keeps_nested_values_and_writes_the_others_as_text() -> None:
    uid = UUID(int=5)
    row = ({"a": [float("inf"), {"b": 1}]}, datetime(2020, 1, 2, tzinfo=UTC), date(2020, 1, 2), uid, Decimal("1.5"))
    (found,) = json.loads(written([row], Format.json, list("abcde")))
    assert found == {
        "a": {"a": [None, {"b": 1}]},
        "b": "2020-01-02T00:00:00+00:00",
        "c": "2020-01-02",
        "d": str(uid),
        "e": 1.5,
    }


def test_csv_is_rfc_4180() -> None:
    text = written(ROWS, Format.csv)
    assert text.startswith('id,flux,name,digest,good\r\n1,0.25,"a,b",,true\r\n')
    assert list(csv.reader(io.StringIO(text, newline="")))[2] == ["22", "NaN", 'say "x"\nand y', "00ff", "false"]


def test_csv_keeps_every_digit() -> None:
    value = 186.74412345678901
    assert float(written([(value,)], Format.csv, ["ra"]).splitlines()[1]) == value


def test_a_table_elsewhere_is_plain_aligned_columns() -> None:
    assert written([(1, 0.5, "left"), (22, 10.0, "two\nlines")], Format.table, ["id", "flux", "name"]).splitlines() == [
        "id  flux  name",
        " 1   0.5  left",
        "22    10  two lines",
    ]


def test_lists_in_a_table_are_read_by_people_and_elsewhere_by_programs() -> None:
    rows = [(["S1", "S2"], [4.5, None], {"a": 1})]
    assert written(rows, Format.table, ["names", "gains", "rest"]).splitlines()[1] == 'S1, S2  4.5,   {"a": 1}'
    assert written(rows, Format.csv, ["names", "gains", "rest"]).splitlines()[1].startswith('"[""S1"", ""S2""]",')


def test_an_empty_table_is_said_beside_it_and_programs_see_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert written([], Format.table, ["run"]) == "run\n"
    assert capsys.readouterr().err == "no rows\n"
    assert (written([], Format.json), written([], Format.csv, ["run"])) == ("[]\n", "run\r\n")
    assert capsys.readouterr().err == ""


def test_a_table_on_a_terminal_is_drawn_and_brackets_are_no_markup() -> None:
    stream = Terminal()
    show(["run", "took"], [("[bold]a[/bold]", timedelta(seconds=90))], Format.table, stream)
    text = stream.getvalue()
    assert "[bold]a[/bold]" in text
    assert "90 s" in text
    assert "───" in text


def test_a_table_wider_than_the_terminal_is_plain_and_whole() -> None:
    stream = Terminal()
    show([f"column{n}" for n in range(30)], [[1.2345678] * 30], Format.table, stream)
    heading, row = stream.getvalue().splitlines()
    assert heading.split() == [f"column{n}" for n in range(30)]
    assert row.split() == ["1.2345678"] * 30


def test_long_texts_are_cut_on_a_terminal_only() -> None:
    rows, drawn, whole = [("o" * 100,)], Terminal(), Terminal()
    show(["text"], rows, Format.table, drawn)
    show(["text"], rows, Format.table, whole, whole=True)
    assert written(rows, Format.table, ["text"]).splitlines()[1] == "o" * 100
    assert drawn.getvalue().count("o") == 59
    assert "…" in drawn.getvalue()
    assert whole.getvalue().count("o") == 100


def test_rows_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        written([(1, 2)], Format.json, ["one"])
