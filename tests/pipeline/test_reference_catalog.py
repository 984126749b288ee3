"""Of the reference catalogs around an image, the configured one is taken in; the others change nothing."""

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from numpy.typing import NDArray
from psycopg import Connection

from ingest.exposures import ingest_exposures
from ingest.refcats.ingest import ingest_refcat
from ingest.refcats.readers import read_stars
from ingest.report import files_in
from pipeline.definition import read
from pipeline.errors import BadInput
from pipeline.pixels.errors import BadImage
from pipeline.planner.graph import Plan
from pipeline.running import make_plan
from pipeline.tasks.calibrate import Calibrate, CalibrateConfig
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DATA, DECAM, GAIA
from tests.support.refcats import TYCHO

PANOPTES = DATA / "panoptes_cygnus"


def stars_of(plan: Plan) -> dict[str, int]:
    """Give how many reference datasets each camera's images take in."""
    found: dict[str, int] = {}
    for quantum in plan.quanta:
        if quantum.task is Calibrate:
            taken = sum(role == "reference" for role, _, _ in quantum.inputs)
            found[str(quantum.place.instrument)] = found.get(str(quantum.place.instrument), 0) + taken
    return found


@pytest.mark.database
def test_each_camera_takes_in_its_own_catalog_and_another_one_recomputes_nothing(
    ledger: Settings, owner: Connection[Any]
) -> None:
    store = Store(ledger.store_root)
    ingest_exposures(owner, store, sorted(DECAM.iterdir())[:3])
    ingest_exposures(owner, store, sorted(PANOPTES.glob("solved*")))
    pipeline = read("single_frame")
    assert stars_of(make_plan(owner, pipeline, [], None)) == {"DECam": 0, "PANOPTES": 0}
    ingest_refcat(owner, store, files_in([GAIA]))
    before = make_plan(owner, pipeline, [], None)
    assert stars_of(before) == {"DECam": 1, "PANOPTES": 0}
    ingest_refcat(owner, store, [TYCHO])
    after = make_plan(owner, pipeline, [], None)
    assert stars_of(after)["DECam"] == 1
    assert stars_of(after)["PANOPTES"] > 0

    def of_decam(plan: Plan) -> set[bytes]:
        return {quantum.provenance for quantum in plan.quanta if quantum.place.instrument == "DECam"}

    assert of_decam(before) == of_decam(after)


def test_tables_of_an_older_definition_join_newer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[NDArray[Any]] = []

    def stop(_image: object, reference: NDArray[Any], _parameters: object) -> None:
        seen.append(reference)
        raise BadImage("that will do")

    monkeypatch.setattr("pipeline.tasks.calibrate.calibrate", stop)
    tables: list[pa.Table] = [read_stars(GAIA / f"chunk-{number}.fits")[1] for number in ("03586", "03458")]
    old = tables[1].select([name for name in tables[1].column_names if not name.endswith(("AbMag", "AbMagErr"))])
    image: Any = SimpleNamespace(exposure=None)
    with pytest.raises(BadInput, match="that will do"):
        Calibrate(CalibrateConfig.model_validate({})).run(image, [tables[0], old])
    assert len(seen[0]) == tables[0].num_rows + old.num_rows
    assert "gMag" in (seen[0].dtype.names or ())
