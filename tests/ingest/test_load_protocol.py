"""The load protocol in SQL: open, stage, verify, publish; all rows or none, each once, whoever dies."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection, errors, sql

from schema.catalog.definition import DATASET, LOAD, definition, names, sql_name
from schema.connect import connect
from schema.settings import Settings
from tests.support.loads import CELL, add_datasets, call, fill, open_load, publish, rows_of, stage
from tests.support.queue import add_units, claim, enlist, settle
from tests.support.rows import ROWS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

PARTITIONED = [name for name in names() if LOAD in definition(name).ledger]


@pytest.fixture
def ingest(filled: Connection[Any]) -> Connection[Any]:
    """Give a ledger with a run, where no load was opened before."""
    filled.execute("update ingest.load_file set live = false")
    return filled


def refused(code: str, words: str) -> Any:
    """Expect a refusal with a SQLSTATE and words of ours."""
    return pytest.raises(errors.Error, match=words, check=lambda error: error.sqlstate == code)


@pytest.mark.parametrize("target", PARTITIONED)
def test_a_load_becomes_a_partition_all_at_once(ingest: Connection[Any], target: str) -> None:
    first, second = add_datasets(ingest, 3, 2)
    load, state = open_load(ingest, [first, second], target)
    assert state == "open"
    part = stage(ingest, load, 7)
    fill(ingest, part, load, {first: 3, second: 2}, target)
    assert call(ingest, "verify", load, 7) == 5
    assert rows_of(ingest, target) == {}
    assert call(ingest, "publish", load, 7) == 5
    assert rows_of(ingest, target) == {first: 3, second: 2}
    row = ingest.execute(
        "select state, staged, n_rows, footprint::text from ingest.load where load_id = %s", [load]
    ).fetchone()
    assert row == ("published", part, 5, f"{{[{CELL},{4 * CELL})}}")
    files = ingest.execute(
        "select dataset_id, n_rows, live from ingest.load_file where load_id = %s order by 1", [load]
    )
    assert files.fetchall() == [(first, 3, True), (second, 2, True)]


def test_opening_again_finds_the_same_load(ingest: Connection[Any]) -> None:
    datasets = add_datasets(ingest, 3, 2)
    assert open_load(ingest, datasets) == open_load(ingest, datasets[::-1])
    publish(ingest, dict(zip(datasets, (3, 2), strict=True)), 7)
    assert open_load(ingest, datasets)[1] == "published"
    assert open_load(ingest, datasets, "reference_star")[1] == "open"


@pytest.mark.parametrize("target", ["visit", "nothing", "source; drop table catalog.source", "catalog.source", ""])
def test_a_target_that_takes_no_loads_is_refused(ingest: Connection[Any], target: str) -> None:
    with refused("P0I01", f"no partitioned catalog table is called {target}"):
        open_load(ingest, add_datasets(ingest, 1), target)


def test_datasets_that_are_unknown_doubled_missing_or_no_tables_are_refused(ingest: Connection[Any]) -> None:
    known, image = add_datasets(ingest, 1)[0], add_datasets(ingest, None)[0]
    cases: list[tuple[list[int] | None, str]] = [
        ([known, 999_999_999], "1 of 2"),
        ([known, known], "1 of 2"),
        ([known, image], "1 of 2"),
        ([], "0 of 0"),
        (None, "0 of <NULL>"),
    ]
    for datasets, counts in cases:
        with refused("P0I02", f"datasets that exist and are tables, each once: {counts} are"), ingest.transaction():
            open_load(ingest, datasets)


@pytest.mark.parametrize(
    ("staged", "counts"),
    [
        ((3, 1), "4 rows staged, 5 expected, 1 files differ"),
        ((3, 3), "6 rows staged, 5 expected, 1 files differ"),
        ((2, 3), "5 rows staged, 5 expected, 2 files differ"),
        ((0, 0), "0 rows staged, 5 expected, 2 files differ"),
    ],
)
def test_a_load_that_is_not_its_manifest_is_refused_with_counts(
    ingest: Connection[Any], staged: tuple[int, int], counts: str
) -> None:
    datasets = add_datasets(ingest, 3, 2)
    load, _ = open_load(ingest, datasets)
    fill(ingest, stage(ingest, load, 7), load, dict(zip(datasets, staged, strict=True)))
    with refused("P0I05", f"load {load}: {counts}"), ingest.transaction():
        call(ingest, "verify", load, 7)
    with refused("P0I06", "not verified under this token"):
        call(ingest, "publish", load, 7)


def test_rows_of_a_foreign_dataset_are_refused(ingest: Connection[Any]) -> None:
    mine, foreign = add_datasets(ingest, 2, 2)
    load, _ = open_load(ingest, [mine])
    fill(ingest, stage(ingest, load, 7), load, {foreign: 2})
    with refused("P0I05", "2 rows staged, 2 expected, 1 files differ"):
        call(ingest, "verify", load, 7)


def test_rows_of_a_foreign_load_are_refused(ingest: Connection[Any]) -> None:
    (dataset,) = add_datasets(ingest, 2)
    load, _ = open_load(ingest, [dataset])
    fill(ingest, stage(ingest, load, 7), load + 1, {dataset: 2})
    with pytest.raises(errors.CheckViolation, match="bound"):
        call(ingest, "verify", load, 7)


def test_verifying_and_publishing_again_change_nothing(ingest: Connection[Any]) -> None:
    (dataset,) = add_datasets(ingest, 4)
    load, _ = open_load(ingest, [dataset])
    fill(ingest, stage(ingest, load, 7), load, {dataset: 4})
    assert [call(ingest, "verify", load, 7) for _ in range(2)] == [4, 4]
    assert [call(ingest, "publish", load, 7) for _ in range(3)] == [4, 4, 4]
    assert rows_of(ingest) == {dataset: 4}


def test_equal_content_under_another_dataset_is_another_load(ingest: Connection[Any]) -> None:
    first, second = add_datasets(ingest, 2, 2, content=b"the same")
    loads = [publish(ingest, {dataset: 2}, token)[0] for token, dataset in enumerate((first, second))]
    assert loads[0] != loads[1]
    assert rows_of(ingest) == {first: 2, second: 2}


def test_a_late_stager_cannot_touch_what_is_published(ingest: Connection[Any]) -> None:
    (dataset,) = add_datasets(ingest, 4)
    load, part = publish(ingest, {dataset: 4}, 7)
    for token in (7, 8):
        with refused("P0I03", f"load {load} is published: nothing is staged on it"), ingest.transaction():
            stage(ingest, load, token)
    assert rows_of(ingest) == {dataset: 4}
    assert ingest.execute("select staged from ingest.load where load_id = %s", [load]).fetchone() == (part,)


def test_nothing_is_staged_on_a_load_that_nobody_opened(ingest: Connection[Any]) -> None:
    with refused("P0I03", "load 4711 is unknown"):
        stage(ingest, 4711, 1)


def test_who_was_overtaken_can_neither_verify_nor_publish(ingest: Connection[Any]) -> None:
    (dataset,) = add_datasets(ingest, 4)
    load, _ = open_load(ingest, [dataset])
    fill(ingest, stage(ingest, load, 7), load, {dataset: 4})
    call(ingest, "verify", load, 7)
    part = stage(ingest, load, 8)
    for verb, code in (("verify", "P0I04"), ("publish", "P0I06")):
        with refused(code, f"load {load} "), ingest.transaction():
            call(ingest, verb, load, 7)
    with refused("P0I06", "not verified"), ingest.transaction():
        call(ingest, "publish", load, 8)
    fill(ingest, part, load, {dataset: 4})
    call(ingest, "verify", load, 8)
    call(ingest, "publish", load, 8)
    assert rows_of(ingest) == {dataset: 4}
    left = ingest.execute(
        "select relname from pg_class where relnamespace = 'catalog_part'::regnamespace and relkind = 'r'"
    )
    assert left.fetchall() == [(part,)]


def test_a_dataset_is_live_once_in_a_table(ingest: Connection[Any]) -> None:
    first, second = add_datasets(ingest, 2, 2)
    publish(ingest, {first: 2}, 7)
    with pytest.raises(errors.UniqueViolation, match="load_file_once_key"), ingest.transaction():
        open_load(ingest, [first, second])
    publish(ingest, {second: 2}, 8)
    publish(ingest, {first: 2, second: 2}, 9, "reference_star")
    assert rows_of(ingest) == {first: 2, second: 2}


def test_what_somebody_opened_and_left_goes_to_who_opens_it_next(ingest: Connection[Any]) -> None:
    first, second, third = add_datasets(ingest, 2, 2, 2)
    left, _ = open_load(ingest, [first, second])
    part = stage(ingest, left, 7)
    fill(ingest, part, left, {first: 2, second: 2})
    call(ingest, "verify", left, 7)
    load, _ = publish(ingest, {first: 2, second: 2, third: 2}, 8)
    assert load != left
    for verb, code in (("verify", "P0I04"), ("publish", "P0I06")):
        with refused(code, f"load {left} "), ingest.transaction():
            call(ingest, verb, left, 7)
    with refused("P0I04", f"load {left} was given up"), ingest.transaction():
        stage(ingest, left, 9)
    with pytest.raises(errors.UniqueViolation), ingest.transaction():
        open_load(ingest, [first, second])
    assert rows_of(ingest) == {first: 2, second: 2, third: 2}


def test_a_load_that_was_given_up_can_be_opened_again(ingest: Connection[Any]) -> None:
    first, second = add_datasets(ingest, 2, 2)
    small, _ = open_load(ingest, [first])
    large, _ = open_load(ingest, [first, second])
    assert publish(ingest, {first: 2}, 7)[0] == small
    with refused("P0I04", f"load {large} was given up"), ingest.transaction():
        stage(ingest, large, 8)
    assert rows_of(ingest) == {first: 2}


def test_a_load_that_a_lease_works_on_keeps_its_datasets(ingest: Connection[Any]) -> None:
    first, second = add_datasets(ingest, 2, 2)
    add_units(ingest, 1)
    leases = claim(ingest, enlist(ingest))
    (token,) = leases.values()
    load, _ = open_load(ingest, [first])
    stage(ingest, load, token)
    with pytest.raises(errors.UniqueViolation), ingest.transaction():
        open_load(ingest, [first, second])
    settle(ingest, leases)
    assert open_load(ingest, [first, second])[1] == "open"


@pytest.mark.parametrize("target", PARTITIONED)
def test_every_column_of_a_row_has_a_value_while_it_is_staged_and_after(ingest: Connection[Any], target: str) -> None:
    (dataset,) = add_datasets(ingest, 1)
    load, _ = open_load(ingest, [dataset], target)
    part = stage(ingest, load, 7)
    fill(ingest, part, load, {dataset: 1}, target)
    refuse_null(ingest, sql.Identifier("catalog_part", part), target)
    call(ingest, "verify", load, 7)
    call(ingest, "publish", load, 7)
    refuse_null(ingest, sql.Identifier("catalog_part", part), target)
    refuse_null(ingest, sql.Identifier("catalog", target), target)


def refuse_null(connection: Connection[Any], table: sql.Identifier, target: str) -> None:
    """See that no column of a row can become NULL."""
    for column in (*definition(target).ledger, *definition(target).columns):
        name = sql.Identifier(sql_name(column))
        # Without a load a row is of no partition, which is what some say of it.
        with pytest.raises((errors.NotNullViolation, errors.CheckViolation)), connection.transaction():
            connection.execute(sql.SQL("update {} set {} = null").format(table, name))


@pytest.mark.parametrize("target", PARTITIONED)
def test_every_index_of_the_table_is_on_the_partition_before_it_is_attached(
    ingest: Connection[Any], target: str
) -> None:
    (dataset,) = add_datasets(ingest, 3)
    load, _ = open_load(ingest, [dataset], target)
    part = stage(ingest, load, 7)
    fill(ingest, part, load, {dataset: 3}, target)
    call(ingest, "verify", load, 7)
    ready = indexes(ingest, f"catalog_part.{part}")
    wanted = indexes(ingest, f"catalog.{target}")
    assert sorted(wanted.values()) == sorted(ready.values())
    assert len(wanted) >= 2
    call(ingest, "publish", load, 7)
    assert indexes(ingest, f"catalog_part.{part}") == ready  # the attach built none
    attached = ingest.execute(
        "select inhrelid::regclass::text from pg_inherits where inhparent = any(%s::regclass[])",
        [[f"catalog.{name}" for name in wanted]],
    )
    assert {name for (name,) in attached} == {f"catalog_part.{name}" for name in ready}


def indexes(connection: Connection[Any], table: str) -> dict[str, str]:
    """Give the indexes of a table: name to what they are on."""
    rows = connection.execute(
        """select c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .* USING', 'INDEX')
           from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = %s::regclass""",
        [table],
    )
    return dict(rows.fetchall())


def test_a_load_id_bounds_the_partition_so_that_the_attach_reads_nothing(ingest: Connection[Any]) -> None:
    (dataset,) = add_datasets(ingest, 1)
    load, part = publish(ingest, {dataset: 1}, 7)
    bound = ingest.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'bound' and conrelid = %s::regclass",
        [f"catalog_part.{part}"],
    )
    assert bound.fetchall() == [(f"CHECK ((load_id = {load}))",)]


def test_a_worker_loads_and_cannot_change_what_was_counted(ingest: Connection[Any]) -> None:
    (dataset,) = add_datasets(ingest, 3)
    ingest.execute("set local role skyledger_worker")
    load, _ = open_load(ingest, [dataset])
    part = stage(ingest, load, 7)
    fill(ingest, part, load, {dataset: 3})
    call(ingest, "verify", load, 7)
    with pytest.raises(errors.InsufficientPrivilege), ingest.transaction():
        fill(ingest, part, load, {dataset: 1})
    call(ingest, "publish", load, 7)
    with pytest.raises(errors.InsufficientPrivilege), ingest.transaction():
        fill(ingest, part, load, {dataset: 1})
    for statement in ("delete from catalog_part.{}", "truncate catalog_part.{}", "drop table catalog_part.{}"):
        with pytest.raises(errors.InsufficientPrivilege), ingest.transaction():
            ingest.execute(sql.SQL(statement).format(sql.Identifier(part)))
    assert rows_of(ingest) == {dataset: 3}


def test_two_who_open_the_same_at_once_get_the_same_load(owner: Connection[Any], ledger: Settings) -> None:
    owner.execute(ROWS)
    datasets = add_datasets(owner, 1, 1)

    def attempt(_: int) -> tuple[int, str]:
        with connect("worker", ledger) as worker:
            return open_load(worker, datasets)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(attempt, range(8)))) == 1


def test_the_ledgers_columns_come_first_in_every_loaded_table() -> None:
    truth = ["truth_crosstalk", "truth_detector", "truth_object", "truth_source"]
    loaded = ["forced_source", "reference_star", "source", *truth, "visit_detector"]
    assert loaded == PARTITIONED
    assert {definition(name).ledger for name in PARTITIONED} == {(LOAD, DATASET)}
