"""A large registry of lsst-daf-butler to look datasets up in: `python -m` with a connection string and a folder."""

import sys
import time

import psycopg
from lsst.daf.butler import CollectionType

from tests.bench.peers.butler_registry import Registry
from tests.bench.peers.talk import serve

CHAIN = "chain"
# What registering through the API would give, and would take an hour for.
FILL = """
insert into exposure (instrument, id, day_obs, "group", physical_filter, obs_id)
select instrument, g, day_obs, "group", physical_filter, g::text
from exposure, generate_series(2, %(exposures)s) g where id = 1;
create table made as
select gen_random_uuid() as id, e as exposure, d as detector,
       (select r.collection_id from run r order by 1 offset (e * %(detectors)s + d) %% %(runs)s limit 1) as run_id
from generate_series(1, %(exposures)s) e, generate_series(0, %(detectors)s - 1) d;
insert into dataset (id, dataset_type_id, ingest_date, run_id)
select m.id, t.id, 0, m.run_id from made m, dataset_type t where t.name = 'table';
insert into collection_summary_dataset_type (collection_id, dataset_type_id)
select r.collection_id, t.id from run r, dataset_type t where t.name = 'table';
insert into collection_summary_instrument (collection_id, instrument) select collection_id, 'Toy' from run;
insert into dataset_tags_00000001 (dataset_type_id, dataset_id, collection_id, instrument, detector, exposure)
select t.id, m.id, m.run_id, 'Toy', m.detector, m.exposure from made m, dataset_type t where t.name = 'table';
drop table made"""


class Finder(Registry):
    """A repository with a chain of runs."""

    def fill(self, runs: int, exposures: int, detectors: int) -> None:
        """Make the runs and their chain, and put a dataset of each exposure and detector into one of the runs."""
        names = [f"run {number}" for number in range(runs)]
        for name in names:
            self.butler.registry.registerRun(name)
        self.butler.registry.registerCollection(CHAIN, CollectionType.CHAINED)
        self.butler.registry.setCollectionChain(CHAIN, names)
        url = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        asked = {"runs": runs, "exposures": exposures, "detectors": detectors}
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in FILL.split(";\n"):
                psycopg.ClientCursor(connection).execute(statement.encode(), asked)
            connection.execute("vacuum analyze")

    def find(self, places: list[list[int]]) -> float:
        """Look up the dataset at each exposure and detector in the chain; give the seconds per look-up."""
        self.butler.registry.refresh()
        self._look(*places[0])  # what it keeps of collections and dataset types
        begin = time.perf_counter()
        for place in places:
            self._look(*place)
        return (time.perf_counter() - begin) / len(places)

    def _look(self, exposure: int, detector: int) -> None:
        place = {"instrument": "Toy", "exposure": exposure, "detector": detector}
        if self.butler.find_dataset("table", place, collections=CHAIN) is None:
            raise RuntimeError(f"the Butler finds nothing at exposure {exposure}, detector {detector}")


if __name__ == "__main__":
    serve(Finder(*sys.argv[1:]))
