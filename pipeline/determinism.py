"""What a recomputation on purpose shows: whether the same recipe gives the same content again."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from pipeline.execute import Done

DIFFERING = """
insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got)
select d.quantum_id, d.output_name, d.execution_id, o.content_digest, d.content_digest
from unnest(%s::bigint[], %s::bytea[]) as x (quantum_id, action_key)
join registry.action a on a.action_key = x.action_key
join registry.dataset o on o.quantum_id = a.quantum_id
join registry.dataset d on d.quantum_id = x.quantum_id and d.output_name = o.output_name
where d.content_digest <> o.content_digest
order by 1, 2"""


def note_differences(connection: Connection[Any], done: Sequence[Done]) -> None:
    """Compare what was recomputed with what the same code and config first gave on equal content, and note differences.

    A quantum with a salt is another quantum: registering its outputs contradicts nothing.
    """
    salted = {one.unit.quantum_id: one.unit.action_key_of(0) for one in done if one.unit.salt and one.outputs}
    if salted:
        connection.execute(DIFFERING, [list(salted), list(salted.values())])
