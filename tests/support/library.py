"""A survey with collections of every kind, for tests that only read it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg import Connection

from queries.datasets.ask import ask
from queries.datasets.search import Search
from queries.readonly import Limits
from schema.ledger.certification import Validity, certify
from schema.ledger.collections import add_members, make_run
from schema.ledger.curation import chain, tag
from schema.ledger.times import mjd_ns
from schema.settings import Settings
from schema.sky import polygon_ranges
from tests.support.catalogs import FIELD, STAR, Survey

Place = tuple[str, int, int]  # dataset type, visit, detector

# A second reprocessing of visit 1 with another threshold.
AGAIN = """
with g as (insert into registry.config (digest, body)
             values (sha256('again'), '{"threshold": 7.5, "detection": {"deep": true, "kernel": "gauss"}}')
             returning config_id),
q as (insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
  select sha256(convert_to('again' || q.quantum_id, 'UTF8')), q.task_version_id, g.config_id, q.coordinate_id
  from registry.quantum q join registry.task_version using (task_version_id) join registry.task t using (task_id)
  join registry.coordinate c using (coordinate_id), g where t.name = 'calibrate' and c.exposure = 1
  returning quantum_id, coordinate_id)
insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, output_name, content_digest, n_rows)
select gen_random_uuid(), y.dataset_type_id, q.coordinate_id, q.quantum_id, 'source', sha256('again'), 20
from q, registry.dataset_type y where y.name = 'source' order by q.quantum_id returning dataset_id"""


@dataclass(frozen=True)
class Library:
    """What the tests ask of."""

    using: Settings
    again: tuple[int, ...]  # sources of visit 1 of the second reprocessing, by detector

    def ask(self, where: str | None = None, *types: str, **asked: Any) -> list[tuple[Any, ...]]:
        """Give the rows of the answer."""
        search = Search(where=where, dataset_types=types, **asked)
        return ask(search, self.using, Limits(30, 10_000)).rows

    def places(self, where: str | None = None, *types: str, **asked: Any) -> list[Place]:
        """Give dataset type, visit and detector of what is found, sorted."""
        return sorted((row[2], row[5], row[6]) for row in self.ask(where, *types, **asked))


def fill_library(owner: Connection[Any]) -> tuple[int, ...]:
    """Fill an empty ledger; give the sources of the second reprocessing."""
    Survey().make(owner)
    again = [row[0] for row in owner.execute(AGAIN)]
    second = make_run(owner, "second", "single_frame", bytes(32), "Visit 1 again.")
    add_members(owner, second, again, "computed")
    _add_footprints(owner)
    ids = dict(
        owner.execute("select (dataset_type, visit, detector)::text, min(dataset_id) from public.dataset group by 1")
    )
    tag(owner, "picked", [ids["(source,2,1)"], ids["(source,3,1)"]])
    chain(owner, "best", ["second", "first"])
    chain(owner, "all", ["picked", "best"])
    raw = ids["(raw_image,1,1)"]
    certify(owner, "calib", [raw], Validity(mjd_ns(58000), mjd_ns(58100)))
    owner.execute(
        "insert into registry.mark (dataset_id, verdict, reason) values (%s, 'bad', 'Clouds.')",
        [ids["(source,3,2)"]],
    )
    owner.execute(
        """insert into registry.mark (config_id, verdict, reason)
           select config_id, 'suspect', 'Too deep.' from registry.config where digest = sha256('again')"""
    )
    owner.execute("""insert into quality.specification (metric_id, name, operator, threshold, description)
                     select metric_id, 'good', '<', 3, 'It is good.' from quality.metric""")
    return tuple(again)


def _add_footprints(owner: Connection[Any]) -> None:
    """Give each raw image its square on the sky: detector 2 lies north of detector 1."""
    for dataset, coordinate, detector in owner.execute(
        "select dataset_id, coordinate_id, detector from public.dataset where dataset_type = 'raw_image'"
    ).fetchall():
        ra, dec = STAR[0], STAR[1] + FIELD * (detector - 1)
        corners = np.array(
            [[ra + FIELD * x, dec + FIELD * y] for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))]
        )
        owner.execute(
            "insert into registry.region (dataset_id, coordinate_id, ranges) values (%s, %s, %s::int8multirange)",
            [dataset, coordinate, polygon_ranges(corners)],
        )
