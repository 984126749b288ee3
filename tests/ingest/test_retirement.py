"""Retirement: a load leaves its table while others read, and may come back from its Parquet files."""

import json
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from psycopg import Connection, Error
from typer.testing import CliRunner

from ingest import backup_cli, loads_cli
from ingest.loading import load_members
from ingest.loads.compact import merge, merges
from ingest.loads.files import files_of, files_to_load
from ingest.loads.listing import Load, WrongLoad, listed
from ingest.loads.reload import load_again
from ingest.loads.retire import SeveralRuns, StillRead, chosen, retire, unfinished
from ingest.loads.staging import new_token
from schema.connect import connect
from schema.ledger.collections import make_run
from schema.settings import Settings
from schema.store import Store
from tests.support.processes import command, killed_at
from tests.support.shelf import load_each, loads, partitions, rows_of, run_of, shelve
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


@pytest.fixture
def store(ledger: Settings) -> Store:
    """Give the store of the ledger."""
    return Store(ledger.store_root)


@pytest.fixture
def three(store: Store, owner: Connection[Any]) -> list[Load]:
    """Give three loads of one file each."""
    load_each(owner, owner, store, shelve(owner, store, 3))
    return listed(owner, loads(owner))


def test_a_retired_load_is_gone_and_its_datasets_can_be_loaded_again(
    store: Store, owner: Connection[Any], three: list[Load]
) -> None:
    before = rows_of(owner)
    retire(owner, three[1])
    assert rows_of(owner) == {dataset: 3 for dataset in before if dataset != 2}
    assert partitions(owner) == (2, 2)
    assert [file.dataset_id for file in files_to_load(owner, "source", run_of(owner), "source")] == [2]
    retire(owner, three[1])  # nothing more happens
    row = owner.execute("select state, retired_at is not null from ingest.load where load_id = 2").fetchone()
    assert row == ("retired", True)
    load_each(owner, owner, store, files_to_load(owner, "source", run_of(owner), "source"))
    assert rows_of(owner) == before
    assert loads(owner) == [1, 3, 4]


def test_readers_are_not_made_to_wait_and_the_load_goes_when_they_have_ended(
    owner: Connection[Any], ledger: Settings, three: list[Load]
) -> None:
    with connect("reader", ledger) as reader, connect("reader", ledger) as other:
        with reader.transaction():
            assert reader.execute("select count(*) from source").fetchone() == (9,)
            with pytest.raises(StillRead, match="repeat `skyledger retire 1`"):
                retire(owner, three[0], patience=0)
            # Half detached: whoever comes now no longer sees it, and waits for nothing.
            assert other.execute("select count(*) from source").fetchone() == (6,)
            assert unfinished(owner) == [1]
        # Somebody else's half detached partition is finished on the way.
        retire(owner, three[2])
        assert other.execute("select count(*) from source").fetchone() == (3,)
        retire(owner, three[0])
    assert partitions(owner) == (1, 1)
    assert unfinished(owner) == []


def test_a_retirement_killed_at_every_step_ends_the_same(
    owner: Connection[Any], three: list[Load], tmp_path: Path
) -> None:
    for point in ("after_retire_begin", "after_detach"):
        assert killed_at(point, tmp_path / "ticket", command, "retire", "2"), point
        assert unfinished(owner) == [2]
    assert [row["load"] for row in call("retire")] == [2]
    assert sorted(rows_of(owner)) == [1, 3]
    assert partitions(owner) == (2, 2)


