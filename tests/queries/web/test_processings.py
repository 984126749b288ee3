"""Images that two runs have measured: each page shows the latest processing, once, and says so."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from schema.settings import Settings
from schema.sky import healpix29
from tests.support.catalogs import IMAGE, STAR, Survey, fill_load
from tests.support.site import Site, serving

pytestmark = pytest.mark.database
# A second processing of visit 3, detector 1, whose metric is good now.
SECOND = (
    "insert into registry.collection (name, kind, doc) values ('second', 'run', 'Another.')",
    """insert into registry.run (run_id, pipeline, plan_digest)
       select collection_id, 'single_frame', sha256('other') from registry.collection where name = 'second'""",
    "insert into work.share (run_id) select run_id from public.run where run = 'second'",
    """insert into work.unit (run_id, quantum_id, state, attempt)
       select r.run_id, d.quantum_id, 'done', 1 from public.dataset d cross join public.run r
       where r.run = 'second' and d.dataset_type = 'source' and d.visit = 3 and d.detector = 1""",
    """insert into registry.dataset
         (uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows)
       select gen_random_uuid(), d.dataset_type_id, d.coordinate_id, d.quantum_id, d.output_name || ' again',
              d.execution_id, sha256(convert_to('again' || d.dataset_id, 'UTF8')), d.n_rows
       from registry.dataset d join public.dataset v using (dataset_id)
       where v.dataset_type in ('source', 'visit_detector') and v.visit = 3 and v.detector = 1""",
    """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
       select r.run_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'computed'
       from registry.dataset d cross join public.run r where r.run = 'second' and d.output_name like '% again'""",
    """insert into quality.specification (metric_id, name, instrument, band, operator, threshold, description)
       select metric_id, 'design', '', '', '<=', 2.0, 'Why.' from quality.metric where name = 'calibrate.metric1'""",
    """insert into quality.measurement (metric_id, dataset_id, value)
       select m.metric_id, d.dataset_id, 1.5 from quality.metric m cross join registry.dataset d
       join registry.dataset_type y using (dataset_type_id) where d.output_name like '% again' and y.name = 'source'""",
)


@pytest.fixture
def twice(ledger: Settings, owner: Connection[Any]) -> Iterator[Site]:
    """Give the pages on a survey of which one image was measured twice."""
    Survey().make(owner)
    for statement in SECOND:
        owner.execute(statement.encode())
    again = owner.execute(
        "select dataset_id from registry.dataset join registry.dataset_type y using (dataset_type_id) "
        "where output_name like '% again' and y.name = 'visit_detector'"
    ).fetchone()
    assert again is not None
    values = {"dataset_id": again[0], "visit": 3, "detector": 1, "band": "g"}
    fill_load(owner, "visit_detector", [again[0]], IMAGE, {name: np.array([value]) for name, value in values.items()})
    owner.execute(
        "update catalog.visit_detector set ra = %s, dec = %s, _healpix_29 = %s",
        [*STAR, int(healpix29(np.array(STAR[:1]), np.array(STAR[1:]))[0])],
    )
    with serving(ledger) as site:
        yield site


def rows(site: Site, query: str) -> list[dict[str, str]]:
    """Give the rows of a named query."""
    return list(csv.DictReader(io.StringIO(site.get(f"/data/{query}").html)))


def test_only_the_latest_value_of_an_image_counts_and_a_run_brings_the_earlier_one_back(twice: Site) -> None:
    metric = "metric=calibrate.metric1"

    def values(more: str = "") -> list[float]:
        found = (float(row["value"]) for row in rows(twice, f"metric_points.csv?{metric}{more}"))
        return sorted(value for value in found if value == value)

    assert values() == [1.1, 1.2, 1.5, 3.2]
    assert values("&run=first") == [1.1, 1.2, 3.1, 3.2]
    assert values("&run=second") == [1.5]
    assert [row["value"] for row in rows(twice, "red_metrics.csv")] == ["3.2"]
    (about,) = rows(twice, f"metrics.csv?{metric}")
    assert (about["n_values"], about["n_unknown"], about["n_red"]) == ("4", "2", "1")
    assert [row["n"] for row in rows(twice, f"metric_history.csv?{metric}")] == ["2", "0", "2"]


def test_pages_say_which_processing_they_show(twice: Site) -> None:
    said = {
        "/quality/calibrate.metric1": "4 values of the latest processing of each image, 1 of them red",
        "/quality/calibrate.metric1?run=first": "4 values of the run first, 2 of them red",
        "/quality": "in the latest processing of each image",
        "/visits": "of the chosen processing",
        "/catalogs/visit_detector": "What several runs have made is in here several times",
    }
    for path, sentence in said.items():
        assert sentence in twice.get(path).text, path


def test_the_page_of_a_visit_shows_one_processing_and_offers_the_others(twice: Site) -> None:
    page = twice.get("/visit/DECam/3?detector=1")
    assert "Processing the latest of each image second first" in page.text
    verdicts = rows(twice, "visit_verdicts.csv?instrument=DECam&visit=3&detector=1")
    assert [(row["metric"], row["value"], row["verdict"]) for row in verdicts] == [("calibrate.metric1", "1.5", "kept")]
    assert len(rows(twice, "visit_quality.csv?instrument=DECam&visit=3")) == 2
    earlier = twice.get("/visit/DECam/3?detector=1&run=first")
    assert "3.1 arcsec broken" in earlier.text
    unknown = twice.get("/visit/DECam/3?run=nothing")
    assert (unknown.status, unknown.text.count("There is no run of this visit called nothing")) == (404, 1)


def test_the_map_draws_each_image_once(twice: Site) -> None:
    drawn = rows(twice, "sky_footprints.csv?ra=186.744&dec=25.462&radius=3d")
    images = [(row["visit"], row["detector"]) for row in drawn]
    assert len(images) == len(set(images)) == 6


def test_a_catalog_is_counted_by_run(twice: Site) -> None:
    assert "7 rows in all." in twice.get("/catalogs/visit_detector").text
    for run, said in (("first", "6 rows in all."), ("second", "1 row in all.")):
        page = twice.get(f"/catalogs/visit_detector?run={run}")
        assert said in page.text
        assert "several times" not in page.text


@pytest.mark.parametrize("page", ["/visits", "/sky", "/quality/calibrate.metric1", "/failures", "/catalogs/source"])
def test_a_run_that_is_not_there_is_one_sentence(site: Site, page: str) -> None:
    answer = site.get(f"{page}?run=nothing")
    assert answer.status == 404
    assert "There is no run nothing in this ledger: the page Runs lists those there are" in answer.text
