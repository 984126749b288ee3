"""Frozen answers: what is kept of a question, and what asking it takes."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from queries.datasets import cli
from queries.datasets.ask import ask
from queries.datasets.errors import BadSearch
from queries.datasets.saved import find_saved, freeze, save
from queries.datasets.search import Search
from queries.readonly import Limits
from schema.settings import Settings
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
N = 4000
MANY = """
with y as (insert into registry.dataset_type (name, dimensions, storage_class) values ('tile', '{{healpix}}', 'table')
  returning dataset_type_id),
c as (insert into registry.coordinate (digest, healpix)
  select sha256(int8send(g)), 1000000 + g from generate_series(1, {n}) g returning coordinate_id, digest)
insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
select gen_random_uuid(), y.dataset_type_id, c.coordinate_id, c.digest from y, c"""


def fill(owner: Connection[Any], n: int) -> None:
    owner.execute(MANY.format(n=n).encode())


def peak(work: Callable[[], object]) -> float:
    """Give the most memory that work takes at once, by dataset [byte]."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1] / N
    tracemalloc.stop()
    return most


def test_an_answer_is_frozen_by_its_keys_alone(owner: Connection[Any], ledger: Settings) -> None:
    """Of a million datasets every 100 bytes count: the keys are read, and nothing of a row is sent back."""
    fill(owner, N)
    search = Search(dataset_types=("tile",))
    saved = save(owner, "tiles", search)
    assert ask(search, ledger, Limits(60, N), only="uid").names == ["uid"]
    everything = peak(lambda: ask(search, ledger, Limits(60, N)))
    assert peak(lambda: ask(search, ledger, Limits(60, N), only="dataset_id")) < 0.5 * everything
    assert peak(lambda: freeze(owner, saved, "tiles/1", ledger)) < everything
    assert owner.execute("select n_datasets from registry.frozen_query").fetchone() == (N,)


def test_a_saved_question_stands_alone(owner: Connection[Any], ledger: Settings) -> None:
    fill(owner, 3)
    app = app_of(cli.mount)
    asked = CliRunner().invoke(
        app, ["datasets", "healpix = 1000001", "--save", "one", "--uids"], catch_exceptions=False
    )
    assert len(asked.stdout.split()) == 1
    again = CliRunner().invoke(app, ["datasets", "--saved", "one", "--uids"], catch_exceptions=False)
    assert again.stdout == asked.stdout
    beside = (
        ["healpix = 1000002"], ["--type", "tile"], ["--collection", "tiles"], ["--without", "1"], ["--bind", "a=1"],
        ["--at", "2026-01-01"], ["--valid-at", "57000"], ["--all"],
    )  # fmt: skip
    for words in beside:
        with pytest.raises(BadSearch, match="--saved one is a whole question: leave out the other conditions"):
            CliRunner().invoke(app, ["datasets", *words, "--saved", "one"], catch_exceptions=False)
    # How the answer is given is no part of the question.
    shown = CliRunner().invoke(
        app, ["datasets", "--saved", "one", "--limit", "1", "--order", "healpix", "--output", "csv"]
    )
    assert shown.stdout.startswith("dataset_id,")
    assert find_saved(owner, "one").search.where == "healpix = 1000001"
