"""The benches by name."""

from collections.abc import Callable, Iterator

from tests.bench import (
    claims,
    comparison,
    cones,
    finding,
    isr,
    lineage,
    loads,
    measurement,
    planning,
    publishing,
    registration,
)
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure
from tests.bench.size import Size

Bench = Callable[[Ledgers, Size], Iterator[Figure]]

BENCHES: dict[str, Bench] = {
    "claims": claims.run,
    "loads": loads.run,
    "publish": publishing.run,
    "registration": registration.run,
    "cones": cones.run,
    "comparison": comparison.run,
    "lineage": lineage.run,
    "finding": finding.run,
    "planning": planning.run,
    "measurement": measurement.run,
    "isr": isr.run,
}
