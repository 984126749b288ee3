"""Loads: one per catalog table for what a plan makes and the table does not have."""

from typing import Any

from psycopg import Connection

from pipeline.planner.graph import Place, Planned, Quantum, Step
from pipeline.tasks.load_catalog import LoadCatalog, LoadCatalogConfig
from schema.canonical import coordinate_digest
from schema.ledger.coordinates import register_coordinates


def plan_loads(connection: Connection[Any], quanta: list[Quantum]) -> list[Quantum]:
    """Make one load per catalog table for what is not in the table yet."""
    nowhere: list[int] = []
    found = []
    tasks = {quantum.task for quantum in quanta}
    outputs = {(name, output) for task in tasks for name, output in task.outputs().items() if output.catalog}
    for name, output in sorted(outputs, key=lambda one: (one[0], str(one[1].catalog))):
        sources = [q for q in quanta if q.task.outputs().get(name) == output and not q.idle]
        if _all_live(connection, str(output.catalog), [quantum.existing.get(name) for quantum in sources]):
            continue
        nowhere = nowhere or register_coordinates(connection, [{}])
        config = LoadCatalogConfig(catalog=str(output.catalog), dataset_type=output.dataset_type)
        inputs: list[tuple[str, int, Planned]] = [
            ("files", n, quantum.output(name)) for n, quantum in enumerate(sources)
        ]
        place = Place(nowhere[0], coordinate_digest({}), None)
        found.append(Quantum(Step(LoadCatalog, config, LoadCatalog.resources), place, inputs))
    return found


def _all_live(connection: Connection[Any], catalog: str, datasets: list[int | None]) -> bool:
    """Tell whether all datasets exist and their rows are in the table; a load that is only open may never end."""
    row = connection.execute(
        """select count(*) from ingest.load_file f join ingest.load l using (load_id)
           where f.target = %s and f.live and l.state = 'published' and f.dataset_id = any(%s)""",
        [catalog, [dataset for dataset in datasets if dataset is not None]],
    ).fetchone()
    return row is not None and row[0] == len(datasets)
