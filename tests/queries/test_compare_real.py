"""A seeded difference between two runs of real frames: found, quantified and explained without a hint."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from ingest.exposures import ingest_exposures
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from pipeline.definition import FOLDER, read
from pipeline.planner.submit import submit
from pipeline.running import make_plan
from queries.comparison.cli import mount
from queries.comparison.compare import Comparison, compare
from queries.comparison.tally import CatalogRows
from schema.connect import connect
from schema.settings import settings
from schema.store import Store
from tests.support.frames import DECAM, GAIA
from tests.support.fresh import fresh_ledger
from tests.support.runs import states, work_off
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
EXPOSURES = ("c4d_180314_055922", "c4d_180225_074106", "c4d_180212_083009", "c4d_170316_062107")


@pytest.fixture(scope="module")
def runs(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run `single_frame` on some frames of DECam twice, the second time with one other value in its file."""
    folder = tmp_path_factory.mktemp("compare")
    seeded = folder / "single_frame.yaml"
    text = (FOLDER / "single_frame.yaml").read_text()
    seeded.write_text(text.replace("  calibrate: {}\n", "  calibrate: {detection_threshold: 8.0}\n", 1))
    assert seeded.read_text() != text
    with fresh_ledger(administrator, template, "compare_real_test", folder) as owner:
        store = Store(settings().store_root)
        ingest_exposures(owner, store, [path for path in files_in([DECAM]) if path.name.startswith(EXPOSURES)])
        ingest_refcat(owner, store, files_in([GAIA]))
        for name, pipeline in (("first", "single_frame"), ("second", str(seeded))):
            run = submit(owner, make_plan(owner, read(pipeline), [], None), name)
            work_off(run, workers=1)
            assert set(states(owner, run)) <= {"done", "reused"}
        yield


@pytest.fixture(scope="module")
def found(runs: None) -> Comparison:
    with connect("reader") as reader:
        return compare(reader, "first", "second")


def test_what_did_not_depend_on_it_is_shared(found: Comparison) -> None:
    counts = {one.dataset_type: (one.shared, one.identical, one.changed) for one in found.datasets}
    assert counts.pop("post_isr_image") == (4, 0, 0)
    assert counts["source"] == (0, 0, 4)


def test_the_value_is_named(found: Comparison) -> None:
    (cause,) = found.causes
    assert cause.sentence.endswith("because task calibrate has config detection_threshold 5.0 -> 8.0")
    assert cause.n == cause.n_alone == found.total("changed")


def test_rows_are_lost_where_they_are_faint(found: Comparison) -> None:
    sources = rows(found, "source")
    assert sources.n_a > sources.n_b > sources.n_matched > 0.7 * sources.n_b
    assert sources.n_lost == sources.n_a - sources.n_matched
    bright, faint = ([one for one in sources.bins if (one.magnitude < 21) is below] for below in (True, False))
    assert sum(one.n_lost for one in bright) == 0 < sum(one.n_lost for one in faint)
    assert all(abs(one.residual) < 0.001 for one in bright)
    assert {dataset for dataset, *_ in sources.worst} >= set(sources.lost.dataset_id)
    assert rows(found, "visit_detector").n_matched == 4


def test_metrics_moved(found: Comparison) -> None:
    moved = {one.metric: one for one in found.metrics}
    sources = rows(found, "source")
    assert moved["calibrate.nSource"].mean == pytest.approx((sources.n_b - sources.n_a) / 4)


def test_the_command_tells_the_same(runs: None, found: Comparison) -> None:
    app = app_of(mount)
    document = json.loads(CliRunner().invoke(app, ["first", "second", "--output", "json"]).stdout)
    assert document == json.loads(json.dumps(found.document()))
    lines = CliRunner().invoke(app, ["first", "second", "--no-rows", "--output", "csv"]).stdout.splitlines()
    assert lines[0] == "table,row,column,value"
    assert "causes,1,what,detection_threshold" in lines
    table = CliRunner().invoke(app, ["first", "second"]).stdout
    assert "because task calibrate has config detection_threshold 5.0 -> 8.0." in table
    assert table.splitlines()[0].startswith("first and second: ")


def rows(found: Comparison, catalog: str) -> CatalogRows:
    assert found.rows is not None
    return next(one for one in found.rows if one.catalog == catalog)
