"""A plan cut down to some of its quanta, with what they need."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from pipeline.planner.graph import Plan, Quantum


def restrict(plan: Plan, wanted: Callable[[Quantum], bool]) -> Plan:
    """Keep the quanta that are wanted, those that make what they read, and loads of what these give.

    Refusals stay: whoever reads them learns why something that is wanted is not there.
    """
    kept = _with_makers(quantum for quantum in plan.quanta if not quantum.patient and wanted(quantum))
    quanta = [quantum for quantum in plan.quanta if quantum.provenance in kept]
    loads = [load for quantum in plan.quanta if quantum.patient and (load := _cut(quantum, kept)).inputs]
    return replace(plan, quanta=quanta + loads)


def _with_makers(quanta: Iterable[Quantum]) -> set[bytes]:
    """Give the identities of quanta and of all that make their inputs."""
    found: set[bytes] = set()
    todo = list(quanta)
    while todo:
        quantum = todo.pop()
        if quantum.provenance not in found:
            found.add(quantum.provenance)
            todo += [dataset.quantum for _, _, dataset in quantum.inputs if dataset.quantum is not None]
    return found


def _cut(load: Quantum, kept: set[bytes]) -> Quantum:
    """Give a load of what kept quanta make."""
    read = [
        (role, made) for role, _, made in load.inputs if made.quantum is not None and made.quantum.provenance in kept
    ]
    return replace(load, inputs=[(role, ordinal, made) for ordinal, (role, made) in enumerate(read)])
