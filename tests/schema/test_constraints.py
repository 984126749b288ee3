"""Constraints: each one is broken here, and holds."""

from typing import Any

import pytest
from psycopg import Connection, errors

from tests.support.rows import ROWS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

CERTIFY = """
  insert into registry.calibration_validity (collection_id, dataset_type_id, coordinate_id, dataset_id, valid)
  select collection_id, dataset_type_id, coordinate_id, dataset_id, {} from registry.calibration_validity"""
INTO_RUN = """
  insert into registry.calibration_validity (collection_id, dataset_type_id, coordinate_id, dataset_id, valid)
  select collection_id, dataset_type_id, coordinate_id, dataset_id, '[0,1)' from registry.member"""
MEMBER = """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
            select collection_id, dataset_type_id, coordinate_id, dataset_id, 'tagged' from registry.member"""
OTHER_COORDINATE = """
  with o as (insert into registry.coordinate (digest) values (sha256('two')) returning coordinate_id)
  insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
  select collection_id, dataset_type_id, o.coordinate_id, dataset_id, 'tagged' from registry.member, o"""
DATASET = """insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, output_name, content_digest)
             select gen_random_uuid(), dataset_type_id, coordinate_id, {}, 'out', sha256('two') from registry.dataset"""

BROKEN = {
    "two calibrations of a kind at once": (CERTIFY.format("int8range '[99,200)'"), errors.ExclusionViolation),
    "an endless calibration over another": (CERTIFY.format("int8range '(,)'"), errors.ExclusionViolation),
    "a calibration that never holds": (CERTIFY.format("int8range '[200,200)'"), errors.CheckViolation),
    "a calibration that somehow holds": (CERTIFY.format("null::int8range"), errors.NotNullViolation),
    "a calibration of another coordinate": (
        CERTIFY.format("int8range '[100,200)'").replace("coordinate_id, dataset_id, int8", "-1, dataset_id, int8"),
        errors.ForeignKeyViolation,
    ),
    "two current members of a type and coordinate": (MEMBER, errors.UniqueViolation),
    "a member whose coordinate is not its dataset's": (OTHER_COORDINATE, errors.ForeignKeyViolation),
    "a member that left before it came": (
        MEMBER.replace("'tagged'", "'tagged', clock_timestamp(), now()").replace("how)", "how, since, until)"),
        errors.CheckViolation,
    ),
    "a second output of that name": (DATASET.format("quantum_id"), errors.UniqueViolation),
    "an execution without a quantum": (
        "insert into registry.dataset (uid, dataset_type_id, coordinate_id, execution_id, content_digest)"
        " select gen_random_uuid(), dataset_type_id, coordinate_id, 1, sha256('two') from registry.dataset",
        errors.CheckViolation,
    ),
    "a dataset twice": (
        "insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)"
        " select uid, dataset_type_id, coordinate_id, content_digest from registry.dataset",
        errors.UniqueViolation,
    ),
    "a mark on two things": (
        "insert into registry.mark (dataset_id, config_id, verdict, reason)"
        " select dataset_id, config_id, 'bad', 'x' from registry.dataset, registry.config",
        errors.CheckViolation,
    ),
    "a mark on nothing": (
        "insert into registry.mark (verdict, reason) values ('bad', 'x')",
        errors.CheckViolation,
    ),
    "a verdict that nobody knows": (
        "insert into registry.mark (config_id, verdict, reason) select config_id, 'ugly', 'x' from registry.config",
        errors.CheckViolation,
    ),
    "a kind of collection that nobody knows": (
        "insert into registry.collection (name, kind, doc) values ('x', 'pile', 'x')",
        errors.CheckViolation,
    ),
    "two collections of a name": (
        "insert into registry.collection (name, kind, doc) values ('Toy/run', 'tagged', 'x')",
        errors.UniqueViolation,
    ),
    "a chain to itself": (
        "insert into registry.collection_chain select parent, 1, parent from registry.collection_chain",
        errors.CheckViolation,
    ),
    "a child twice in a chain": (
        "insert into registry.collection_chain select parent, 1, child from registry.collection_chain",
        errors.UniqueViolation,
    ),
    "a unit with more than all its dependencies met": ("update work.unit set unmet = -1", errors.CheckViolation),
    "a unit in a state that nobody knows": ("update work.unit set state = 'lost'", errors.CheckViolation),
    "a run without weight": ("update work.share set weight = 0", errors.CheckViolation),
    "a second row to lock": ("insert into work.resolver (one) values (false)", errors.CheckViolation),
    "a second resolver": ("insert into work.resolver default values", errors.UniqueViolation),
    "a published load that was never counted": (
        "update ingest.load set state = 'published', staged = 'source_l1_t1'",
        errors.CheckViolation,
    ),
    "a key that somebody chose": (
        "insert into registry.task (task_id, name) values (1, 'chosen')",
        errors.GeneratedAlways,
    ),
    "an exposure of another instrument": (
        "insert into registry.coordinate (digest, instrument, exposure) values (sha256('two'), 'Toy', 2)",
        errors.ForeignKeyViolation,
    ),
    "a second quantum of that hash": (
        "insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)"
        " select provenance_hash, task_version_id, config_id, coordinate_id from registry.quantum",
        errors.UniqueViolation,
    ),
    "two artifacts of that content at a place": (
        "insert into registry.artifact (content_digest, path, file_digest, n_bytes)"
        " select content_digest, path, file_digest, n_bytes from registry.artifact",
        errors.UniqueViolation,
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_there_is_never(filled: Connection[Any], what: str) -> None:
    statement, kind = BROKEN[what]
    with pytest.raises(kind):
        filled.execute(statement.encode())


def test_calibrations_are_certified_into_calibration_collections_only(filled: Connection[Any]) -> None:
    with pytest.raises(errors.Error, match="Toy/run is of the kind run: only calibration has") as refusal:
        filled.execute(INTO_RUN.encode())
    assert refusal.value.sqlstate == "P0A03"


@pytest.mark.parametrize("valid", ["[100,200)", "[100,)", "(,0)"])
def test_calibrations_that_touch_do_not_overlap(filled: Connection[Any], valid: str) -> None:
    assert filled.execute(CERTIFY.format("%s::int8range").encode(), [valid]).rowcount == 1


def test_a_quantum_can_have_two_outputs(filled: Connection[Any]) -> None:
    assert filled.execute(DATASET.format("quantum_id").replace("'out'", "'other'").encode()).rowcount == 1


def test_every_digest_is_there_and_has_32_bytes(scratch: Connection[Any]) -> None:
    rows = scratch.execute(
        """select c.oid::regclass || '.' || a.attname, a.attnotnull,
                  coalesce(bool_or(
                    pg_get_constraintdef(k.oid) = concat('CHECK ((octet_length(', a.attname, ') = 32))')),
                           false)
           from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
           left join pg_constraint k on k.conrelid = c.oid and k.contype = 'c'
           where a.atttypid = 'bytea'::regtype and a.attnum > 0
             and c.relnamespace::regnamespace::text in ('registry', 'work', 'ingest', 'quality', 'catalog')
           group by c.oid, a.attname, a.attnotnull order by 1"""
    ).fetchall()
    assert len(rows) >= 13
    assert [name for name, required, checked in rows if not (required and checked)] == []


@pytest.mark.parametrize("n", [0, 31, 33])
def test_a_digest_of_another_length_is_refused(scratch: Connection[Any], n: int) -> None:
    with pytest.raises(errors.CheckViolation, match="digest_is_sha256"):
        scratch.execute("insert into registry.config (digest, body) values (%s, '{}')", [bytes(n)])


def test_the_toy_rows_reach_every_table_of_the_registry(scratch: Connection[Any]) -> None:
    tables = [
        f"registry.{name}"
        for (name,) in scratch.execute("select tablename from pg_tables where schemaname = 'registry'")
    ]
    assert [table for table in tables if f"insert into {table} " not in ROWS] == []
