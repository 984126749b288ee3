"""Verbs of collections: what they say, and that a dry run changes nothing."""

import json
from typing import Any

import pytest
from psycopg import Connection, sql
from typer.testing import CliRunner

from schema import collections_cli
from schema.ledger.errors import BadTime, NoDatasets, UnknownCollection
from tests.schema.test_append_only import identifier
from tests.schema.test_curation import clock
from tests.support.rows import ROWS
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


@pytest.fixture
def dataset(owner: Connection[Any]) -> str:
    """Give the uid of the one dataset of a ledger with a row of everything."""
    owner.execute(ROWS)
    return str(owner.execute("select uid from registry.dataset").fetchall()[0][0])


def run(*words: str, stdin: str = "") -> str:
    result = CliRunner().invoke(app_of(collections_cli.mount), [*words], catch_exceptions=False, input=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(owner: Connection[Any]) -> list[int]:
    names = ("registry.collection", "registry.member", "registry.collection_chain", "registry.calibration_validity")
    count = sql.SQL("select count(*) from {}")
    return [owner.execute(count.format(identifier(name))).fetchall()[0][0] for name in names]


def test_collections_are_filled_and_read(owner: Connection[Any], dataset: str) -> None:
    assert run("tag", "good", "-", stdin=f"{dataset}\n") == "tagged 1 datasets into good\n"
    tuesday = clock(owner).isoformat()
    assert run("chain", "best", "good", "Toy/chain") == "best is now searched in this order: good, Toy/run\n"
    assert run("chain", "best", "good", "Toy/chain").startswith("best is as before")
    assert run("untag", "good", dataset) == "took 1 datasets out of good\n"
    contents = json.loads(run("collections", "good", "--output", "json"))
    assert [(one["dataset_type"], one["n_datasets"]) for one in contents] == [(None, 0)]
    then = json.loads(run("collections", "good", "--at", tuesday, "--output", "json"))
    assert [(one["dataset_type"], one["n_datasets"]) for one in then] == [("toy", 1)]
    assert run("seal", "good") == "good is sealed: it stays what it is now\n"
    listed = {one["collection"]: one for one in json.loads(run("collections", "--output", "json"))}
    assert listed["good"]["sealed_at"] is not None
    assert (listed["best"]["kind"], listed["best"]["n_datasets"]) == ("chained", 1)


def test_calibrations_are_certified(owner: Connection[Any], dataset: str) -> None:
    said = run("certify", "new", dataset, "--begin", "58849", "--end", "Toy/1")
    assert said == "certified 1 calibrations in new from MJD 58849.000000 until MJD 58849.000347; 0 ranges made room\n"
    assert run("certify", "new", dataset, "--replace").endswith("in new always; 1 ranges made room\n")
    assert run("decertify", "new", dataset, "--end", "2020-01-01") == (
        "took back 1 ranges in new until MJD 58849.000428\n"
    )
    with pytest.raises(BadTime, match="'58848' is no time: give an end after the beginning 58849"):
        run("certify", "new", dataset, "--begin", "58849", "--end", "58848")


def test_a_dry_run_changes_nothing(owner: Connection[Any], dataset: str) -> None:
    run("tag", "good", dataset)
    before = rows(owner)
    for words in (
        ("tag", "other", dataset),
        ("untag", "good", dataset),
        ("chain", "best", "good"),
        ("seal", "good"),
        ("certify", "new", dataset),
        ("decertify", "Toy/calib", dataset),
    ):
        assert "would" in (said := run(*words, "--dry-run")) or "could" in said
    assert rows(owner) == before
    assert owner.execute("select count(*) from registry.member where until < 'infinity'").fetchone() == (0,)
    assert owner.execute("select count(*) from registry.collection where sealed_at is not null").fetchone() == (0,)


def test_what_is_not_there_is_one_sentence(dataset: str) -> None:
    with pytest.raises(UnknownCollection, match="there is no collection 'nowhere'; there are Toy/calib"):
        run("collections", "nowhere")


def test_an_empty_list_makes_no_collection(owner: Connection[Any], dataset: str) -> None:
    for verb in ("tag", "certify"):
        with pytest.raises(NoDatasets, match="no datasets were given"):
            run(verb, "empty/one", "-")
    assert owner.execute("select from registry.collection where name = 'empty/one'").fetchone() is None
