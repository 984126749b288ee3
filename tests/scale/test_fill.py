"""The made-up ledger is one that the product could have written."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from schema.sky import healpix29
from tests.scale.fill import fill
from tests.scale.scale import Scale
from tests.support.fresh import fresh_ledger
from tests.support.queue import claim, count, enlist, faults, settle

pytestmark = pytest.mark.database

SMALL = Scale(
    quanta=1200, edges=1500, rows=800, measurements=600, stars=50, tasks=3, runs=3, shared=20, metrics=4, loads=2,
    failing=10, sources_per_image=8,
)  # fmt: skip
INDEXES = "select indexdef from pg_indexes where schemaname in ('registry', 'work', 'quality') order by 1"
CONSTRAINTS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace::regnamespace::text in ('registry', 'work', 'quality') order by 1, 2"""


@pytest.fixture(scope="module")
def filled(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection[Any]]:
    """Give a small made-up ledger; every key was checked."""
    with fresh_ledger(administrator, template, f"{template}_small", tmp_path_factory.mktemp("home")) as owner:
        for _ in fill(owner, SMALL):
            pass
        yield owner


def test_it_has_as_much_as_was_asked_for(filled: Connection[Any]) -> None:
    asked = {
        "registry.quantum": SMALL.quanta, "work.unit": SMALL.quanta, "work.unit_input": SMALL.edges,
        "catalog.source": SMALL.rows, "catalog.reference_star": SMALL.stars, "quality.measurement": SMALL.measurements,
    }  # fmt: skip
    assert {table: count(filled, table) for table in asked} == asked
    assert count(filled, "ingest.load") == 2 * SMALL.loads + 1


def test_the_queue_is_sound_and_goes_on(filled: Connection[Any]) -> None:
    states = {row[0] for row in filled.execute("select distinct state from work_unit")}
    assert states == {"waiting", "ready", "leased", "done", "reused", "dead", "blocked", "cancelled"}
    assert count(filled, "work.settled") > 0
    assert faults(filled) == []
    assert settle(filled, claim(filled, enlist(filled), 5))
    filled.execute("select work.resolve()")
    assert faults(filled) == []


def test_runs_of_campaigns_are_turns_with_a_verdict_and_what_they_left_out(filled: Connection[Any]) -> None:
    turns = filled.execute("select campaign, turn, run, verdict, cardinality(refused), n_failed > 0 from campaign_turn")
    assert turns.fetchall() == [("campaign1", 1, "run1", "failed", 1, True)]
    assert count(filled, "campaign_exclusion") == 5


def test_rows_lie_where_their_pixels_say_and_within_the_footprint_of_their_load(filled: Connection[Any]) -> None:
    rows = filled.execute("select ra, dec, _healpix_29 from catalog.source").fetchall()
    ra, dec, pixel = (np.array(column) for column in zip(*rows, strict=True))
    assert np.array_equal(healpix29(ra, dec), pixel)
    inside = filled.execute(
        "select bool_and(l.footprint @> s._healpix_29) from catalog.source s join ingest.load l using (load_id)"
    )
    assert inside.fetchone() == (True,)


def test_a_row_leads_back_to_its_raw_file(filled: Connection[Any]) -> None:
    behind = filled.execute(
        """with recursive back (dataset_id) as (
             select min(dataset_id) from source
             union select l.input_dataset_id from back b join lineage l on l.dataset_id = b.dataset_id)
           select array_agg(d.dataset_type order by d.dataset_type) from back join dataset d using (dataset_id)
           where d.dataset_type <> 'calibration'"""
    ).fetchone()
    assert behind == (["post_isr_image", "raw_image", "source"],)


def test_indexes_and_keys_are_as_before(filled: Connection[Any], owner: Connection[Any]) -> None:
    for question in (INDEXES, CONSTRAINTS):
        assert filled.execute(question).fetchall() == owner.execute(question).fetchall()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tasks": 1}, "1 tasks per image: 2 to 8 can be made"),
        ({"edges": 1000}, "1200 quanta, 1000 edges: give whole images, and an edge for each quantum"),
        ({"rows": 8000}, "rows and measurements of 1000 images, of 400: give more quanta"),
    ],
)
def test_what_cannot_be_made_is_refused(wrong: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Scale(**{**vars(SMALL), **wrong})
