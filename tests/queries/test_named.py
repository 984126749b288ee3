"""Named queries: files, parameters, and that the server takes them."""

import re
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, RawCursor

from queries.columns import describe
from queries.errors import BadQueryFile, BadValue, MissingParameter, UnknownParameter, UnknownQuery, WrongCall
from queries.named import FOLDER, bind, named, names, read

GIVEN = {"deg": "186.7", "latitude": "25.4", "int": "1", "text": "DECam"}  # by type
ON_THE_SCHEMA = {"views_and_columns", "table_sizes", "table_totals"}  # has rows in an empty ledger, too


def needed(name: str) -> dict[str, str]:
    """Give values for the parameters that have no default."""
    return {parameter.name: GIVEN[parameter.type] for parameter in named(name).parameters if parameter.default is None}


def test_the_promised_queries_are_there() -> None:
    assert set(names()) >= {
        "run_summary", "visit_quality", "light_curve", "cone_search", "source_counts", "metric_history",
        "slowest_executions", "failures", "row_to_raw", "reference_residuals", "timings",
    }  # fmt: skip


def test_the_server_takes_each_and_names_its_columns(owner: Connection[Any]) -> None:
    for name in names():
        query = named(name)
        columns = {column.name for column in describe(owner, query.statement)}
        assert len(columns) > 2, name
        assert not any(column.startswith("?") or column.endswith("_2") for column in columns), name
        rows = RawCursor(owner).execute(query.statement, bind(query, needed(name))).fetchall()
        assert bool(rows) == (name in ON_THE_SCHEMA), name


@pytest.mark.parametrize("name", names())
def test_it_reads_views_only(name: str) -> None:
    # A reader may call some functions of theirs, but sees none of their tables.
    assert not re.search(r"\b(registry|work|catalog|quality)\.\w+\b(?!\()", named(name).statement)


@pytest.mark.parametrize("name", names())
def test_its_words_are_sentences(name: str) -> None:
    query = named(name)
    for sentence in (query.sentence, *(parameter.sentence for parameter in query.parameters)):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_values_take_their_types_and_defaults() -> None:
    query = named("slowest_executions")
    values = dict(zip(query.order, bind(query, {"n": "7", "task": "calibrate"}), strict=True))
    assert values == {"run": None, "task": "calibrate", "n": 7}


@pytest.mark.parametrize("ra", [186.744, "186.744", "12h26m58.56s", "186d44m38.4s"])
def test_a_cone_takes_angles_and_gives_ranges_that_cover_it(ra: str | float) -> None:
    query = named("cone_search")
    values = dict(zip(query.order, bind(query, {"ra": ra, "dec": "25.4", "radius": "2"}), strict=True))
    assert values["ra"] == pytest.approx(186.744, abs=1e-9)
    assert values["radius"] == pytest.approx(2 / 3600)
    assert all(low < high for low, high in zip(values["low"], values["high"], strict=True))


def test_a_radius_may_bring_its_unit() -> None:
    query = named("cone_search")
    values = dict(zip(query.order, bind(query, {"ra": "10", "dec": "0", "radius": "0.1d"}), strict=True))
    assert values["radius"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"ra": "10"}, MissingParameter, "cone_search needs the parameter 'dec': Declination, ICRS."),
        ({"ra": "10", "dec": "0", "dek": "0"}, UnknownParameter, "no parameter 'dek'; it takes ra, dec, radius, run"),
        ({"ra": "10", "dec": "91"}, BadValue, "dec cannot be '91'"),
        ({"ra": "12:30:00", "dec": "0"}, BadValue, "ra cannot be '12:30:00'.*12h26m58s"),
        ({"ra": "nan", "dec": "0"}, BadValue, "ra cannot be 'nan'"),
        ({"ra": "10", "dec": "0", "radius": "0"}, BadValue, "radius cannot be '0'"),
    ],
)
def test_a_wrong_call_is_one_sentence(given: dict[str, str], error: type[WrongCall], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        bind(named("cone_search"), given)


def test_a_number_that_is_not_whole_is_refused() -> None:
    with pytest.raises(BadValue, match=r"n cannot be '1\.5': give a whole number"):
        bind(named("failures"), {"n": "1.5"})


def test_an_unknown_query_names_those_there_are() -> None:
    with pytest.raises(UnknownQuery, match=r"there is no query 'light_curves'; there are .*light_curve"):
        named("light_curves")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("select 1", "its first line must be"),
        ("-- other: A sentence.\nselect 1", "its first line must be"),
        ("-- bad: A sentence.\n-- :param run\nselect 1", "declares no parameter"),
        ("-- bad: A sentence.\n-- :param run bool A sentence.\nselect 1", "declares no parameter"),
        ("-- bad: A sentence.\n-- :param run text A sentence.\nselect 1", "and uses"),
        ("-- bad: A sentence.\nselect %(run)s", "and uses"),
        ("-- bad: A sentence.\n-- :cone\nselect %(ra)s, %(dec)s, %(radius)s", "and uses"),
        (
            "-- bad: A sentence.\n-- :cone source\nselect %(ra)s, %(dec)s, %(radius)s, %(low)s, %(high)s",
            "and uses",
        ),
    ],
)
def test_a_file_whose_header_does_not_fit_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "bad.sql"
    path.write_text(text)
    with pytest.raises(BadQueryFile, match=problem):
        read(path)


def test_only_queries_lie_in_the_folder() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".sql"}
