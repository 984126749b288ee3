"""Catalogs of a made-up ledger: real loads, rows that agree with their positions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from psycopg import Connection, sql

from schema.catalog.definition import definition, digest
from tests.scale.binary import HEADER, TRAILER, RowMaker
from tests.scale.scale import BANDS, CAMERAS, Scale
from tests.scale.sky import positions, stars

IMAGES = """
select c.instrument, c.exposure, c.detector, e.obs_start_mjd_tai, d.dataset_id
from registry.dataset d join registry.coordinate c using (coordinate_id)
join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
where d.dataset_type_id = %s and (%s::int[] = '{}' or c.detector = any(%s))
order by c.coordinate_id desc limit %s"""


class Image(NamedTuple):
    """A detector image."""

    instrument: str
    visit: int
    detector: int
    mjd: float
    dataset: int


Values = Callable[[Sequence[Image]], Mapping[str, Any]]  # columns of the rows of some images of one visit


@dataclass(frozen=True)
class Catalogs:
    """Fills the catalog tables of a ledger whose other tables are filled."""

    connection: Connection[Any]
    scale: Scale

    def visits(self) -> int:
        """Fill the table of visits; give the number of rows."""
        images = self.images(1, detectors=[1])
        self._copy("visit", sql.Identifier("catalog", "visit"), images, self._visit)
        return len(images)

    def visit_detectors(self) -> int:
        """Load a row for every calibrated image; give the number of rows."""
        images = self.images(self.scale.tasks + 4)
        for part in _split(images, self.scale.loads):
            self.load("visit_detector", self.scale.runs, part, self._detector)
        return len(images)

    def sources(self) -> int:
        """Load the sources of the last images, visit after visit; give the number of rows."""
        images = self.images(5, self.scale.images_with_rows)
        for part in _split(images, self.scale.loads):
            self.load("source", self.scale.runs, part, self._source)
        return len(images) * self.scale.sources_per_image

    def reference_stars(self) -> int:
        """Load a reference catalog of the fields; give the number of rows."""
        run = self.scale.runs + len(CAMERAS) + 1
        self.load("reference_star", run, [Image("", 1, 1, 0.0, 1)], self._star)
        return self.scale.stars

    def images(self, dataset_type: int, n: int | None = None, detectors: Sequence[int] = ()) -> list[Image]:
        """Give the last n images that have a dataset of a type, or all, in the order of their coordinates."""
        found = self.connection.execute(IMAGES, [dataset_type, list(detectors), list(detectors), n])
        return [Image(*row) for row in found][::-1]

    def load(self, catalog: str, run: int, images: Sequence[Image], values: Values) -> int:
        """Publish a load as the product does: open, stage, copy, verify, publish; give its key."""
        opened = [catalog, run, [image.dataset for image in images], digest(definition(catalog))]
        load = int(self._one("select load_id from ingest.open_load(%s, %s, %s, %s)", *opened))
        self.publish(load, catalog, images, values)
        return load

    def publish(self, load: int, catalog: str, images: Sequence[Image], values: Values) -> None:
        """Stage, copy, verify and publish a load that is open."""
        token = self._one("select nextval('work.fence')")
        with self.connection.transaction():
            part = self._one("select ingest.stage(%s, %s)", load, token)
            self._copy(catalog, sql.Identifier("catalog_part", part), images, values, load)
        self.connection.execute("select ingest.verify(%s, %s)", [load, token])
        self.connection.execute("select ingest.publish(%s, %s)", [load, token])

    def _copy(
        self, catalog: str, table: sql.Identifier, images: Sequence[Image], values: Values, load: int | None = None
    ) -> None:
        maker = RowMaker(definition(catalog))
        columns = sql.SQL(", ").join(map(sql.Identifier, maker.names))
        freeze = sql.SQL("" if load is None else ", freeze")  # only a table of this transaction can be
        statement = sql.SQL("copy {} ({}) from stdin with (format binary{})").format(table, columns, freeze)
        with self.connection.cursor().copy(statement) as copy:
            copy.write(HEADER)
            for _, group in groupby(images, lambda image: (image.instrument, image.visit)):
                copy.write(maker.rows({"load_id": load or 0, **values(list(group))}))
            copy.write(TRAILER)

    def _visit(self, images: Sequence[Image]) -> Mapping[str, Any]:
        place = self._place(images, np.full(1, 0.5), np.full(1, 0.5))
        return place | _names(images[0]) | {"obsstartmjd": images[0].mjd, "exptime": 30.0, "airmass": 1.2}

    def _detector(self, images: Sequence[Image]) -> Mapping[str, Any]:
        place = self._place(images, np.full(1, 0.5), np.full(1, 0.5))
        number = np.array([image.dataset for image in images])
        return place | _names(images[0]) | {
            "pixelunit": "adu", "obsstartmjd": images[0].mjd, "expmidptmjd": images[0].mjd, "exptime": 30.0,
            "seeing": 0.7 + number % 100 / 200, "zeropoint": 27 + number % 50 / 100, "maglim": 23 + number % 100 / 100,
            "astromoffsetmean": number % 70 / 1000, "nsource": self.scale.sources_per_image,
        }  # fmt: skip

    def _source(self, images: Sequence[Image]) -> Mapping[str, Any]:
        east, north, magnitude = stars(self.scale.seed, self.scale.sources_per_image)
        place = self._place(images, east, north)
        flux = np.tile(10 ** (0.4 * (31.4 - magnitude)), len(images))
        number = np.tile(np.arange(len(east)), len(images))
        return place | _names(images[0]) | {
            "sourceid": (place["visit"] * 1000 + place["detector"]) * 100_000 + number,
            "midpointmjdtai": images[0].mjd, "psfflux": flux, "psffluxerr": 50 + flux / 100,
            "psfflux_instflux": flux / 10, "psfflux_instfluxerr": 5 + flux / 1000, "pixelflags_saturated": flux > 5e5,
            "x": 4072 * np.tile(east, len(images)), "y": 4000 * np.tile(north, len(images)),
        }  # fmt: skip

    def _star(self, images: Sequence[Image]) -> Mapping[str, Any]:
        """Give stars on the detectors of the first field."""
        random = np.random.default_rng(self.scale.seed)
        n = self.scale.stars
        place = positions(1, random.integers(1, 190, n), random.random(n), random.random(n))
        return place | {
            "dataset_id": images[0].dataset, "refstarid": np.arange(n), "catalog": "gaia_dr2", "epochmjdtai": 57388.5,
            "gmag": random.uniform(12, 20, n), "bpmag": random.uniform(12, 20, n), "rpmag": random.uniform(12, 20, n),
        }  # fmt: skip

    def _place(self, images: Sequence[Image], east: Any, north: Any) -> dict[str, Any]:
        """Give the columns that say of which image a row is and where: the same points on each detector."""
        detectors = np.repeat([image.detector for image in images], len(east))
        place = positions(images[0].visit, detectors, np.tile(east, len(images)), np.tile(north, len(images)))
        datasets = np.repeat([image.dataset for image in images], len(east))
        visits = np.full(len(detectors), images[0].visit)
        return {**place, "detector": detectors, "dataset_id": datasets, "visit": visits}

    def _one(self, statement: str, *values: Any) -> Any:
        row = self.connection.execute(statement.encode(), values).fetchone()
        return row[0] if row else None


def _names(image: Image) -> dict[str, str]:
    band = BANDS[image.visit % len(BANDS)]
    return {"instrument": image.instrument, "band": band, "physical_filter": f"{band} {image.instrument}"}


def _split(images: Sequence[Image], n: int) -> Iterator[Sequence[Image]]:
    """Cut into n parts, or fewer where there are not as many."""
    size = -(-len(images) // n)
    return (images[first : first + size] for first in range(0, len(images), size))
