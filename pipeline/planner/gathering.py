"""Gathered inputs: all datasets of a type whose data IDs agree with a task's own."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from sqlalchemy import Text

from pipeline.planner.draft import Draft
from pipeline.planner.graph import Place
from pipeline.planner.search import Found, Search
from pipeline.task import Gather, Task
from schema.canonical import coordinate_digest
from schema.dimensions import DIMENSIONS
from schema.ledger.coordinates import register_coordinates
from schema.registry.coordinate import coordinate

DataId = tuple[Any, ...]  # values of a task's dimensions, in their order

# What the data ID of an exposure or visit does not say itself is told by its record.
OF_RECORD = {
    "visit": "coalesce(c.visit, e.visit)",
    "physical_filter": "coalesce(c.physical_filter, e.physical_filter, v.physical_filter)",
    "band": "coalesce(c.band, f.band)",
    "day_obs": "coalesce(c.day_obs, e.day_obs, v.day_obs)",
}
DATA_IDS = """
select c.coordinate_id, {dimensions}
from registry.coordinate c
left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
left join registry.visit v on v.instrument = c.instrument and v.visit = coalesce(c.visit, e.visit)
left join registry.physical_filter f on f.instrument = c.instrument
  and f.physical_filter = coalesce(c.physical_filter, e.physical_filter, v.physical_filter)
where c.coordinate_id = any(%s)
order by {order}"""
# The order is part of the provenance: it must be the same at every site, whatever the language of the server.
ORDER = ", ".join(
    f'c.{name} collate "C"' if isinstance(coordinate.c[name].type, Text) else f"c.{name}" for name in DIMENSIONS
)


@dataclass(frozen=True)
class Gathered:
    """The datasets of a type in groups of one data ID."""

    found: Found
    groups: Mapping[DataId, list[int]]  # coordinates, in the order of the data IDs of the datasets
    bad: Mapping[DataId, str]


def gather(search: Search, task: type[Task], wanted: Gather) -> Gathered:
    """Group all datasets of a type by the data ID of a task that reads them."""
    found = search.find(wanted)
    groups: dict[DataId, list[int]] = defaultdict(list)
    bad: dict[DataId, str] = {}
    unknown: Counter[str] = Counter()
    for key, data_id in read_data_ids(search, task, found.datasets.keys() | found.bad.keys()).items():
        if None in data_id:
            unknown.update(name for name, value in zip(task.dimensions, data_id, strict=True) if value is None)
        elif key in found.bad:
            bad[data_id] = found.bad[key]
        else:
            groups[data_id].append(key)
    search.refused.extend(
        f"{n} {wanted.dataset_type} are not gathered by {task.name}: nobody knows their {name}"
        for name, n in unknown.items()
    )
    return Gathered(found, groups, bad)


def read_data_ids(search: Search, task: type[Task], coordinates: Iterable[int]) -> dict[int, DataId]:
    """Give the values of a task's dimensions at some coordinates, in the order of these."""
    values = sql.SQL(", ").join(sql.SQL(OF_RECORD.get(name, f"c.{name}")) for name in task.dimensions)
    statement = sql.SQL(DATA_IDS).format(dimensions=values, order=sql.SQL(ORDER))
    return {key: tuple(data_id) for key, *data_id in search.connection.execute(statement, [list(coordinates)])}


def lead(search: Search, task: type[Task], leading: Gathered) -> set[int]:
    """Register the data IDs at which a task gathers something; give their coordinates."""
    data_ids = [dict(zip(task.dimensions, one, strict=True)) for one in leading.groups.keys() | leading.bad.keys()]
    keys = register_coordinates(search.connection, data_ids)
    for key, data_id in zip(keys, data_ids, strict=True):
        search.places[key] = Place(key, coordinate_digest(data_id), data_id.get("instrument"))
    return set(keys)


def add_gathered(search: Search, draft: Draft, gathered: Mapping[str, Gathered]) -> None:
    """Add what is gathered at each data ID to the inputs; a data ID where one of it is bad waits as a whole."""
    data_ids = read_data_ids(search, draft.task, [one.place.coordinate_id for one in draft.quanta])
    for role, wanted in draft.task.gathers().items():
        one = gathered[role]
        said = f"{draft.task.name} takes all or nothing: a selection without it can go on"
        draft.leave_out(
            search, {key: f"{one.bad[found]}; {said}" for key, found in data_ids.items() if found in one.bad}
        )
        kept = []
        for quantum in draft.quanta:
            key = quantum.place.coordinate_id
            members = one.groups.get(data_ids[key], [])
            quantum.inputs += [(role, n, one.found.datasets[member]) for n, member in enumerate(members)]
            draft.gathered.setdefault(key, []).extend(members)
            if len(members) >= wanted.at_least:
                kept.append(quantum)
        draft.keep(search, kept, f"it gathers at least {wanted.at_least} {wanted.dataset_type}, and there are fewer")
