"""Provenance of a unit's outputs, from the ledger."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from psycopg import Connection, OperationalError

from pipeline.provenance_file import Provenance, Relative
from pipeline.units import Unit
from schema.store import Store, Stored

MOST_STEPS = 24  # back to origins; a chain of any length must not make the file of each link longer than the one before
# The parents as they were read, and the files from outside that they were made of. Where the steps do not suffice, what
# the walk ended at is named as an ancestor: from there the ledger goes on.
RELATIVES = """
with parent as (
  select * from unnest(%(roles)s::text[], %(ordinals)s::int[], %(datasets)s::bigint[]) as p (role, ordinal, dataset_id)
), relative as (
  select 'parent' as relation, p.role, p.ordinal, p.dataset_id from parent p
  union all
  select case when d.quantum_id is null then 'origin' else 'ancestor' end, '', 0, u.dataset_id
  from registry.upstream(%(datasets)s::bigint[], %(steps)s) u
  join registry.dataset d using (dataset_id) where d.quantum_id is null or u.depth = %(steps)s
)
select r.relation, r.role, y.name, d.uid, to_jsonb(c) - '{coordinate_id,digest}'::text[]
from relative r join registry.dataset d using (dataset_id) join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
order by r.relation desc, r.role, r.ordinal, y.name, d.uid"""

PRESENT = """
select distinct on (content_digest) content_digest, path, file_digest, n_bytes from registry.artifact
where content_digest = any(%s) and part = '' and state = 'present' order by content_digest, artifact_id"""


def gather(connection: Connection[Any], unit: Unit) -> Provenance:
    """Give the provenance of a unit's outputs but for their uids; one statement."""
    rows = connection.execute(
        RELATIVES,
        {
            "steps": MOST_STEPS,
            "roles": [source.role for source in unit.inputs],
            "ordinals": [source.ordinal for source in unit.inputs],
            "datasets": [source.dataset_id for source in unit.inputs],
        },
    )
    relatives = tuple(
        Relative(relation, role, dataset_type, str(uid), _data_id(columns))
        for relation, role, dataset_type, uid, columns in rows
    )
    digests = (unit.code_digest.hex(), unit.config_digest.hex(), unit.provenance.hex())
    return Provenance("", unit.task_name, *digests, relatives)


def present(connection: Connection[Any], store: Store, contents: Iterable[bytes]) -> Mapping[bytes, Stored]:
    """Give the files that hold some contents already.

    When the database is away nothing is known to be there: the result is worth more than a file that is there twice.
    """
    found: dict[bytes, Stored] = {}
    with suppress(OperationalError):
        for content, *place in connection.execute(PRESENT, [list(contents)]):
            stored = Stored(*place)
            with suppress(FileNotFoundError):
                if (store.root / stored.path).stat().st_size == stored.n_bytes:
                    found[content] = stored
    return found


def _data_id(columns: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in columns.items() if value is not None}, sort_keys=True)
