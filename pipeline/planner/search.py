"""Where a plan looks: the ledger, the collections, what the plan makes itself, and what is bad."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.planner.graph import Known, Place, Planned
from pipeline.planner.taint import Taint, read_taint
from pipeline.task import Gather, Input
from schema.canonical import output_key

TYPE = "coalesce(e.observation_type, 'science')"  # ledgers of before revision 0004 did not ask
# Keys that are compared as a whole can be hashed; `this exposure or that visit` would compare each image with all
# exposures of its instrument.
OBSERVED = f"""(c.instrument, c.exposure is null, coalesce(c.exposure, c.visit)) in (
  select e.instrument, false, e.exposure from registry.exposure e where {TYPE} = %(observed)s
  union all
  select e.instrument, true, e.visit from registry.exposure e where {TYPE} = %(observed)s)"""  # noqa: S608

# Of several datasets of one type and data ID the one of the earliest collection counts. `registry.find_first` answers
# the same for coordinates that are known, by a look into an index for each; here the question is which there are.
FIND_FIRST = """
select distinct on (m.coordinate_id) m.coordinate_id, c.digest, c.instrument, d.dataset_id, d.uid, d.content_digest,
       q.provenance_hash, d.output_name
from unnest(%(collections)s::int[]) with ordinality as x (collection_id, position)
join registry.member m on m.collection_id = x.collection_id and m.until = 'infinity'
join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id and y.name = %(dataset_type)s
join registry.dataset d on d.dataset_id = m.dataset_id
join registry.coordinate c on c.coordinate_id = m.coordinate_id
left join registry.quantum q on q.quantum_id = d.quantum_id
where (%(chosen)s::bigint[] is null or m.dataset_id = any(%(chosen)s)){}
order by m.coordinate_id, x.position"""
FIND_OBSERVED = FIND_FIRST.format(f" and {OBSERVED}")
FIND_ALL = FIND_FIRST.format("")

KEEP = f"select c.coordinate_id from registry.coordinate c where c.coordinate_id = any(%(keys)s) and {OBSERVED}"  # noqa: S608


@dataclass(frozen=True)
class Found:
    """The datasets of a type that a plan may read, by coordinate."""

    datasets: Mapping[int, Planned]  # those that are bad among them
    bad: Mapping[int, str]  # where it is bad, or waits for something that is, and why

    def merge(self, other: "Found") -> "Found":
        """Give both together."""
        return Found({**self.datasets, **other.datasets}, {**self.bad, **other.bad})


NOTHING = Found({}, {})


@dataclass(frozen=True)
class Search:
    """What a plan looks at, and what it has found so far."""

    connection: Connection[Any]
    collections: list[int]  # where inputs are looked for, in this order
    taint: Taint
    leading: str  # dataset type that the pipeline starts from
    chosen: list[int] | None = None  # datasets of that type to start from; None for all
    made: dict[str, Found] = field(default_factory=dict)  # what this plan makes, by dataset type
    places: dict[int, Place] = field(default_factory=dict)  # every data ID that it has met
    refused: list[str] = field(default_factory=list)  # what cannot be used, one sentence each

    @classmethod
    def begin(
        cls,
        connection: Connection[Any],
        pipeline: Pipeline,
        collections: Sequence[int],
        chosen: Sequence[int] | None,
    ) -> "Search":
        """Read what is bad now, and begin."""
        start = None if chosen is None else list(chosen)
        return cls(connection, list(collections), read_taint(connection), pipeline.leading_type, start)

    def add_made(self, dataset_type: str, datasets: Mapping[Place, Planned], bad: Mapping[int, str]) -> None:
        """Take datasets for what will be there when it is read."""
        self.places.update((place.coordinate_id, place) for place in datasets)
        new = Found({place.coordinate_id: dataset for place, dataset in datasets.items()}, bad)
        self.made[dataset_type] = self.made.get(dataset_type, NOTHING).merge(new)

    def find(self, wanted: Input | Gather) -> Found:
        """Find the datasets of a type, one per data ID: what this plan makes, else what the collections hold."""
        found = self.made.get(wanted.dataset_type)
        if found is None:
            return self._find_first(wanted)
        if wanted.observation_type is None:
            return found
        asked = {"keys": list(found.datasets.keys() | found.bad.keys()), "observed": wanted.observation_type}
        kept = {key for (key,) in self.connection.execute(KEEP, asked)}
        return Found(
            {key: dataset for key, dataset in found.datasets.items() if key in kept},
            {key: sentence for key, sentence in found.bad.items() if key in kept},
        )

    def _find_first(self, wanted: Input | Gather) -> Found:
        """Find what the collections hold of a type; of the leading type only what was chosen."""
        arguments = {
            "collections": self.collections,
            "dataset_type": wanted.dataset_type,
            "chosen": self.chosen if wanted.dataset_type == self.leading else None,
            "observed": wanted.observation_type,
        }
        datasets: dict[int, Planned] = {}
        held: dict[int, int] = {}
        question = FIND_ALL if wanted.observation_type is None else FIND_OBSERVED
        rows = self.connection.execute(question, arguments, binary=True).fetchall()
        for coordinate, digest, instrument, dataset, uid, content, provenance, output in rows:
            held[dataset] = coordinate
            self.places[coordinate] = Place(coordinate, digest, instrument)
            datasets[coordinate] = Known(uid, input_key(content, provenance, output))
        sentences = self.taint.refuse(self.connection, wanted.dataset_type, held)
        return Found(datasets, {held[dataset]: sentence for dataset, sentence in sentences.items()})


def input_key(content: bytes, provenance: bytes | None, output: str) -> str:
    """Give what a dataset counts as in the hash of whoever reads it."""
    return content.hex() if provenance is None else output_key(provenance, output)
