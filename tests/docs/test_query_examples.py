"""SQL and Python on the pages, against a ledger that is empty: what they name is there."""

from typing import Any

import pytest
from psycopg import Connection, errors

from docs.reading import ROOT, commands, fenced, pages
from queries.readonly import Limits, answer_user
from schema.settings import Settings

pytestmark = pytest.mark.database
QUERIES = (ROOT / "docs" / "queries.md").read_text()
OPERATORS = (ROOT / "docs" / "operators.md").read_text()


def test_every_statement_for_readers_is_answered(ledger: Settings) -> None:
    lines = [words for text in pages().values() for words in commands(text)]
    statements = {words[2] for words in lines if words[1:2] == ["sql"] and words[2] != "-"}
    assert len(statements) > 2
    for statement in [*statements, *fenced(QUERIES, "sql")]:
        assert answer_user(statement, ledger, Limits()).columns


def test_the_python_client_does_what_the_page_shows(ledger: Settings) -> None:
    space: dict[str, Any] = {}
    (code,) = fenced(QUERIES, "python")
    exec(compile(code, "queries.md", "exec"), space)
    assert list(space["frame"].columns) == ["visit", "band", "seeing"]
    assert space["stars"]["psfflux"].unit == "nJy"
    assert list(space["nights"]) == []


def test_statements_for_operators_do_what_they_say(owner: Connection[Any]) -> None:
    larger, mark = fenced(OPERATORS, "sql")
    owner.execute(larger.encode())
    assert owner.execute("select max(memory_mb) from work.queue").fetchone() == (262144,)
    with pytest.raises(errors.ForeignKeyViolation, match="4711"):  # there is no such dataset, and nothing else is wrong
        owner.execute(mark.encode())
