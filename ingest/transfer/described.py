"""Descriptions that travel with a run: rows that say who they are by name or digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from schema.quality.metric import metric
from schema.registry.config import config
from schema.registry.coordinate import coordinate
from schema.registry.dataset_type import dataset_type
from schema.registry.detector import detector
from schema.registry.exposure import UNKNOWN, exposure
from schema.registry.instrument import instrument
from schema.registry.patch import patch
from schema.registry.physical_filter import physical_filter
from schema.registry.role import role
from schema.registry.skymap import skymap
from schema.registry.software import software
from schema.registry.task import task
from schema.registry.tract import tract
from schema.registry.visit import visit

OF_THESE = "from registry.coordinate c where c.coordinate_id = any(%(coordinates)s)"
EXPOSURES = f"(select c.instrument, c.exposure {OF_THESE})"
VISITS = f"(select c.instrument, c.visit {OF_THESE})"
VISITS_OF_EXPOSURES = """(
  select e.instrument, e.visit from registry.exposure e join registry.coordinate c using (instrument, exposure)
  where c.coordinate_id = any(%(coordinates)s))"""


@dataclass(frozen=True)
class Described:
    """A table whose rows say who they are."""

    table: Table
    keys: tuple[str, ...]
    which: str  # condition on `t`: the rows that belong to the run
    loose: tuple[str, ...] = ()  # what may be told in other words
    blank: Mapping[str, str] = field(default_factory=dict)  # column to the word that says as little as NULL

    @property
    def name(self) -> str:
        """Name of the table, as of its file."""
        return self.table.name

    @property
    def columns(self) -> list[str]:
        """What travels: no surrogate keys, and not when it was first seen here."""
        return [column.name for column in self.table.columns if column.identity is None and column.name != "created_at"]


# In the order in which they refer to each other.
DESCRIBED = (
    Described(instrument, ("instrument",), f"t.instrument in (select c.instrument {OF_THESE})", ("description",)),
    Described(detector, ("instrument", "detector"), f"t.instrument in (select c.instrument {OF_THESE})"),
    Described(physical_filter, ("instrument", "physical_filter"), f"t.instrument in (select c.instrument {OF_THESE})"),
    Described(
        visit,
        ("instrument", "visit"),
        f"(t.instrument, t.visit) in {VISITS} or (t.instrument, t.visit) in {VISITS_OF_EXPOSURES}",
    ),
    Described(
        exposure,
        ("instrument", "exposure"),
        f"(t.instrument, t.exposure) in {EXPOSURES}",
        blank={"observation_type": UNKNOWN},
    ),
    Described(skymap, ("skymap",), f"t.skymap in (select c.skymap {OF_THESE})"),
    Described(tract, ("skymap", "tract"), f"(t.skymap, t.tract) in (select c.skymap, c.tract {OF_THESE})"),
    Described(
        patch,
        ("skymap", "tract", "patch"),
        f"(t.skymap, t.tract, t.patch) in (select c.skymap, c.tract, c.patch {OF_THESE})",
    ),
    Described(
        software,
        ("digest",),
        """t.software_id in (
             select w.software_id from work.worker w join work.execution e using (worker_id)
             join work.unit u using (unit_id) where u.run_id = %(run)s)""",
    ),
    Described(
        config,
        ("digest",),
        "t.config_id in (select q.config_id from registry.quantum q where q.quantum_id = any(%(quanta)s))",
    ),
    Described(
        task,
        ("name",),
        """t.task_id in (select v.task_id from registry.task_version v join registry.quantum q using (task_version_id)
                         where q.quantum_id = any(%(quanta)s))""",
    ),
    Described(
        role,
        ("name",),
        """t.role_id in (
             select i.role_id from registry.quantum_input i where i.quantum_id = any(%(quanta)s) union
             select i.role_id from work.unit_input i join work.unit u using (unit_id) where u.run_id = %(run)s)""",
    ),
    Described(
        dataset_type,
        ("name",),
        """t.dataset_type_id in (
             select d.dataset_type_id from registry.dataset d where d.dataset_id = any(%(datasets)s))""",
    ),
    Described(
        metric,
        ("name",),
        """t.metric_id in (
             select m.metric_id from quality.measurement m where m.dataset_id = any(%(datasets)s))""",
        ("description",),
    ),
    Described(coordinate, ("digest",), "t.coordinate_id = any(%(coordinates)s)"),
)
