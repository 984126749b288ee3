"""Catalogs as another pipeline would write them, of a toy camera, and their recipe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from psycopg import Connection

from ingest.catalogs.recipe import Recipe
from schema.ledger.collections import add_members, make_run
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.sky import polygon_ranges
from schema.store import Store

CENTER = (150.0, 2.0)  # of every catalog [deg]
RECIPE = """
catalog: source
instrument: Toy
made_by:
  software: SExtractor
  version: "2.28.2"
  config: {DETECT_THRESH: 1.5, PHOT_APERTURES: [12, 24]}
  inputs: [raw_image]
data_id:
  pattern: 'cat_(?P<visit>\\d+)_(?P<detector>\\w+)\\.parquet$'
columns:
  x: {column: X_IMAGE, offset: -1}
  y: {column: Y_IMAGE, offset: -1}
  ra: {column: ALPHA_J2000, unit: deg}
  dec: {column: DELTA_J2000, unit: deg}
  psfFlux: {column: MAG_PSF, unit: mag(AB), nan: [99.0]}
  psfFlux_flag: {value: false}
  pixelFlags_saturated: {column: FLAGS, bits: 4}
missing: allow
"""
DIMENSIONS = (
    "insert into registry.instrument (instrument, description) values ('Toy', 'A toy.')",
    "insert into registry.physical_filter values ('Toy', 'g', 'g')",
    "insert into registry.visit select 'Toy', v, 'g', 20200101 from generate_series(1, %(visits)s) v",
    """insert into registry.exposure
       select 'Toy', v, v, 'g', 20200101, 58849.0 + v, 86.4 from generate_series(1, %(visits)s) v""",
    """insert into registry.detector (instrument, detector, name, purpose, nx, ny)
       select 'Toy', d, 'D' || d, 'science', 10, 10 from generate_series(0, %(detectors)s - 1) d""",
)


def recipe(**changes: Any) -> Recipe:
    """Give the recipe, with sections replaced; None leaves one out."""
    body = {**yaml.safe_load(RECIPE), **changes}
    return Recipe.model_validate({name: value for name, value in body.items() if value is not None})


def forced() -> Recipe:
    """Give a recipe that takes the same files as forced photometry."""
    return recipe(
        catalog="forced_source",
        columns={
            "objectId": "NUMBER",
            "positionList": {"value": "supernovae"},
            "coord_ra": "ALPHA_J2000",
            "coord_dec": "DELTA_J2000",
            "psfFlux": {"column": "MAG_PSF", "unit": "mag(AB)"},
        },
    )


def register_exposures(owner: Connection[Any], visits: int, detectors: int = 1) -> None:
    """Register exposures of the toy camera that the ledger has no files of."""
    for statement in DIMENSIONS:
        owner.execute(statement, {"visits": visits, "detectors": detectors})


def register_raw(
    owner: Connection[Any], using: Settings, folder: Path, exposure: int, center: tuple[float, float] = CENTER
) -> int:
    """Register the raw frame of detector 0, half a degree wide; give its dataset."""
    (ra, dec), side = center, 0.25
    corners = np.array(
        [(ra - side, dec - side), (ra + side, dec - side), (ra + side, dec + side), (ra - side, dec + side)]
    )
    path = folder / f"raw{exposure}.txt"
    path.write_text(f"frame {exposure}")
    stored = Store(using.store_root).take_in(path)
    place = {"instrument": "Toy", "exposure": exposure, "detector": 0}
    frame = ExternalFile("raw_image", place, stored.file_digest, stored, path.name, ranges=polygon_ranges(corners))
    (found,) = register_external(owner, [frame], "file")
    add_members(owner, make_run(owner, "Toy/raw", "ingest", bytes(32), "Raw."), [found.dataset_id], "ingested")
    return found.dataset_id


def columns(rows: int = 5, seed: int = 1) -> dict[str, Any]:
    """Give the columns of a catalog."""
    random = np.random.default_rng(seed)
    return {
        "NUMBER": np.arange(1, rows + 1, dtype=np.int32),
        "X_IMAGE": random.uniform(1, 100, rows).astype(np.float32),
        "Y_IMAGE": random.uniform(1, 100, rows).astype(np.float32),
        "ALPHA_J2000": CENTER[0] + random.uniform(-0.1, 0.1, rows),
        "DELTA_J2000": CENTER[1] + random.uniform(-0.1, 0.1, rows),
        "MAG_PSF": random.uniform(18, 24, rows),
        "FLAGS": np.where(np.arange(rows) % 2, 4, 3).astype(np.int16),
        "CLASS_STAR": np.zeros(rows),
    }


def write(folder: Path, visit: int, changes: Mapping[str, Any] | None = None, *, detector: str = "0") -> Path:
    """Write the catalog of an image; a column that becomes None is left out."""
    folder.mkdir(exist_ok=True)
    path = folder / f"cat_{visit}_{detector}.parquet"
    changed = {**columns(seed=visit), **(changes or {})}
    pq.write_table(pa.table({name: values for name, values in changed.items() if values is not None}), path)
    return path
