"""Where a task runs: at the data IDs of its required inputs, or of what it gathers."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache

from pipeline.definition import Pipeline
from pipeline.planner.draft import Draft
from pipeline.planner.gathering import add_gathered, gather, lead
from pipeline.planner.graph import Planned, Quantum, Step
from pipeline.planner.search import Found, Search
from pipeline.task import Gather, Task


def draft_task(search: Search, pipeline: Pipeline, task: type[Task], salt: int) -> Draft:
    """Make the quanta of a task, with the inputs at their data IDs and what they gather.

    An optional input that is bad, or would be made if something were not, is waited for: without it the result would
    be another.
    """
    found = {role: search.find(wanted) for role, wanted in task.inputs().items()}
    gathered = {role: gather(search, task, wanted) for role, wanted in task.gathers().items()}
    if isinstance(pipeline.leading(task), Gather):
        keys = able = lead(search, task, next(iter(gathered.values())))
    else:
        keys, able = _where_required(task, found)
    places = [search.places[key] for key in sorted(keys)]
    strange = Counter(place.instrument for place in places if not pipeline.takes(place.instrument))
    search.refused.extend(
        f"{n} images of {name} are left out: pipeline {pipeline.name} is not set up for that camera"
        for name, n in strange.items()
    )
    step = _steps(pipeline, task, salt)
    quanta = [
        Quantum(step(place.instrument), place, _inputs(found, place.coordinate_id))
        for place in places
        if pipeline.takes(place.instrument)
    ]
    draft = Draft(task, quanta, {})
    bad = {key: sentence for one in found.values() for key, sentence in one.bad.items()}
    draft.leave_out(search, {key: sentence for key, sentence in bad.items() if key in able})
    add_gathered(search, draft, gathered)
    return draft


def _where_required(task: type[Task], found: Mapping[str, Found]) -> tuple[set[int], set[int]]:
    """Give the coordinates where every required input is there, and those where it is or would be if nothing were bad.

    What is bad elsewhere keeps nothing waiting, above all not what was left out of the selection.
    """
    required = [found[role] for role, wanted in task.inputs().items() if not wanted.optional]
    there = set.intersection(*(set(one.datasets) for one in required))
    return there, set.intersection(*(one.datasets.keys() | one.bad.keys() for one in required))


def _inputs(found: Mapping[str, Found], key: int) -> list[tuple[str, int, Planned]]:
    return [(role, 0, one.datasets[key]) for role, one in found.items() if key in one.datasets]


def _steps(pipeline: Pipeline, task: type[Task], salt: int) -> Callable[[str | None], Step]:
    """Give what makes the step of an instrument, once: parameters are the same for all of its images."""

    @cache
    def step(instrument: str | None) -> Step:
        return Step(task, pipeline.config(task.name, instrument), pipeline.resources(task.name, instrument), salt)

    return step
