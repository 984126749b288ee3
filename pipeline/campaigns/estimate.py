"""What the outputs of quanta will take, from those of their kind that are there."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from pipeline.planner.graph import Quantum

# A thousand of a type tell its size, whichever they are; the index on types gives them.
SIZES = """
select y.name, avg(a.n_bytes)::float8
from registry.dataset_type y
cross join lateral (
  select d.content_digest from registry.dataset d where d.dataset_type_id = y.dataset_type_id limit 1000
) d
join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
where y.name = any(%s) group by 1"""


def estimate_bytes(connection: Connection[Any], quanta: Sequence[Quantum]) -> int | None:
    """Estimate the size of the files that quanta will make [byte]; None where no file of their types is known."""
    wanted = Counter(output.dataset_type for quantum in quanta for output in quantum.task.outputs().values())
    sizes: dict[str, float] = dict(connection.execute(SIZES, [list(wanted)]).fetchall())
    if wanted and not sizes:
        return None
    return round(sum(n * sizes.get(name, 0.0) for name, n in wanted.items()))
