"""Datasets into the registry of lsst-daf-butler: `python -m` with a connection string and a folder."""

import itertools
import sys
import time
from pathlib import Path
from typing import Any

from lsst.daf.butler import Butler, Config, DatasetRef, DatasetType, FileDataset
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from tests.bench.peers.talk import serve

DIMENSIONS = ("instrument", "exposure", "detector")
# What a unit makes. Two metrics are one dataset there: a bundle.
STORAGE = {"table": "DataFrame", "metrics": "StructuredDataDict"}


class Registry:
    """A repository whose registry is a database, with files that nobody reads."""

    def __init__(self, dsn: str, folder: str) -> None:
        self.folder = Path(folder)
        self.numbers = itertools.count()
        given: dict[str, Any] = conninfo_to_dict(dsn)
        kept: dict[str, str] = {name: given[name] for name in ("passfile", "sslmode") if name in given}
        self.url = URL.create(
            "postgresql+psycopg",
            given["user"],
            given.get("password"),
            given["host"],
            int(given["port"]),
            given["dbname"],
            kept,
        )

    def make(self, n: int) -> None:
        """Make the repository, with a toy camera of n detectors."""
        config = Config({"registry": {"db": self.url.render_as_string(hide_password=False)}})
        Butler.makeRepo(str(self.folder), config=config)
        self.butler = Butler.from_config(str(self.folder), writeable=True)
        toy = {"instrument": "Toy"}
        camera: dict[str, dict[str, Any]] = {
            "instrument": {"name": "Toy", "detector_max": n, "exposure_max": 2, "visit_max": 2, "class_name": "Toy"},
            "day_obs": toy | {"id": 20200101},
            "group": toy | {"name": "g"},
            "physical_filter": toy | {"name": "g", "band": "g"},
            "exposure": toy | {"id": 1, "obs_id": "1", "physical_filter": "g", "day_obs": 20200101, "group": "g"},
        }
        registry = self.butler.registry
        for element, record in camera.items():
            registry.insertDimensionData(element, record)
        detectors = [toy | {"id": i, "full_name": f"D{i}"} for i in range(n)]
        registry.insertDimensionData("detector", *detectors)
        self.ids = [registry.expandDataId(toy | {"exposure": 1, "detector": i}) for i in range(n)]
        self.types = [
            DatasetType(name, DIMENSIONS, storage, universe=self.butler.dimensions) for name, storage in STORAGE.items()
        ]
        for made in self.types:
            registry.registerDatasetType(made)
            for i in range(n):
                self._path(made, i).touch()

    def register(self, n: int, batch: int) -> float:
        """Register the datasets of n units, a batch a call; give the seconds per unit.

        `ingest` in place is the fastest way that the API has: it moves no file, reads none and notes no size. It looks
        whether each is there. A batch of 0 is a call per dataset: as many transactions as `put` makes.
        """
        run = f"run {next(self.numbers)}"
        self.butler.registry.registerRun(run)
        files = [
            FileDataset(path=str(self._path(made, i)), refs=[DatasetRef(made, self.ids[i], run=run)])
            for i in range(n)
            for made in self.types
        ]
        step = batch * len(self.types) or 1
        begin = time.perf_counter()
        for first in range(0, len(files), step):
            self.butler.ingest(*files[first : first + step], transfer="direct", record_validation_info=False)
        return (time.perf_counter() - begin) / n

    def _path(self, made: DatasetType, i: int) -> Path:
        return self.folder / f"{made.name}{i}"


if __name__ == "__main__":
    serve(Registry(*sys.argv[1:]))
