"""Hashes of quanta and action keys of a transfer, made again of what the ledger then says."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from ingest.transfer.errors import BadTransfer
from schema.canonical import output_key, output_uid, provenance_hash
from schema.settings import settings

Edge = tuple[str, int, UUID, bytes | None, bytes | None, str | None]  # role, ordinal, uid; content, producer, output
# What ingests make is of the class that was set, and leaves no environment: an import keeps what the export said.
CLASSES = """
select compatibility_class from registry.software union select compatibility_class from registry.run
union select unnest(lineage_classes) from registry.run"""
QUANTA = """
select q.provenance_hash, t.name, v.code_digest, g.digest, c.digest, q.salt, q.quantum_id
from registry.quantum q join registry.task_version v using (task_version_id) join registry.task t using (task_id)
join registry.config g using (config_id) join registry.coordinate c using (coordinate_id)
where q.provenance_hash = any(%s) order by 1"""
# What was read, and what was to be read: an input that never came to be is only in the second.
READ = """
select i.quantum_id, r.name, i.ordinal, d.uid, d.content_digest, p.provenance_hash, d.output_name
from registry.quantum_input i join registry.role r using (role_id) join registry.dataset d using (dataset_id)
left join registry.quantum p on p.quantum_id = d.quantum_id where i.quantum_id = any(%(quanta)s)"""
PLANNED = """
select u.quantum_id, r.name, i.ordinal, i.dataset_uid, d.content_digest, p.provenance_hash, d.output_name
from work.unit u join work.unit_input i using (unit_id) join registry.role r using (role_id)
left join registry.dataset d on d.uid = i.dataset_uid left join registry.quantum p on p.quantum_id = d.quantum_id
where u.quantum_id = any(%(quanta)s)"""
PRODUCERS = """
select distinct q.provenance_hash from work.unit u join registry.quantum q using (quantum_id)
where u.run_id in (select run_id from work.unit where quantum_id = any(%s))"""
OUTPUTS = "select name from registry.dataset_type union select name from registry.role"
ACTIONS = """
select q.provenance_hash, a.action_key from registry.quantum q join registry.action a using (quantum_id)
where q.provenance_hash = any(%s)"""
MADE = "select distinct quantum_id from registry.dataset where quantum_id = any(%s)"


def prove_quanta(
    connection: Connection[Any], folder: Path, hashes: Sequence[bytes], said_classes: Sequence[str]
) -> None:
    """Refuse quanta whose hash, or action key, is not that of their task, configuration, coordinate and inputs.

    A quantum that made nothing, of which an input never came to be and nobody knows who should have made it, cannot
    be proved, and passes.

    Parameters
    ----------
    said_classes
        Classes of environments that the export names, beside those that are known here.

    Raises
    ------
    BadTransfer
        Raised for the first quantum whose hash or action key is another.
    """
    quanta = connection.execute(QUANTA, [list(hashes)]).fetchall()
    keys = [row[-1] for row in quanta]
    read, planned = _edges(connection, READ, keys), _edges(connection, READ + " union " + PLANNED, keys)
    lost = _lost(connection, [(key, edge[2]) for key in keys for edge in planned.get(key, ()) if edge[3] is None])
    made = {key for (key,) in connection.execute(MADE, [keys])}
    classes = {settings().compatibility_class, *said_classes, *(name for (name,) in connection.execute(CLASSES))}
    actions: dict[bytes, list[bytes]] = {}
    for found, action in connection.execute(ACTIONS, [list(hashes)]):
        actions.setdefault(found, []).append(action)
    for *recipe, key in quanta:
        expected, name = recipe[0], recipe[1]
        ways = list(_ways(planned.get(key, []), lost))
        if (ways or key in made) and expected not in _hashes(recipe, classes, ways):
            raise BadTransfer(
                folder,
                f"the quantum {expected.hex()} of {name} is not what its hash says: it was forged or damaged, or "
                "an input of it never came to be in another run, which is to be imported first",
            )
        content = [[(role, n, digest.hex()) for role, n, _, digest, *_ in read.get(key, []) if digest]]
        if not set(actions.get(expected, [])) <= _hashes(recipe, classes, content):
            raise BadTransfer(
                folder, f"an action key of the quantum {expected.hex()} of {name} is not that of what it read"
            )


def _edges(connection: Connection[Any], query: str, quanta: Sequence[int]) -> dict[int, list[Edge]]:
    """Read the inputs of quanta."""
    found: dict[int, list[Edge]] = {}
    for quantum, *edge in connection.execute(query, {"quanta": list(quanta)}):
        found.setdefault(quantum, []).append((edge[0], edge[1], edge[2], edge[3], edge[4], edge[5]))
    return found


def _lost(connection: Connection[Any], wanted: Sequence[tuple[int, UUID]]) -> dict[UUID, str]:
    """Find who should have made datasets that never came to be: their keys by uid, where a quantum here explains it."""
    if not wanted:
        return {}
    uids = {uid for _, uid in wanted}
    names = [name for (name,) in connection.execute(OUTPUTS)]
    producers = connection.execute(PRODUCERS, [sorted({key for key, _ in wanted})])
    pairs = ((producer, name) for (producer,) in producers for name in names)
    return {uid: output_key(*pair) for pair in pairs if (uid := output_uid(*pair)) in uids}


def _ways(edges: Sequence[Edge], lost: dict[UUID, str]) -> Iterator[list[tuple[str, int, str]]]:
    """Give the inputs as they may have entered the hash: of a pipeline, and of an ingest, that goes by content."""
    # Of what never came to be, the content is unknown; the key of its producer stands in `lost`.
    if all(content is not None or uid in lost for _, _, uid, content, *_ in edges):
        yield [
            (role, n, lost[uid] if content is None else _key(content, producer, str(output)))
            for role, n, uid, content, producer, output in edges
        ]
    if all(content is not None for _, _, _, content, *_ in edges):
        yield [(role, n, content.hex()) for role, n, _, content, *_ in edges if content is not None]


def _hashes(recipe: Sequence[Any], classes: set[str], ways: Sequence[Sequence[tuple[str, int, str]]]) -> set[bytes]:
    """Give the hashes of a recipe in each class of environments."""
    _, task, code, config, coordinate, salt = recipe
    return {provenance_hash(task, code, config, name, coordinate, inputs, salt) for name in classes for inputs in ways}


def _key(content: bytes, producer: bytes | None, output: str) -> str:
    """Give what a dataset counts as in the hash of a pipeline's quantum."""
    return content.hex() if producer is None else output_key(producer, output)