def test_several_who_retire_at_once_take_turns(owner: Connection[Any], ledger: Settings, three: list[Load]) -> None:
    problems: list[Exception] = []

    def go(load: Load) -> None:
        try:
            with connect("owner", ledger) as one:
                retire(one, load)
        except Exception as error:  # the thread's, for the assertion below
            problems.append(error)

    threads = [Thread(target=go, args=(load,)) for load in (*three, *three)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert partitions(owner) == (0, 0)
    assert loads(owner, "retired") == [1, 2, 3]


def test_while_a_load_leaves_its_datasets_cannot_come_back(
    store: Store, owner: Connection[Any], three: list[Load]
) -> None:
    files = [file for file in files_of(owner, 1, 2, 3) if file.dataset_id == 1]
    owner.execute("select * from ingest.begin_retire(1)")
    with pytest.raises(Error, match="is being retired") as caught:
        load_each(owner, owner, store, files)
    assert caught.value.sqlstate == "P0I03"
    with pytest.raises(Error, match="load 1 is retiring and in its table"):
        owner.execute("select ingest.end_retire(1)")
    retire(owner, three[0])
    assert load_again(owner, store, listed(owner, [1])[0]) == 3
    assert len(rows_of(owner)) == 3


def test_while_a_load_leaves_the_other_datasets_of_its_run_come_in(
    store: Store, owner: Connection[Any], three: list[Load]
) -> None:
    owner.execute("select * from ingest.begin_retire(1)")
    (fourth,) = shelve(owner, store, 1)
    load_members(owner, store, "source", run_of(owner))
    assert rows_of(owner) == {1: 3, 2: 3, 3: 3, fourth.dataset_id: 3}
    retire(owner, three[0])
    load_members(owner, store, "source", run_of(owner))  # a run's members come back: they were never taken out of it
    assert rows_of(owner) == {1: 3, 2: 3, 3: 3, fourth.dataset_id: 3}


def test_what_was_merged_cannot_be_retired_by_itself(store: Store, owner: Connection[Any], three: list[Load]) -> None:
    owner.execute("select ingest.open_merge('{1,2}', sha256(''))")  # given up by who retires one of them
    (first,) = listed(owner, [1])
    assert chosen(owner, [1]) == [first]
    owner.execute("update ingest.load set merged_into = null where merged_into is not null")
    (these,) = merges(owner, keep=1)
    merged = merge(owner, store, these, new_token(owner))
    for load in three:
        # As the verb describes them, and as they were when it had described them before the merge.
        with pytest.raises(WrongLoad, match=f"load {load.load_id} was merged into {merged}, which has its rows"):
            chosen(owner, [load.load_id])
        with pytest.raises(WrongLoad, match=f"load {load.load_id} was merged into {merged}, which has its rows"):
            retire(owner, load)
    assert len(rows_of(owner)) == 3
    retire(owner, chosen(owner, [merged])[0])
    assert rows_of(owner) == {}


def test_what_is_not_there_or_not_published_cannot_be_retired(owner: Connection[Any], three: list[Load]) -> None:
    with pytest.raises(WrongLoad, match="load 99 does not exist"):
        listed(owner, [99, 1])
    (load_id,) = owner.execute(
        "select load_id from ingest.open_load('visit_detector', 1, '{1}', sha256(''))"
    ).fetchall()[0]
    with pytest.raises(WrongLoad, match=f"load {load_id} is open and not published"):
        retire(owner, listed(owner, [load_id])[0])


def test_only_what_is_retired_and_nowhere_else_comes_back(
    store: Store, owner: Connection[Any], three: list[Load]
) -> None:
    with pytest.raises(WrongLoad, match="load 1 is published and not retired"):
        load_again(owner, store, three[0])
    retire(owner, three[0])
    (retired,) = listed(owner, [1])
    load_again(owner, store, retired)
    with pytest.raises(WrongLoad, match="has no rows that are not in the table again"):
        load_again(owner, store, retired)


def test_the_verbs_take_loads_out_and_bring_them_back(owner: Connection[Any], three: list[Load]) -> None:
    one = [{"load": 2, "catalog": "source", "files": 1, "rows": 3, "runs": ["shelf"]}]
    assert call("retire", "2", "--dry-run") == one
    assert len(loads(owner)) == 3
    assert call("retire", "2") == one
    assert loads(owner) == [1, 3]
    assert call("retire") == []
    owner.execute("select * from ingest.begin_retire(3)")
    assert [row["load"] for row in call("retire")] == [3]
    assert call("reload", "2", "3", "--dry-run")[1]["load"] == 3
    call("reload", "2", "3")
    assert sorted(rows_of(owner)) == [1, 2, 3]


def also_in(owner: Connection[Any], run: str, dataset: int) -> None:
    """Let a run take a dataset over."""
    run_id = make_run(owner, run, "shelf", bytes(32), "Another run.")
    owner.execute(
        """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
           select %s, dataset_type_id, coordinate_id, dataset_id, 'reused'
           from registry.dataset where dataset_id = %s""",
        [run_id, dataset],
    )


def test_a_load_with_rows_of_several_runs_goes_only_when_that_is_meant(
    store: Store, owner: Connection[Any], three: list[Load]
) -> None:
    also_in(owner, "second", 1)
    (these,) = merges(owner, keep=1)
    merged = merge(owner, store, these, new_token(owner))
    app = app_of(loads_cli.mount)
    assert call("retire", str(merged), "--dry-run")[0]["runs"] == ["shelf", "second"]
    with pytest.raises(SeveralRuns, match=r"rows of 2 runs \(shelf, second\).*repeat with --all-runs"):
        CliRunner().invoke(app, ["retire", str(merged)], catch_exceptions=False)
    assert len(rows_of(owner)) == 3
    assert call("retire", str(merged), "--all-runs")[0]["runs"] == ["shelf", "second"]
    assert rows_of(owner) == {}


def test_what_has_begun_to_leave_goes_on_whosever_rows_it_holds(owner: Connection[Any], three: list[Load]) -> None:
    also_in(owner, "second", 1)
    owner.execute("select * from ingest.begin_retire(1)")
    assert [row["load"] for row in call("retire")] == [1]


def test_what_is_already_retired_is_said_and_what_is_left_to_do_done(owner: Connection[Any], three: list[Load]) -> None:
    retire(owner, three[0])
    result = CliRunner().invoke(app_of(loads_cli.mount), ["retire", "1", "2", "--output", "csv"])
    assert result.stderr.splitlines() == ["load 1 is already retired"]
    assert result.stdout.splitlines()[1:] == ['2,source,1,3,"[""shelf""]"']
    again = CliRunner().invoke(app_of(loads_cli.mount), ["retire", "1"])
    assert (again.stderr, again.exit_code) == ("load 1 is already retired\nnothing to retire\n", 0)


def test_nothing_to_merge_is_said_beside_the_answer(owner: Connection[Any]) -> None:
    told = [CliRunner().invoke(app_of(loads_cli.mount), ["compact", *words]) for words in ([], ["--output", "json"])]
    assert [(one.stdout, one.stderr) for one in told] == [
        ("catalog  loads  files  rows\n", "nothing to merge\n"),
        ("[]\n", ""),
    ]


def call(*words: str) -> Any:
    """Give what a verb says, in JSON."""
    app = app_of(loads_cli.mount)
    backup_cli.mount(app)
    result = CliRunner().invoke(app, [*words, "--output", "json"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)
