"""Searches for datasets: each kind of condition finds what it says, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from queries.datasets.errors import BadExpression, BadSearch
from queries.datasets.search import Search
from schema.connect import connect
from schema.ledger.times import mjd_ns
from tests.support.library import Library

pytestmark = pytest.mark.database

SOURCES = [("source", visit, detector) for visit in (1, 2, 3) for detector in (1, 2)]


def sources(*places: tuple[int, int]) -> list[tuple[str, int, int]]:
    return [("source", visit, detector) for visit, detector in places]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("visit = 2", [(2, 1), (2, 2)]),
        ("2 = visit", [(2, 1), (2, 2)]),
        ("visit <> 2 and detector = 1", [(1, 1), (3, 1)]),
        ("2 <= visit and 2 > detector", [(2, 1), (3, 1)]),
        ("exposure in (1..3:2) and detector in 2", [(1, 2), (3, 2)]),
        ("exposure in (1..10:3, 2) and not detector = 2", [(1, 1), (2, 1)]),
        ("visit between 2 and 3 and detector = 1", [(2, 1), (3, 1)]),
        ("instrument = 'DECam' and (visit = 1 or visit = 3) and detector = 2", [(1, 2), (3, 2)]),
        ("band = 'r'", [(2, 1), (2, 2)]),
        ("physical_filter like 'r%'", [(2, 1), (2, 2)]),
        ("physical_filter glob 'r *'", [(2, 1), (2, 2)]),
        ("physical_filter glob 'r*_'", []),
        ("band not in ('g', 'i')", [(2, 1), (2, 2)]),
        ("mjd > 58850.5 and mjd < 58851.5", [(2, 1), (2, 2)]),
        ("mjd in 58850.5..58851.5", [(2, 1), (2, 2)]),
        ("time between T'2020-01-02T12:00' and '2020-01-03T12:00'", [(2, 1), (2, 2)]),
        ("time = 58851", [(2, 1), (2, 2)]),
        ("day_obs = 20200103", [(2, 1), (2, 2)]),
        ("exp_time >= 30.5", []),
        ("skymap is null and visit = 3", [(3, 1), (3, 2)]),
        ("visit is not null and detector = 1", [(1, 1), (2, 1), (3, 1)]),
        ("metric('metric1') < 2", [(1, 1), (1, 2)]),
        ("metric('calibrate.metric1') in (1.1, 3..4)", [(1, 1), (3, 1), (3, 2)]),
        ("metric('metric1') is null", [(2, 1), (2, 2)]),
        ("verdict('good')", [(1, 1), (1, 2)]),
        ("verdict('good') = 'failed'", [(3, 1), (3, 2)]),
        ("verdict('good') != 'unknown'", [(1, 1), (1, 2), (3, 1), (3, 2)]),
        ("mark = 'bad'", [(3, 2)]),
        ("mark != 'bad' and visit = 3", [(3, 1)]),
        ("mark is null and visit = 3", [(3, 1)]),
        ("taint = 'bad'", [(3, 2)]),
        ("taint != 'bad' and visit = 3", [(3, 1)]),
        ("taint is null and visit = 3", [(3, 1)]),
        ("taint in ('bad', 'suspect')", [(3, 2)]),
        ("taint like 'sus%'", []),
        ("not taint = 'bad' and visit = 3", [(3, 1)]),
        ("visit = 1 and detector = 1 or taint = 'bad'", [(1, 1), (3, 2)]),
        ("config.threshold > 5", []),
        ("config.threshold = 5 and visit = 1", [(1, 1), (1, 2)]),
        ("config.threshold = '5'", []),
        ("config.detection.deep is null and visit = 1", [(1, 1), (1, 2)]),
        ("task = 'calibrate' and git_dirty = false and visit = 1", [(1, 1), (1, 2)]),
        ("git_dirty or visit = 1", [(1, 1), (1, 2)]),
        ("run = 'second'", []),
        ("run in ('first') and visit = 2", [(2, 1), (2, 2)]),
        ("collection = 'picked'", [(2, 1), (3, 1)]),
        ("n_rows = 20 and visit = 1", [(1, 1), (1, 2)]),
        ("created_at > T'2020-01-01' and visit = 1", [(1, 1), (1, 2)]),
        ("overlaps circle(186.744, 25.462, 0.01) and visit = 1", [(1, 1)]),
        ("overlaps box(186.744, 25.662, 0.05, 0.05) and visit = 1", [(1, 2)]),
        ("overlaps polygon(186.7, 25.4, 186.8, 25.4, 186.8, 25.7, 186.7, 25.7) and visit = 1", [(1, 1), (1, 2)]),
        ("overlaps point(186.744, 25.462) and visit = 1", [(1, 1)]),
        ("overlaps point(186.744, 15.462)", []),
        ("not overlaps point(186.744, 25.462) and visit = 1", [(1, 2)]),
        ("visit = 1 and (overlaps point(186.744, 25.462) or detector = 2)", [(1, 1), (1, 2)]),
    ],
)
def test_a_condition_finds_what_it_says(library: Library, where: str, found: list[tuple[int, int]]) -> None:
    assert library.places(where, "source", collections=("first",)) == sources(*found)


def test_what_was_made_of_a_file_and_what_it_was_made_of(library: Library) -> None:
    ((_, uid, *_),) = library.ask("visit = 1 and detector = 1", "raw_image")
    ((_, made, *_),) = library.ask(f"made_from('{uid}')", "source")
    assert library.places(f"made_from('{uid}')") == [(t, 1, 1) for t in ("post_isr_image", "source", "visit_detector")]
    assert {row[2] for row in library.ask(f"went_into('{made}')")} == {"raw_image", "post_isr_image", "reference_star"}


def test_a_metric_speaks_for_all_that_was_made_with_it(library: Library) -> None:
    assert library.places("metric('metric1') > 3.15", "visit_detector") == [("visit_detector", 3, 2)]


def test_values_can_be_bound(library: Library) -> None:
    bind = {"when": datetime(2020, 1, 3, tzinfo=UTC), "filter": "r DECam", "ids": 2}
    where = "time > :when and detector = :ids and not physical_filter = :filter"
    assert library.places(where, "source", bind=bind, collections=("first",)) == sources((3, 2))


def test_the_first_collection_counts_before_the_condition_does(library: Library) -> None:
    threshold = "config.threshold = {} and visit = 1"
    assert [row[0] for row in library.ask(threshold.format(7.5), "source", collections=("best",))] == list(
        library.again
    )
    assert library.ask(threshold.format(5), "source", collections=("best",)) == []
    hidden = library.places(threshold.format(5), "source", collections=("best",), every=True)
    assert hidden == sources((1, 1), (1, 2))
    assert len(library.ask(threshold.format(5), "source", collections=("first", "second"))) == 2
    assert library.places(None, "source", collections=("all",)) == SOURCES


def test_the_answer_says_which_collection_it_was_found_in(library: Library) -> None:
    rows = library.ask("detector = 1", "source", collections=("all",))
    assert {row[5]: row[-1] for row in rows} == {1: "second", 2: "picked", 3: "picked"}


def test_without_a_collection_everything_is_looked_at(library: Library) -> None:
    assert library.places("visit = 1", "source") == sources((1, 1), (1, 1), (1, 2), (1, 2))


def test_datasets_and_collections_are_left_out(library: Library) -> None:
    first, *_ = library.ask("visit = 1", "source", collections=("first",))
    by_uid = library.places("visit = 1", "source", collections=("first",), without=(str(first[1]),))
    by_key = library.places("visit = 1", "source", collections=("first",), without=(str(first[0]),))
    assert by_uid == by_key == sources((1, 2))
    left = library.places("detector = 1", "source", collections=("first",), without=("picked",))
    assert left == sources((1, 1))
    assert library.places(None, "source", collections=("first",), without=("all",)) == sources()


def test_calibrations_are_found_with_their_validity(library: Library) -> None:
    found = [("raw_image", 1, 1)]
    assert library.places(None, collections=("calib",)) == found
    assert library.places(None, collections=("calib",), valid_at=mjd_ns(58050)) == found
    assert library.places(None, collections=("calib",), valid_at=mjd_ns(58100)) == []


def test_a_time_before_everything_finds_nothing(library: Library) -> None:
    then = datetime(2000, 1, 1, tzinfo=UTC)
    assert library.ask(None, collections=("all", "calib"), at=then) == []
    assert library.places(None, "source", collections=("all",), at=datetime.now(UTC)) == SOURCES


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("expsure = 5", "no field 'expsure'; did you mean exposure"),
        ("visit = 1 and instrument = 'DECm'", "no instrument 'DECm'; did you mean DECam"),
        ("metric('seeing') < 1", "no metric 'seeing'; there are calibrate.metric1"),
        ("config.treshold > 1", "no parameter 'treshold'; did you mean threshold"),
        ("verdict('god')", "no specification 'god'; did you mean good"),
        ("mark = 'ugly'", "no mark 'ugly'; there are bad, superseded, suspect"),
        ("run = 'frist'", "no run 'frist'; did you mean first"),
        ("task in ('calibrat')", "no task 'calibrat'; did you mean calibrate"),
        ("visit = 'one'", "visit is a whole number"),
        ("visit = 1.5", "visit is a whole number"),
        ("band = 5", "band is a text: write it in single quotes"),
        ("band = \"g\"", "names need no quotes, and texts take single ones"),
        ("band = 'g", "the quote is never closed"),
        ("time > 'yesterday'", "time is a time: write T'2026-11-17T12:00' (UTC), or an MJD (TAI)"),
        ("visit", "visit is no condition by itself"),
        ("mark < 'bad'", "mark has no order"),
        ("uid = 'x'", "uid is a uid"),
        ("git_dirty > true", "git_dirty has no order"),
        ("band in ('a'..'z')", "band has no ranges"),
        ("mjd in 1..9:2", "only ranges of whole numbers have steps"),
        ("visit in 1..9:0", "the step of a range is a whole number above 0"),
        ("visit like '1%'", "visit is no text"),
        ("band like 'g\\'", "a pattern does not end with a backslash"),
        ("overlaps square(1, 2, 3)", "no shape 'square'; there are circle, box, polygon, point"),
        ("overlaps circle(1, 2)", "write circle(ra, dec, radius) in degrees"),
        ("overlaps circle(1, 100, 1)", "a declination is from -90 to 90 degrees"),
        ("overlaps circle(1, 2, 0)", "a radius is above 0"),
        ("overlaps box(1, 89.9, 1, 1)", "a box is at most 90 degrees"),
        ("circle(1, 2, 3)", "a shape stands behind OVERLAPS"),
        ("metrc('x') > 1", "no function 'metrc'; did you mean metric"),
        ("metric > 1", "metric is a function: write metric('calibrate.seeing')"),
        ("metric('metric1')", "metric('metric1') is a number: compare it with one"),
        ("verdict('good') < 'ok'", "a verdict is = or != 'ok', 'failed' or 'unknown'"),
        ("made_from('17')", "what made_from asks for is a uid"),
        ("made_from('00000000-0000-0000-0000-000000000000') = 1", "made_from is true or false by itself"),
        ("config > 1", "config needs the name of a parameter"),
        ("visit = :v", "no value for ':v'; there is none yet"),
        ("visit = 1 visit = 2", "visit where AND, OR or the end was expected"),
        ("visit =", "the end where a value was expected"),
        ("", "the end where a field such as instrument was expected"),
        ("(visit = 1", "the end where ) was expected"),
        ("visit = 99999999999999999999", "99999999999999999999 is too large"),
        ("visit not 5", "5 where IN, LIKE, GLOB or BETWEEN was expected"),
        ("visit ; drop table x", "';' means nothing here"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence_that_points(library: Library, where: str, problem: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        library.ask(where)
    assert str(refusal.value).startswith(problem)
    assert "\n" not in str(refusal.value)
    assert "^" in str(refusal.value)


def test_the_place_is_where_the_problem_is(library: Library) -> None:
    with pytest.raises(BadExpression) as refusal:
        library.ask("visit = 1 and instrument = 'DECm' or visit = 2")
    assert refusal.value.place == 27
    assert str(refusal.value).endswith("at ^ in: visit = 1 and instrument = ^'DECm' or visit = 2")


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"collections": ("frist",)}, "there is no collection 'frist'; did you mean first"),
        ({"dataset_types": ("sorce",)}, "there is no dataset type 'sorce'; did you mean source"),
        ({"without": ("somewhat",)}, "'somewhat' cannot be left out: it is neither a collection nor a dataset's uid"),
    ],
)
def test_what_is_not_there_is_one_sentence(library: Library, asked: dict[str, Any], problem: str) -> None:
    types = asked.pop("dataset_types", ())
    with pytest.raises(BadSearch, match=problem):
        library.ask(None, *types, **asked)


def test_answers_are_sorted_as_asked(library: Library) -> None:
    from queries.datasets.ask import ask
    from queries.readonly import Limits

    search = Search(dataset_types=("source",), collections=("first",))
    rows = ask(search, library.using, Limits(30, 3), ["-mjd", "detector"])
    assert [(row[5], row[6]) for row in rows.rows] == [(3, 1), (3, 2), (2, 1)]
    assert rows.cut
    with pytest.raises(BadExpression, match="no field 'mdj'"):
        ask(search, library.using, Limits(), ["mdj"])


def test_a_search_only_reads_the_views(library: Library) -> None:
    """Readers see the public views and may run the walks; nothing else is granted to them."""
    with connect("reader", library.using) as reader:
        rows = reader.execute(
            """select table_schema, privilege_type from information_schema.table_privileges
               where grantee = 'skyledger_reader'"""
        ).fetchall()
    assert set(rows) == {("public", "SELECT")}
