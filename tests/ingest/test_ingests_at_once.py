"""Two who load what one run has: they take turns, and whoever stands still is passed."""

from threading import Thread
from typing import Any

import pytest
from psycopg import Connection

from ingest import loading
from ingest.loads import load as loads_load
from ingest.loads.staging import copy_in
from schema.connect import connect
from schema.settings import Settings
from schema.store import Store
from tests.support.queue import wait_for_lock
from tests.support.shelf import loads, partitions, rows_of, run_of, shelve

pytestmark = pytest.mark.database


def test_the_second_waits_for_the_first_and_finds_all_done(
    owner: Connection[Any], ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(ledger.store_root)
    shelve(owner, store, 3)
    run = run_of(owner)
    problems, copies = list[Exception](), list[int]()

    def second() -> None:
        try:
            with connect("owner", ledger) as other:
                loading.load_members(other, store, "source", run)
        except Exception as error:  # the thread's, for the assertion below
            problems.append(error)

    thread = Thread(target=second)

    def copied(connection: Connection[Any], *arguments: Any) -> None:
        copies.append(1)
        if len(copies) == 1:
            thread.start()
            assert wait_for_lock(connection)
        copy_in(connection, *arguments)

    monkeypatch.setattr(loads_load, "copy_in", copied)
    loading.load_members(owner, store, "source", run)
    thread.join()
    assert (problems, copies) == ([], [1])
    assert (loads(owner), partitions(owner)) == ([1], (1, 1))
    assert rows_of(owner) == {1: 3, 2: 3, 3: 3}


def test_one_that_stands_still_is_passed(
    owner: Connection[Any], ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(ledger.store_root)
    shelve(owner, store, 1)
    monkeypatch.setattr(loading, "PATIENCE", "100ms")
    with connect("owner", ledger) as still, loading._turn(still, "source", run_of(owner)):
        loading.load_members(owner, store, "source", run_of(owner))
    assert rows_of(owner) == {1: 3}
    assert owner.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone() == (0,)
