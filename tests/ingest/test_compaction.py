"""Compaction: small loads become one, and a reader never sees a row twice or not at all."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, Error, errors
from typer.testing import CliRunner

from ingest.loads.compact import drop_merged, merge, merges
from ingest.loads.files import LostFile, files_of, files_to_load
from ingest.loads.listing import listed
from ingest.loads.publish import publish
from ingest.loads.retire import retire
from ingest.loads.staging import copy_in, new_token
from ingest.loads_cli import mount
from schema.catalog.definition import definition
from schema.connect import connect
from schema.settings import Settings
from schema.store import Store
from tests.support.processes import command, ended, killed_at, start
from tests.support.readers import ask_until
from tests.support.shelf import load_each, loads, partitions, rows_of, run_of, shelve
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


@pytest.fixture
def worker(ledger: Settings) -> Iterator[Connection[Any]]:
    """Give a connection of a worker."""
    with connect("worker", ledger) as opened:
        yield opened


@pytest.fixture
def store(ledger: Settings) -> Store:
    """Give the store of the ledger."""
    return Store(ledger.store_root)


def asked(answers: Path) -> int:
    """Give how often the reader has asked."""
    return int(json.loads(answers.read_text())["asked"]) if answers.exists() else 0


def wait_for_more_than(n: int, answers: Path) -> None:
    """Wait until the reader has asked more often."""
    deadline = time.monotonic() + 120
    while asked(answers) <= n:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_table_never_has_more_partitions_than_it_may(
    store: Store, owner: Connection[Any], worker: Connection[Any]
) -> None:
    files = shelve(owner, store, 66)
    most = 0
    for file in files:
        load_each(owner, worker, store, [file])
        attached, there = partitions(owner)
        assert attached == there
        most = max(most, attached)
    assert most == 64
    assert len(loads(owner)) == 34  # 33 of 64 became one, and two came
    assert rows_of(owner) == {file.dataset_id: 3 for file in files}
    assert files_to_load(owner, "source", run_of(owner), "source") == []


def test_a_publish_that_would_be_one_too_many_is_refused(
    store: Store, owner: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.loads.load.merges", lambda *_, **__: [])
    owner.execute(MANY)
    (file,) = shelve(owner, store, 1)
    with pytest.raises(Error, match="catalog source has 64 partitions, as many as it may have") as caught:
        load_each(owner, owner, store, [file])
    assert caught.value.sqlstate == "P0I07"
    assert rows_of(owner) == {}


MANY = """
do $$ begin
  for n in 1..64 loop
    execute format('create table catalog_part.source_%s partition of catalog.source for values in (%s)', n, -n);
  end loop;
