"""Lineage as W3C PROV-JSON.

Datasets are entities, executions activities, environments and tasks agents; code and configuration are the plan of an
activity. PROV-JSON: https://www.w3.org/submissions/2013/SUBM-prov-json-20130424/
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from schema.canonical import NAMESPACE, canonical
from schema.dimensions import spoken
from schema.output import json_value

PREFIXES = {
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sky": "https://skyledger.invalid/prov#",  # terms of ours: `.invalid` is nobody's (RFC 2606)
    "dataset": "urn:uuid:",
    "quantum": f"urn:skyledger:{NAMESPACE}:quantum:",
    "software": f"urn:skyledger:{NAMESPACE}:software:",
    "task": f"urn:skyledger:{NAMESPACE}:task:",
    "recipe": f"urn:skyledger:{NAMESPACE}:recipe:",
}

ENTITIES = """
select d.dataset_id, d.uid::text, d.dataset_type, d.instrument, d.detector, d.exposure, d.visit, d.band,
       d.physical_filter, d.skymap, d.tract, d.patch, d.cell, d.subfilter, d.healpix,
       d.content_digest, d.n_rows, d.file_name, d.created_at, d.quantum_id, d.output_name, d.task, d.code_digest,
       d.git_commit, d.config, d.config_digest, e.run, e.attempt, e.host, e.started_at, e.ended_at, e.cpu_s,
       e.software_id
from registry.upstream(%(datasets)s::bigint[], %(depth)s::int) w
cross join lateral (select * from dataset where dataset_id = w.dataset_id offset 0) d
left join lateral (select * from execution where execution_id = d.execution_id offset 0) e on true
order by d.dataset_id"""

EDGES = """
select distinct d.quantum_id, i.uid::text, l.role, l.ordinal
from registry.upstream(%(datasets)s::bigint[], %(depth)s::int) w
cross join lateral (select * from lineage where dataset_id = w.dataset_id offset 0) l
cross join lateral (select quantum_id from dataset where dataset_id = w.dataset_id offset 0) d
cross join lateral (select uid from dataset where dataset_id = l.input_dataset_id offset 0) i
where l.input_dataset_id = any(%(known)s::bigint[])
order by 1, 3, 4"""


def provenance(connection: Connection[Any], datasets: Sequence[int], depth: int | None = None) -> dict[str, Any]:
    """Give what some datasets were made from as a PROV-JSON document.

    Quanta are named by their keys in this ledger, datasets by the uids that they have everywhere.

    Parameters
    ----------
    depth
        Steps back at most; None for all.
    """
    cursor = connection.execute(ENTITIES, {"datasets": list(datasets), "depth": depth})
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    known = [row["dataset_id"] for row in rows]
    edges = connection.execute(EDGES, {"datasets": list(datasets), "depth": depth, "known": known}).fetchall()
    made = [row for row in rows if row["quantum_id"] is not None]
    document: dict[str, Any] = {
        "prefix": PREFIXES,
        "entity": {f"dataset:{row['uid']}": _entity(row) for row in rows} | {_recipe(row): _plan(row) for row in made},
        "activity": {f"quantum:{row['quantum_id']}": _activity(row) for row in made},
        "agent": {name: agent for row in made for name, agent in _agents(row)},
        "wasGeneratedBy": _numbered("g", map(_generation, made)),
        "used": _numbered("u", (_usage(*edge) for edge in edges)),
        "wasAssociatedWith": _numbered("a", _distinct(one for row in made for one in _associations(row))),
    }
    return {name: part for name, part in document.items() if part}


def _entity(row: Mapping[str, Any]) -> dict[str, Any]:
    data_id = {f"sky:{name}": json_value(row[name]) for name in spoken(row)}
    facts = {"sky:contentDigest": row["content_digest"], "sky:rows": row["n_rows"], "sky:fileName": row["file_name"]}
    return {
        "prov:type": {"$": f"sky:{row['dataset_type']}", "type": "xsd:QName"},
        "prov:label": " ".join([row["dataset_type"], *(f"{name[4:]}={value}" for name, value in data_id.items())]),
        **data_id,
        **{name: value for name, value in facts.items() if value is not None},
    }


def _plan(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give code and configuration: what PROV calls a plan."""
    return {
        "prov:type": {"$": "prov:Plan", "type": "xsd:QName"},
        "sky:codeDigest": row["code_digest"],
        "sky:gitCommit": row["git_commit"],
        "sky:configDigest": row["config_digest"],
        "sky:config": canonical(row["config"]).decode(),
    }


def _activity(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {"prov:startTime": row["started_at"], "prov:endTime": row["ended_at"]}
    facts = {
        "sky:run": row["run"],
        "sky:attempt": row["attempt"],
        "sky:host": row["host"],
        "sky:cpuSeconds": row["cpu_s"],
    }
    return {
        "prov:type": {"$": f"sky:{row['task']}", "type": "xsd:QName"},
        **{name: _time(moment) for name, moment in times.items() if moment is not None},
        **{name: json_value(value) for name, value in facts.items() if value is not None},
    }


def _agents(row: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    kind = {"$": "prov:SoftwareAgent", "type": "xsd:QName"}
    yield f"task:{row['task']}", {"prov:type": kind, "prov:label": row["task"]}
    if row["software_id"] is not None:
        yield f"software:{row['software_id']}", {"prov:type": kind, "prov:label": f"environment {row['software_id']}"}


def _generation(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prov:entity": f"dataset:{row['uid']}",
        "prov:activity": f"quantum:{row['quantum_id']}",
        "prov:time": _time(row["created_at"]),
        "prov:role": row["output_name"],
    }


def _usage(quantum: int, uid: str, role: str, ordinal: int) -> dict[str, Any]:
    return {
        "prov:activity": f"quantum:{quantum}",
        "prov:entity": f"dataset:{uid}",
        "prov:role": role,
        "sky:ordinal": ordinal,
    }


def _associations(row: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for agent, _ in _agents(row):
        yield {"prov:activity": f"quantum:{row['quantum_id']}", "prov:agent": agent, "prov:plan": _recipe(row)}


def _recipe(row: Mapping[str, Any]) -> str:
    return f"recipe:{row['code_digest'][:16]}-{row['config_digest'][:16]}"


def _distinct(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what several outputs of one quantum say alike."""
    return list({canonical(record): record for record in records}.values())


def _numbered(letter: str, records: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Name relations that need no name: PROV-JSON wants blank nodes."""
    return {f"_:{letter}{number}": record for number, record in enumerate(records, 1)}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
