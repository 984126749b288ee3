"""A survey with HSC as large as RC2: visits of all its detectors on three fields, and reference stars around them."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from ingest.cameras.camera import Detector, load_cameras
from ingest.dimensions import register_instruments
from pipeline.definition import read
from pipeline.planner.graph import Plan
from pipeline.running import make_plan
from schema.ledger.collections import add_members, make_run
from schema.ledger.external import ExternalFile, register_external
from schema.sky import cell_ranges, healpix29, polygon_ranges
from schema.store import Stored

# The centers of the tracts 9615, 9697 and 9813 of RC2, near enough.
FIELDS = ((216.7, 0.0), (223.1, 0.0), (150.1, 2.2))
FILTERS = ("HSC-G", "HSC-R", "HSC-I", "HSC-Z", "HSC-Y")
ORDER = 7  # cells of the reference catalog, half a degree
VISITS = """
with given as (select * from unnest(%(visits)s::int[], %(filters)s::text[]) as g (visit, physical_filter)),
visits as (insert into registry.visit select 'HSC', visit, physical_filter, 20150101 from given)
insert into registry.exposure
select 'HSC', visit, visit, physical_filter, 20150101, 57023.0 + visit * 300 / 86400.0, 200.0 from given"""
RAW, STARS = "HSC/raw", "refcats/gaia_dr2"


def register_survey(owner: Connection[Any], visits: int) -> int:
    """Register visits, their raw images with footprints, and the cells of reference stars under them, without files.

    Returns
    -------
    Number of images.
    """
    register_instruments(owner, ["HSC"])
    filters = [FILTERS[visit % len(FILTERS)] for visit in range(visits)]
    owner.execute(VISITS, {"visits": list(range(1, visits + 1)), "filters": filters})
    detectors = [one for one in load_cameras()["HSC"].detectors if one.purpose == "science" and one.center]
    images = [image for visit in range(1, visits + 1) for image in _images(visit, detectors)]
    _register(owner, RAW, [_file("raw_image", data_id, polygon_ranges(corners)) for data_id, corners in images])
    corners = np.concatenate([corners for _, corners in images])
    cells = np.unique(healpix29(corners[:, 0], corners[:, 1]) >> 2 * (29 - ORDER)) + 4 * 4**ORDER
    _register(owner, STARS, [_file("reference_star", {"healpix": cell}, cell_ranges(cell)) for cell in cells.tolist()])
    owner.execute("analyze")
    return len(images)


def plan_survey(owner: Connection[Any], salt: int) -> Plan:
    """Plan the pipeline for single frames on all images."""
    pipeline = read("single_frame")
    return make_plan(owner, pipeline, [RAW, STARS], None, dict.fromkeys(pipeline.tasks, salt))


def _images(visit: int, detectors: list[Detector]) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
    """Give the data ID and the corners [deg] of each detector of a visit; visits of a field lie beside each other."""
    ra, dec = FIELDS[visit % len(FIELDS)]
    angle = 2.4 * visit
    center = np.array([ra + 0.3 * np.cos(angle), dec + 0.3 * np.sin(angle)])
    for one in detectors:
        half = np.array([one.nx, one.ny]) * 0.168 / 3600 / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        yield (
            {"instrument": "HSC", "exposure": visit, "detector": one.number},
            center + np.array(one.center) + corners,
        )


def _file(dataset_type: str, data_id: dict[str, Any], ranges: str) -> ExternalFile:
    digest = sha256(f"{dataset_type} {sorted(data_id.items())}".encode()).digest()
    return ExternalFile(dataset_type, data_id, digest, Stored(f"files/{digest.hex()}", digest, 1000), "", "", ranges)


def _register(owner: Connection[Any], collection: str, files: list[ExternalFile]) -> None:
    ids = [one.dataset_id for one in register_external(owner, files, "file")]
    add_members(owner, make_run(owner, collection, "ingest", bytes(32), "A survey."), ids, "ingested")
