"""Conditions on datasets: read as they are meant; whatever else is written never becomes SQL."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.datasets.ask import VOCABULARY, compose
from queries.datasets.errors import BadExpression
from queries.datasets.fields import COLUMNS, FUNCTIONS, NAMES, SHAPES
from queries.datasets.parse import parse
from queries.datasets.search import Search
from queries.datasets.tree import Bind, Call, Compare, Field, In, Junction, Literal, Not, Overlaps, Range, Truth
from queries.readonly import Answer, Limits, session
from tests.support.library import Library

KNOWN = {
    "collection": ["a"], "instrument": ["DECam"], "metric": ["calibrate.seeing"], "parameter": ["threshold", "deep.er"],
    "run": ["first"], "task": ["calibrate"], "dataset type": ["source"], "specification": ["good"], "mark": ["bad"],
}  # fmt: skip
WORDS = ("and", "or", "not", "in", "like", "glob", "is null", "between", "overlaps", "1 = 1", "true", "union select 1")
PUNCTUATION = ("(", ")", ",", "..", ":", "=", "!=", "<", ">=", "'", "''", '"', ";", "--", "/*", "*/", "\\", "$1", "$$")
VALUED = ("1", "1.5", "-3", "'DECam'", "'it''s'", ":x", "T'2020-01-01'", "%s", "%(x)s", "pg_sleep(9)", "'; commit; --")
PIECES = st.one_of(
    st.sampled_from([*NAMES, *FUNCTIONS, *SHAPES, *WORDS, "config.threshold", "drop table registry.dataset"]),
    st.sampled_from([*PUNCTUATION, *VALUED]),
    st.text(max_size=4),
)
# Conditions as people write them, of every field, function and operator.
VALUES = {
    "whole": st.integers(-(2**63) + 1, 2**63 - 1).map(str),
    "number": st.floats(allow_nan=False, allow_infinity=False).map(repr),
    "text": st.text(alphabet="a%_'\\é* ?", max_size=5).map(lambda text: "'" + text.replace("'", "''") + "'"),
    "truth": st.sampled_from(["true", "false"]),
    "time": st.sampled_from(["T'2020-01-01'", "'2026-11-17T12:00'", "58849.5"]),
    "moment": st.sampled_from(["T'2020-01-01'", "'2026-11-17 12:00:00.5'"]),
    "uid": st.uuids().map(lambda uid: f"'{uid}'"),
}
NAMED = {"instrument": "'DECam'", "dataset_type": "'source'", "task": "'calibrate'"}
OTHERS = st.sampled_from([
    "metric('seeing') < 1.2", "metric('calibrate.seeing') in (1..2, 3)", "metric('seeing') is null", "verdict('good')",
    "verdict('good') != 'unknown'", "verdict('good') = 'failed'", "mark = 'bad'", "mark != 'bad'", "mark is not null",
    "mark in ('bad')", "run = 'first'", "collection like '%'", "config.threshold > 5", "config.threshold = 'x'",
    "config.deep.er", "config.deep.er in (1, 2..3)", "config.threshold is null", "overlaps circle(10, -20, 0.5)",
    "overlaps point(361, 90)", "overlaps box(0, 0, 1, 2)", "overlaps polygon(0, 0, 1, 0, 1, 1)", "run is null",
    "made_from('00000000-0000-0000-0000-000000000000')", "went_into('00000000-0000-0000-0000-000000000000')",
    "git_dirty", "collection glob 'f*'",
])  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """Give a condition on one field."""
    name = draw(st.sampled_from(sorted(COLUMNS)))
    kind = COLUMNS[name].kind
    values = st.just(NAMED[name]) if name in NAMED else VALUES[kind]
    tests = [st.just("is null"), values.map("= {}".format), values.map("<> {}".format)]
    if kind not in ("truth", "uid"):
        tests += [values.map("< {}".format), values.map(">= {}".format)]
    if kind in ("whole", "number", "time", "moment"):
        tests += [st.tuples(values, values).map(lambda v: f"not in ({v[0]}..{v[1]}, {v[0]})")]
    if kind == "whole":
        tests += [st.tuples(values, values, st.integers(1, 99)).map(lambda v: f"in {v[0]}..{v[1]}:{v[2]}")]
    if kind == "text" and name not in NAMED:
        tests += [VALUES["text"].map(lambda v: f"glob {v}"), VALUES["text"].map(lambda v: f"like {v[:-1]}a'")]
    return f"{name} {draw(st.one_of(tests))}"


TREES = st.recursive(
    conditions() | OTHERS,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or", "and not"]), inner).map(lambda t: f"({' '.join(t)})"),
    max_leaves=4,
)
TEXTS = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)


def described(statement: str, _: Any, __: int) -> Answer:
    """Answer what `compose` asks of the ledger, without one."""
    for kind, names in VOCABULARY.items():
        if statement == f"select array({names})":
            return Answer((), [(KNOWN[kind],)], cut=False)
    return Answer((), [([1, 2], False)], cut=False)


def composed(where: str, **asked: Any) -> tuple[str, list[Any]]:
    """Give the statement of a condition and its parameters."""
    return compose(Search(where=where, **asked), described, 10)


def test_a_condition_is_read_as_a_tree() -> None:
    tree = parse("not a = 1 and (b in (1..10:3, 'x') or overlaps circle(1, -2, :r)) or c")
    assert tree == Junction(
        every=False,
        parts=(
            Junction(
                every=True,
                parts=(
                    Not(Compare(Field(("a",), 4), "=", Literal(1, 8))),
                    Junction(
                        every=False,
                        parts=(
                            In(Field(("b",), 15), (Range(Literal(1, 21), Literal(10, 24), 3), Literal("x", 30))),
                            Overlaps(Call("circle", (Literal(1, 54), Literal(-2, 58), Bind("r", 61)), 47)),
                        ),
                    ),
                ),
            ),
            Truth(Field(("c",), 69)),
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+2.5", 2.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'it''s'", "it's"),
        ("TRUE", True),
        ("''", ""),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    tree = parse(f"x = {text}")
    assert isinstance(tree, Compare)
    assert isinstance(tree.value, Literal)
    assert tree.value.value == value
    assert type(tree.value.value) is type(value)


def test_a_condition_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(BadExpression, match="nested more than 60 times"):
        parse("(" * 5000 + "x = 1")
    with pytest.raises(BadExpression, match="more than 20,000 characters"):
        parse("x = 1 or " * 5000)


# Texts that stand in the source of the compiler.
OURS = {
    "infinity", "certified", "NaN", "number", "string", "boolean", "null", "{}", "run", "<=", "<", ">=", ">",
}  # fmt: skip
SKELETON = re.compile(r"\$\d+::(?:int8|int4|float8|text|bool|timestamptz|uuid|int8multirange)(?:\[\])?")


@given(st.one_of(TREES, st.lists(PIECES, max_size=12).map(" ".join)))
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_escapes_into_sql(text: str) -> None:
    """A text is refused, or every quote and every word of the statement is one of ours."""
    try:
        statement, _ = composed(text, bind={"x": "'; drop table registry.dataset; --"}, collections=("a",))
    except BadExpression:
        return
    rest = SKELETON.sub("", statement)
    assert set(re.findall(r"'([^']*)'", rest)) <= OURS
    assert not re.search(r"[;\\\"$]|--|/\*", rest)


@given(TEXTS)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_text_in_quotes_is_a_parameter_as_it_is(text: str) -> None:
    quoted = text.replace("'", "''")
    for where in (f"band = '{quoted}'", f"band in ('g', '{quoted}')", f"config.threshold = '{quoted}'"):
        statement, parameters = composed(where)
        assert text in parameters
        assert statement == composed(where.replace(f"'{quoted}'", "'z'"))[0]


@given(st.sampled_from(sorted(COLUMNS)), st.one_of(st.integers(), st.floats(), TEXTS, st.booleans()))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_bound_value_is_a_parameter_or_refused(name: str, value: Any) -> None:
    try:
        statement, _ = composed(f"{name} = :x", bind={"x": value})
    except BadExpression:
        return
    assert re.fullmatch(r"[^']*", statement.replace("'null'", ""))


@pytest.mark.database
@given(TREES)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_what_is_read_is_sql_that_the_database_takes(library: Library, where: str) -> None:
    """Whatever passes the parser passes the server, too: a user never meets an error of PostgreSQL."""
    statement, parameters = composed(where)
    with session(library.using, Limits(10, 10)) as answer:
        answer(statement, parameters, 10)
