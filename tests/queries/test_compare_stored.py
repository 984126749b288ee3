"""Comparisons that were kept: what comes back says the same, without a database."""

import json
from math import isnan
from typing import Any

import pytest
from psycopg import Connection

from queries.comparison.cli import write_tables
from queries.comparison.compare import Comparison, compare
from queries.comparison.errors import UnknownFormat
from queries.comparison.stored import restored
from tests.support.compared import Book, Recipe

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
BRIGHT = 10 ** (0.4 * (31.4 - 20.5))  # 20.5 mag [nJy]


@pytest.fixture
def found(scratch: Connection[Any]) -> Comparison:
    """Compare two runs of another threshold; a source is lost, one is gained, and one has no flux that is positive."""
    book = Book(scratch)
    for name, threshold, first in (("A", 5.0, 0), ("B", 6.0, 1)):
        made = book.made("source", 0, name, (), Recipe(config={"threshold": threshold}), 4)
        book.collect(name, [made])
        book.measure("calibrate.nSource", made, threshold)
        ra = [10.0 + 0.01 * place for place in range(first, first + 4)]
        book.load(made, ra, [20.0] * 4, [BRIGHT, -BRIGHT, BRIGHT, float("nan")])
    return compare(scratch, "A", "B")


def test_a_kept_comparison_comes_back_whole(found: Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    kept = json.loads(json.dumps(found.document()))
    again = restored(kept)
    assert again.document() == found.document()
    write_tables(found)
    said = capsys.readouterr().out
    assert "1 are lost, 1 gained" in said
    write_tables(again)
    assert capsys.readouterr().out == said
    assert again.rows
    assert isnan(again.rows[0].bins[-1].residual)


def test_a_form_of_another_version_is_refused(found: Comparison) -> None:
    with pytest.raises(UnknownFormat, match="was kept in form 2, this version reads form 1: compare anew"):
        restored(found.document() | {"format": 2})
