"""Overlaps on the sky: those of the footprints, however they lie, and of nothing else."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.overlaps import find_overlaps
from pipeline.planner.search import Search
from pipeline.planner.taint import UNTIL, read_taint
from schema.ledger.collections import add_members, make_run

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

Ranges = list[tuple[int, int]]
SHIFT = 44  # a cell of order 7, by which candidates are brought together

COORDINATES = """
insert into registry.coordinate (digest, healpix)
select sha256(convert_to(n::text, 'UTF8')), n from generate_series(1, %s) n order by n returning coordinate_id"""

DATASETS = """
insert into registry.dataset (uid, dataset_type_id, coordinate_id, output_name, content_digest)
select gen_random_uuid(), y.dataset_type_id, c.coordinate_id, '', c.digest
from unnest(%s::bigint[]) with ordinality x (coordinate_id, place) join registry.coordinate c using (coordinate_id)
join registry.dataset_type y on y.name = %s order by x.place returning dataset_id"""


def footprint(dice: random.Random) -> Ranges:
    """Give some ranges of pixels within eight cells; many are smaller than a cell, some reach over several."""
    starts = sorted(dice.sample(range(8 << SHIFT), dice.randint(1, 4)))
    ends = [*starts[1:], 9 << SHIFT]
    return [(a, min(b, a + (1 << dice.randint(20, SHIFT + 1)))) for a, b in zip(starts, ends, strict=True)]


def register(
    connection: Connection[Any], kind: str, coordinates: Sequence[int], footprints: Sequence[Ranges]
) -> list[int]:
    """Register datasets with their footprints."""
    connection.execute(
        "insert into registry.dataset_type (name, dimensions, storage_class) values (%s, '{healpix}', 'table')", [kind]
    )
    datasets = [row[0] for row in connection.execute(DATASETS, [list(coordinates), kind])]
    texts = ["{" + ",".join(f"[{low},{high})" for low, high in ranges) + "}" for ranges in footprints]
    connection.execute(
        """insert into registry.region (dataset_id, coordinate_id, ranges)
           select * from unnest(%s::bigint[], %s::bigint[], %s::int8multirange[])""",
        [datasets, list(coordinates), texts],
    )
    return datasets


def touch(one: Ranges, other: Ranges) -> bool:
    """Tell whether two footprints share a pixel."""
    return any(a < d and c < b for a, b in one for c, d in other)


@pytest.fixture
def coordinates(scratch: Connection[Any]) -> list[int]:
    """Give eighty coordinates."""
    return [row[0] for row in scratch.execute(COORDINATES, [80])]


@pytest.mark.parametrize("seed", range(3))
def test_a_place_overlaps_what_shares_a_pixel_with_any_of_its_footprints(
    scratch: Connection[Any], coordinates: list[int], seed: int
) -> None:
    dice = random.Random(seed)
    here, there = coordinates[:30], coordinates[30:]
    # Image and mask of one place differ a little.
    images, masks = ([footprint(dice) for _ in here] for _ in range(2))
    register(scratch, "image", here, images)
    register(scratch, "mask", here, masks)
    stars = [footprint(dice) for _ in there]
    found = register(scratch, "star", there, stars)
    mine = [make_run(scratch, name, "ingest", bytes(32), "Stars.") for name in ("a", "b")]
    # Some are in both collections, some in none; one is bad, and what overlaps it is told.
    add_members(scratch, mine[0], found[:30], "ingested")
    add_members(scratch, mine[1], found[20:45], "ingested")
    scratch.execute("insert into registry.mark (dataset_id, verdict, reason) values (%s, 'bad', 'Toy.')", [found[0]])
    search = Search(scratch, mine, read_taint(scratch), "image")
    answer, refused = find_overlaps(search, "star", mine, here)
    uids = dict(scratch.execute("select uid, dataset_id from registry.dataset").fetchall())
    assert {place: sorted(uids[one.uid] for one in datasets) for place, datasets in answer.items()} == {
        place: expected
        for place, image, mask in zip(here, images, masks, strict=True)
        if (expected := [one for one, star in zip(found[1:45], stars[1:45], strict=True) if touch(image + mask, star)])
    }
    waiting = [place for place, image, mask in zip(here, images, masks, strict=True) if touch(image + mask, stars[0])]
    assert refused == dict.fromkeys(waiting, f"star {found[0]} is marked bad: {UNTIL}")
    assert sum(map(len, answer.values())) > 100
    assert all([one.uid for one in datasets] == sorted(one.uid for one in datasets) for datasets in answer.values())
