"""Overlaps: what has no footprint of its own is found where its exposure, visit, patch, tract or cell lies."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from queries.datasets.ask import ask
from queries.datasets.search import Search
from queries.readonly import Limits
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.sky import cell_ranges, healpix29, polygon_ranges
from schema.store import Stored
from tests.support.ledgers import register_toy_camera

pytestmark = pytest.mark.database

ORDER = 6
ANY = "instrument = 'Toy'"
# Places without a footprint, and the declinations at right ascension 10 deg where they lie: detector n of the exposure
# lies at n deg, patch n at 10 + n deg, tract 0 from 10 to 12 deg.
PLACES: tuple[tuple[Mapping[str, Any], set[float]], ...] = (
    ({"instrument": "Toy", "exposure": 1}, {0, 1}),
    ({"instrument": "Toy", "visit": 1}, {0, 1}),
    ({"instrument": "Toy", "visit": 1, "detector": 1}, {1}),
    ({"instrument": "Toy", "exposure": 1, "visit": 1, "detector": 0}, {0}),
    ({"instrument": "Toy", "detector": 1}, set()),
    ({"skymap": "rings", "tract": 0}, {10, 11}),
    ({"skymap": "rings", "tract": 0, "patch": 1}, {11}),
    ({"skymap": "rings", "tract": 0, "patch": 1, "instrument": "Toy", "visit": 1}, {11}),
)


def square(dec: float, height: float = 0.8) -> str:
    """Give a square on the sky at right ascension 10 deg, as ranges."""
    return polygon_ranges(np.array([[9.6, dec - 0.4], [10.4, dec - 0.4], [10.4, dec + height], [9.6, dec + height]]))


def cell(dec: float) -> int:
    """Give the HEALPix cell at right ascension 10 deg."""
    pixel = int(healpix29(np.array([10.0]), np.array([dec]))[0])
    whole: int = 4 * 4**ORDER
    return whole + (pixel >> 2 * (29 - ORDER))


@pytest.fixture
def filled(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> Connection[Any]:
    for raw, dec in zip(register_toy_camera(owner, ledger, 2, tmp_path / "raw"), (0.0, 1.0), strict=True):
        owner.execute(
            """insert into registry.region select dataset_id, coordinate_id, %s from registry.dataset
               where dataset_id = %s""",
            [square(dec, 0.4), raw],
        )
    owner.execute("insert into registry.skymap values ('rings', '{}', sha256('{}'))")
    owner.execute("insert into registry.tract values ('rings', 0, %s)", [square(10.0, 1.5)])
    for patch in (0, 1):
        owner.execute(
            "insert into registry.patch values ('rings', 0, %s, %s, 0, %s)", [patch, patch, square(10.0 + patch, 0.4)]
        )
    for place in [*(one for one, _ in PLACES), {"healpix": cell(20.0)}]:
        content = sha256(repr(place).encode()).digest()
        kind = "_".join(place)
        register_external(owner, [ExternalFile(kind, place, content, Stored(kind, content, 1), kind)], "file")
    return owner


def found(using: Settings, dec: float, only: str = "dataset_type != 'raw_image'") -> list[str]:
    search = Search(where=f"overlaps point(10, {dec}) and {only}")
    return sorted(row[2] for row in ask(search, using, Limits(30, 100)).rows)


@pytest.mark.usefixtures("filled")
def test_datasets_are_found_where_their_data_id_lies(ledger: Settings) -> None:
    for dec in (0, 1, 10, 11):
        assert found(ledger, dec) == sorted("_".join(place) for place, where in PLACES if dec in where), dec
    assert found(ledger, 20) == ["healpix"]
    assert found(ledger, 5) == []


def test_a_cell_covers_what_healpix_says(filled: Connection[Any]) -> None:
    rows = filled.execute(
        """select c.healpix, v.ranges::text from coverage v join registry.coordinate c using (coordinate_id)
           where c.healpix is not null"""
    ).fetchall()
    assert rows == [(cell(20.0), cell_ranges(cell(20.0)))]


def test_a_footprint_of_its_own_outweighs_that_of_the_exposure(filled: Connection[Any], ledger: Settings) -> None:
    """A better fit of one detector has moved it: it is not found any more where the raw file said."""
    kind = "instrument_exposure_visit_detector"
    filled.execute(
        """insert into registry.region select dataset_id, coordinate_id, %s from public.dataset
           where dataset_type = %s""",
        [square(-3.0, 0.4), kind],
    )
    assert kind in found(ledger, -3)
    assert kind not in found(ledger, 0)


def test_an_exposure_without_footprints_lies_where_records_of_its_visit_say(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_toy_camera(owner, ledger, 2, tmp_path / "raw")
    assert found(ledger, 0, ANY) == found(ledger, 1, ANY) == []
    for detector in (0, 1):
        owner.execute("insert into registry.visit_detector_region values ('Toy', 1, %s, %s)",
                      [detector, square(detector, 0.4)])  # fmt: skip
    assert (found(ledger, 0, "detector = 0"), found(ledger, 1, ANY)) == (["raw_image"], ["raw_image"])
    content = bytes(32)
    register_external(owner, [ExternalFile("whole", {"instrument": "Toy", "exposure": 1}, content,
                                           Stored("whole", content, 1), "whole")], "file")  # fmt: skip
    assert found(ledger, 0, ANY) == ["raw_image", "whole"]
    owner.execute("insert into registry.visit_region values ('Toy', 1, %s)", [square(5.0, 0.4)])
    assert found(ledger, 5, ANY) == ["whole"]