end $$"""


def test_whoever_reads_meanwhile_counts_the_same(store: Store, owner: Connection[Any], tmp_path: Path) -> None:
    files = shelve(owner, store, 12, n_rows=50)
    load_each(owner, owner, store, files)
    stop, answers = tmp_path / "stop", tmp_path / "answers"
    reader = start(ask_until, stop, answers)
    for keep in (8, 4, 1):
        wait_for_more_than(asked(answers) + 1, answers)
        (these,) = merges(owner, keep)
        merge(owner, store, these, new_token(owner))
        assert len(loads(owner)) == keep
    stop.touch()
    assert ended(reader) == 0
    found = json.loads(answers.read_text())
    rows = 50 * len(files)
    assert found["table"] == found["old snapshot"] == [str((rows, rows))]
    assert found["cone"] == [str(rows)]


def test_the_smallest_loads_become_one_and_those_of_equal_size_by_age(store: Store, owner: Connection[Any]) -> None:
    sizes = [5, 2, 3, 2, 9]
    files = [file for n in sizes for file in shelve(owner, store, 1, n_rows=n)]
    load_each(owner, owner, store, files)
    of = dict(zip(loads(owner), sizes, strict=True))
    (these,) = merges(owner, keep=3)
    assert [of[load_id] for load_id in these.loads] == [2, 2, 3]
    assert (these.catalog, these.n_files, these.n_rows) == ("source", 3, 7)
    assert merges(owner, keep=5) == merges(owner, keep=3, catalog="visit") == []
    merged = merge(owner, store, these, new_token(owner))
    assert rows_of(owner) == {file.dataset_id: n for file, n in zip(files, sizes, strict=True)}
    kept = owner.execute("select state, merged_into from ingest.load where load_id = any(%s)", [list(these.loads)])
    assert set(kept.fetchall()) == {("retired", merged)}
    live = owner.execute("select load_id, dataset_id from ingest.load_file where live").fetchall()
    assert sorted(dataset for _, dataset in live) == [file.dataset_id for file in files]
    assert partitions(owner) == (3, 3)


def test_two_who_merge_the_same_leave_it_merged_once(store: Store, owner: Connection[Any], ledger: Settings) -> None:
    files = shelve(owner, store, 4)
    load_each(owner, owner, store, files)
    (these,) = merges(owner, keep=1)

    def attempt(token: int) -> str | None:
        with connect("worker", ledger) as one:
            try:
                merge(one, store, these, token)
            except Error as error:
                return error.sqlstate
        return None

    with ThreadPoolExecutor(2) as pool:
        found = set(pool.map(attempt, [new_token(owner), new_token(owner)]))
    assert None in found
    assert found <= {None, "P0I03", "P0I04", "P0I06", "P0I09"}
    assert rows_of(owner) == {file.dataset_id: 3 for file in files}
    assert partitions(owner) == (1, 1)


def test_a_merge_waits_for_a_reader_and_not_the_other_way_round(
    store: Store, owner: Connection[Any], ledger: Settings
) -> None:
    load_id = opened_merge_of_two(store, owner)
    owner.execute("select ingest.verify(%s, 7)", [load_id])
    with connect("reader", ledger) as reader, reader.transaction():
        assert reader.execute("select count(*) from source").fetchone() == (6,)
        with pytest.raises(errors.LockNotAvailable):
            publish(owner, load_id, 7, patience=0)
        assert reader.execute("select count(*) from source").fetchone() == (6,)
    assert len(loads(owner)) == 2
    publish(owner, load_id, 7)
    assert rows_of(owner) == {1: 3, 2: 3}
    # Killed here, a merge leaves tables that are in no partition's place: the next one drops them.
    assert partitions(owner) == (1, 3)
    drop_merged(owner)
    assert partitions(owner) == (1, 1)


def test_a_snapshot_that_is_older_than_the_merge_sees_every_row(
    store: Store, owner: Connection[Any], ledger: Settings
) -> None:
    load_each(owner, owner, store, shelve(owner, store, 2))
    with connect("reader", ledger) as reader, reader.transaction():
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select from instrument")  # the snapshot is taken; no catalog is locked
        for these in merges(owner, keep=1):
            merge(owner, store, these, new_token(owner))
        assert loads(owner) == [3]
        assert reader.execute("select count(*) from source").fetchone() == (6,)


def test_a_merge_that_lost_a_load_is_given_up_and_swept(store: Store, owner: Connection[Any]) -> None:
    load_id = opened_merge_of_two(store, owner)
    retire(owner, listed(owner, [1])[0])
    with pytest.raises(Error, match="taken over"):
        owner.execute("select ingest.verify(%s, 7)", [load_id])
    assert partitions(owner) == (1, 2)
    assert owner.execute("select ingest.drop_leftovers(), ingest.drop_leftovers()").fetchone() == (1, 0)
    assert partitions(owner) == (1, 1)
    assert rows_of(owner) == {2: 3}


def test_without_a_file_nothing_is_merged(store: Store, owner: Connection[Any]) -> None:
    load_each(owner, owner, store, shelve(owner, store, 2))
    (these,) = merges(owner, keep=1)
    owner.execute("update registry.artifact set state = 'missing'")
    with pytest.raises(LostFile, match="of which no file is left"):
        merge(owner, store, these, new_token(owner))
    assert len(loads(owner)) == 2
    assert loads(owner, "open") == []
    assert merges(owner, keep=1) == []


def test_a_load_that_lacks_a_file_stays_and_the_others_are_merged(store: Store, owner: Connection[Any]) -> None:
    files = shelve(owner, store, 5)
    load_each(owner, owner, store, files)
    owner.execute(
        """update registry.artifact set state = 'missing'
           where content_digest in (select content_digest from registry.dataset where dataset_id = any(%s))""",
        [[files[0].dataset_id, files[3].dataset_id]],
    )
    for keep, expected in ((4, (2, 3)), (3, (2, 3, 5)), (1, (2, 3, 5)), (5, None)):
        found = [these.loads for these in merges(owner, keep)]
        assert found == ([] if expected is None else [expected])
    for these in merges(owner, keep=1):
        merge(owner, store, these, new_token(owner))
    assert len(loads(owner)) == 3
    assert rows_of(owner) == {file.dataset_id: 3 for file in files}
    assert merges(owner, keep=1) == []


def test_a_full_table_with_a_lost_file_takes_new_loads(store: Store, owner: Connection[Any]) -> None:
    files = shelve(owner, store, 65)
    load_each(owner, owner, store, files[:64])
    owner.execute("update registry.artifact set state = 'missing' where path = %s", [files[0].path])
    load_each(owner, owner, store, files[64:])
    assert rows_of(owner) == {file.dataset_id: 3 for file in files}
    assert 1 in loads(owner)


def test_the_attach_reads_no_row(store: Store, owner: Connection[Any]) -> None:
    load_id = opened_merge_of_two(store, owner)
    owner.execute("select ingest.verify(%s, 7)", [load_id])
    said: list[str] = []
    owner.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    owner.execute("set client_min_messages = debug1")
    publish(owner, load_id, 7)
    assert [line for line in said if "is implied by existing constraints" in line]
    assert not [line for line in said if "verifying table" in line or "building index" in line]


def opened_merge_of_two(store: Store, owner: Connection[Any]) -> int:
    """Stage the merge of two loads under token 7; give the load that they are to become."""
    load_each(owner, owner, store, shelve(owner, store, 2))
    load_id = int(owner.execute("select ingest.open_merge('{1,2}', sha256(''))").fetchall()[0][0])
    copy_in(owner, store, definition("source"), load_id, files_of(owner, load_id), 7)
    return load_id


MERGE_POINTS = (
    "after_merge_open", "in_stage", "after_stage", "after_verify", "in_publish", "after_publish", "before_drop"
)  # fmt: skip


def test_a_merge_killed_at_every_step_ends_the_same(store: Store, owner: Connection[Any], tmp_path: Path) -> None:
    files = shelve(owner, store, 3)
    load_each(owner, owner, store, files)
    for point in MERGE_POINTS:
        assert killed_at(point, tmp_path / "ticket", command, "compact", "source", "--keep", "1"), point
        assert rows_of(owner) == {file.dataset_id: 3 for file in files}, point
    call("compact", "--keep", "1", "--output", "json")
    assert len(loads(owner)) == 1
    assert partitions(owner) == (1, 1)
    assert owner.execute("select count(*) from ingest.load where state not in ('published', 'retired')").fetchone() == (
        0,
    )


def test_what_cannot_be_merged_is_refused(store: Store, owner: Connection[Any]) -> None:
    load_each(owner, owner, store, shelve(owner, store, 2))
    for chosen in ([], [1], [1, 1], [1, 99]):
        with pytest.raises(Error, match="cannot be merged") as caught:
            owner.execute("select ingest.open_merge(%s, sha256(''))", [chosen])
        assert caught.value.sqlstate == "P0I09"


def test_the_verb_says_what_it_would_do_and_does_it(store: Store, owner: Connection[Any]) -> None:
    load_each(owner, owner, store, shelve(owner, store, 3))
    said = [{"catalog": "source", "loads": 2, "files": 2, "rows": 6}]
    assert call("compact", "--keep", "2", "--dry-run", "--output", "json") == said
    assert len(loads(owner)) == 3
    assert call("compact", "source", "--keep", "2", "--output", "json") == said
    assert len(loads(owner)) == 2
    assert call("compact", "--keep", "2", "--output", "json") == []


def call(*words: str) -> Any:
    """Give what a verb says, in JSON."""
    result = CliRunner().invoke(app_of(mount), list(words), catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)
