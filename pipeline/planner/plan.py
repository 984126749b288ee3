"""From a pipeline to quanta."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from psycopg import Connection

from pipeline.classes import read_classes
from pipeline.definition import Pipeline
from pipeline.errors import BadPipeline
from pipeline.planner.calibrations import find_calibrations
from pipeline.planner.candidates import find_datasets, find_overlaps, mean_cpu, note_existing
from pipeline.planner.graph import Place, Plan, Planned, Quantum, Step
from pipeline.planner.taint import Taint, read_taint
from pipeline.task import Prerequisite, Task
from pipeline.tasks.load_catalog import LoadCatalog, LoadCatalogConfig
from schema.canonical import coordinate_digest
from schema.ledger.coordinates import register_coordinates

Datasets = dict[str, dict[Place, Planned]]  # by dataset type
Held = dict[str, dict[int, str]]  # by dataset type: the coordinates where it is bad or waits for that, and why


def plan(
    connection: Connection[Any],
    pipeline: Pipeline,
    collections: Sequence[int],
    chosen: Sequence[int] | None = None,
    salts: Mapping[str, int] | None = None,
    expected: Datasets | None = None,
) -> Plan:
    """Work out what a pipeline would do on some collections; nothing is written but coordinates.

    Parameters
    ----------
    collections
        Where inputs are looked for, in this order.
    chosen
        Datasets to start from, of the first task's first input; None for all.
    salts
        By task: above 0 to recompute on purpose what no run with that salt has computed.
    expected
        Datasets that are taken for being there, by type; see `pipeline.planner.expected`.
    """
    made: Datasets = dict(expected or {})
    quanta: list[Quantum] = []
    refused: list[str] = []
    held: Held = {}
    taint = read_taint(connection)
    for task in pipeline.classes():
        found, bad = _inputs(connection, task, collections, chosen, made, held, taint)
        places = _places(pipeline, task, found)
        strange = Counter(place.instrument for place in places if not pipeline.takes(place.instrument))
        refused += [
            f"{n} images of {name} are left out: pipeline {pipeline.name} is not set up for that camera"
            for name, n in strange.items()
        ]
        step = _steps(pipeline, task, (salts or {}).get(task.name, 0))
        fresh = [_quantum(step, place, found) for place in places if pipeline.takes(place.instrument)]
        fresh = _without(fresh, bad, refused)
        fresh = _add_calibrations(connection, task, collections, fresh, bad, refused, taint)
        fresh = _add_prerequisites(connection, task, collections, fresh, bad, refused, taint)
        condemned = note_existing(connection, fresh, taint)
        refused += sorted(set(condemned.values()))
        fresh = [quantum for quantum in fresh if quantum.place.coordinate_id not in condemned]
        for name, output in task.outputs().items():
            made[output.dataset_type] = {quantum.place: quantum.output(name) for quantum in fresh}
            held[output.dataset_type] = bad | condemned
        quanta += fresh
    quanta += _loads(connection, quanta)
    _refuse_unknown_classes(connection, pipeline, quanta)
    steps = {quantum.task.name for quantum in quanta}
    specifications = tuple(one for one in pipeline.specifications if one.metric.partition(".")[0] in steps)
    return Plan(pipeline.name, quanta, refused, mean_cpu(connection, steps), specifications)


def _inputs(
    connection: Connection[Any],
    task: type[Task],
    collections: Sequence[int],
    chosen: Sequence[int] | None,
    made: Datasets,
    held: Held,
    taint: Taint,
) -> tuple[dict[str, dict[Place, Planned]], dict[int, str]]:
    """Find the inputs of a task: what this plan makes, else what the collections hold; and where one is bad, and why.

    An optional input that is bad, or would be made if something were not, is waited for: without it the result would
    be another.
    """
    found: dict[str, dict[Place, Planned]] = {}
    bad: dict[int, str] = {}
    for role, wanted in task.inputs().items():
        if wanted.dataset_type in made:
            found[role] = made[wanted.dataset_type]
            bad |= held.get(wanted.dataset_type, {})
            continue
        # The choice is of the leading input; the others follow it by coordinate.
        leading = not made and not found
        found[role], sentences = find_datasets(
            connection, wanted.dataset_type, collections, chosen if leading else None, taint
        )
        bad |= sentences
    return found, bad


def _places(pipeline: Pipeline, task: type[Task], found: dict[str, dict[Place, Planned]]) -> list[Place]:
    """Give the data IDs where every required input is there."""
    required = [found[role].keys() for role, wanted in task.inputs().items() if not wanted.optional]
    if not required:
        raise BadPipeline(pipeline.name, f"task {task.name} requires no input: nothing says where to run it")
    return sorted(set.intersection(*map(set, required)), key=lambda place: place.coordinate_id)


def _steps(pipeline: Pipeline, task: type[Task], salt: int) -> Callable[[str | None], Step]:
    """Give what makes the step of an instrument, once: parameters are the same for all of its images."""

    @cache
    def step(instrument: str | None) -> Step:
        return Step(task, pipeline.config(task.name, instrument), pipeline.resources(task.name, instrument), salt)

    return step


def _quantum(step: Callable[[str | None], Step], place: Place, found: dict[str, dict[Place, Planned]]) -> Quantum:
    """Make the quantum of a task at a data ID."""
    inputs = [(role, 0, datasets[place]) for role, datasets in found.items() if place in datasets]
    return Quantum(step(place.instrument), place, inputs)


def _add_calibrations(
    connection: Connection[Any],
    task: type[Task],
    collections: Sequence[int],
    quanta: list[Quantum],
    bad: dict[int, str],
    refused: list[str],
    taint: Taint,
) -> list[Quantum]:
    """Add the calibrations that are valid at each data ID to the inputs; give the quanta that have what they need.

    Places where one is bad join the others.
    """
    for role, wanted in task.calibrations().items():
        places = [one.place for one in quanta]
        valid, unusable = find_calibrations(connection, wanted.dataset_type, collections, places, taint)
        bad |= unusable
        kept = _without(quanta, unusable, refused)
        for quantum in kept:
            if dataset := valid.get(quantum.place.coordinate_id):
                quantum.inputs.append((role, 0, dataset))
        quanta = [one for one in kept if wanted.optional or one.place.coordinate_id in valid]
        if n := len(kept) - len(quanta):
            refused.append(
                f"{n} data IDs of {task.name} are left out: no {wanted.dataset_type} is valid at their time in the "
                "calibration collections of the inputs"
            )
    return quanta


def _add_prerequisites(
    connection: Connection[Any],
    task: type[Task],
    collections: Sequence[int],
    quanta: list[Quantum],
    bad: dict[int, str],
    refused: list[str],
    taint: Taint,
) -> list[Quantum]:
    """Add what overlaps each data ID on the sky to the inputs; give the quanta that may read all of it.

    Places where something of it is bad join the others.
    """
    for role, wanted in task.prerequisites().items():
        of_role: dict[int, str] = {}
        for searched, of in _by_collection(connection, wanted, collections, quanta):
            places = [quantum.place for quantum in of]
            overlapping, unusable = find_overlaps(connection, wanted.dataset_type, searched, places, taint)
            of_role |= unusable
            for quantum in of:
                datasets = overlapping.get(quantum.place.coordinate_id, ())
                quantum.inputs += [(role, n, dataset) for n, dataset in enumerate(datasets)]
        bad |= of_role
        quanta = _without(quanta, of_role, refused)
    return quanta


def _without(quanta: list[Quantum], bad: Mapping[int, str], refused: list[str]) -> list[Quantum]:
    """Leave out what would read something bad, and say of what and how many."""
    counts = Counter(bad[one.place.coordinate_id] for one in quanta if one.place.coordinate_id in bad)
    refused += [f"{sentence} ({n} data IDs)" if n > 1 else sentence for sentence, n in sorted(counts.items())]
    return [one for one in quanta if one.place.coordinate_id not in bad]


def _by_collection(
    connection: Connection[Any], wanted: Prerequisite, collections: Sequence[int], quanta: list[Quantum]
) -> Iterator[tuple[list[int], list[Quantum]]]:
    """Group quanta by where the prerequisite is looked for: cameras may differ in their reference catalog."""
    if wanted.collection is None:
        yield list(collections), quanta
        return
    groups: dict[str, list[Quantum]] = defaultdict(list)
    for quantum in quanta:
        groups[wanted.collection.format_map(quantum.step.config.model_dump())].append(quantum)
    named = connection.execute(
        "select name, collection_id from registry.collection where collection_id = any(%s)", [list(collections)]
    )
    known = dict(named.fetchall())
    for name, group in groups.items():
        yield [known[name]] if name in known else [], group


def _loads(connection: Connection[Any], quanta: list[Quantum]) -> list[Quantum]:
    """Make one load per catalog table for what is not in the table yet."""
    nowhere: list[int] = []
    found = []
    outputs = {name: output for quantum in quanta for name, output in quantum.task.outputs().items() if output.catalog}
    for name, output in sorted(outputs.items()):
        sources = [q for q in quanta if q.task.outputs().get(name) == output and not q.idle]
        if _all_live(connection, str(output.catalog), [quantum.existing.get(name) for quantum in sources]):
            continue
        nowhere = nowhere or register_coordinates(connection, [{}])
        config = LoadCatalogConfig(catalog=str(output.catalog), dataset_type=output.dataset_type)
        inputs = [("files", n, quantum.output(name)) for n, quantum in enumerate(sources)]
        place = Place(nowhere[0], coordinate_digest({}), None)
        found.append(Quantum(Step(LoadCatalog, config, LoadCatalog.resources), place, inputs))
    return found


def _refuse_unknown_classes(connection: Connection[Any], pipeline: Pipeline, quanta: list[Quantum]) -> None:
    """Refuse classes of resources that the ledger does not have, before anything is submitted."""
    known = [one.name for one in read_classes(connection)]
    for name, task in {quantum.step.resources.queue: quantum.task.name for quantum in quanta}.items():
        if name not in known:
            said = f"the resources of {task} name the class {name!r}; the classes of this ledger are {', '.join(known)}"
            raise BadPipeline(pipeline.name, said)


def _all_live(connection: Connection[Any], catalog: str, datasets: list[int | None]) -> bool:
    """Tell whether all datasets exist and their rows are in the table; a load that is only open may never end."""
    row = connection.execute(
        """select count(*) from ingest.load_file f join ingest.load l using (load_id)
           where f.target = %s and f.live and l.state = 'published' and f.dataset_id = any(%s)""",
        [catalog, [dataset for dataset in datasets if dataset is not None]],
    ).fetchone()
    return row is not None and row[0] == len(datasets)
