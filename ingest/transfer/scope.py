"""What of a ledger belongs to a run: its datasets, all that they were made of, and the work."""

from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Connection

from ingest.transfer.errors import NoSuchRun

RUN = """
select r.run_id, r.ended, r.n_units from public.run r where r.run = %s and r.pipeline <> 'ingest'"""

# Members, what units wanted to read, and everything behind these.
DATASETS = """
select array_agg(u.dataset_id order by u.dataset_id)
from registry.upstream(array(
  select m.dataset_id from registry.member m where m.collection_id = %(run)s and m.until = 'infinity'
  union
  select d.dataset_id
  from work.unit u join work.unit_input i using (unit_id) join registry.dataset d on d.uid = i.dataset_uid
  where u.run_id = %(run)s)) u"""

QUANTA = """
select array_agg(quantum_id order by quantum_id) from (
  select quantum_id from registry.dataset where dataset_id = any(%(datasets)s) and quantum_id is not null
  union select quantum_id from work.unit where run_id = %(run)s) q"""

COORDINATES = """
select array_agg(coordinate_id order by coordinate_id) from (
  select coordinate_id from registry.dataset where dataset_id = any(%(datasets)s)
  union select coordinate_id from registry.quantum where quantum_id = any(%(quanta)s)) c"""


@dataclass(frozen=True)
class Scope:
    """Keys of what is exported."""

    run: int
    datasets: list[int]
    quanta: list[int]
    coordinates: list[int]

    @property
    def parameters(self) -> dict[str, Any]:
        """The same, for statements."""
        return asdict(self)


def scope(connection: Connection[Any], run: str) -> Scope:
    """Find what belongs to a run.

    Raises
    ------
    NoSuchRun
        Raised if there is no run of a pipeline of that name, or it goes on.
    """
    row = connection.execute(RUN, [run]).fetchone()
    if row is None:
        raise NoSuchRun(run, "is none of a pipeline: the view run lists them")
    run_id, ended, n_units = row
    if not ended:
        raise NoSuchRun(run, "goes on: it can be exported when it has ended, or was cancelled")
    datasets = _keys(connection, DATASETS, run=run_id)
    quanta = _keys(connection, QUANTA, run=run_id, datasets=datasets)
    if not n_units and not datasets:
        raise NoSuchRun(run, "holds nothing")
    return Scope(run_id, datasets, quanta, _keys(connection, COORDINATES, datasets=datasets, quanta=quanta))


def _keys(connection: Connection[Any], query: str, **given: Any) -> list[int]:
    ((found,),) = connection.execute(query, given)
    return found or []
