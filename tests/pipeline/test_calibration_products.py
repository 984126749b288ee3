"""From simulated raw frames to calibration products, each made with those before it, and compared with the truth."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from ingest.exposures import ingest_exposures
from ingest.report import files_in
from pipeline.definition import read
from pipeline.pixels.products.defects import Boxes, paint
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.simulation.frame import Telescope
from pipeline.simulation.making import make
from pipeline.simulation.register import register_truth
from pipeline.simulation.survey import Survey
from pipeline.storage import read as read_dataset
from schema.ledger.certification import Validity, certify
from schema.ledger.collections import find
from schema.settings import settings
from schema.store import Store
from tests.support.runs import finish, states
from tests.support.simulated import survey
from tests.support.small_cameras import save, two

pytestmark = pytest.mark.database

EXPOSURES = {
    "bias": 3, "darks": 3, "dark_time": 300.0, "flats": 1, "flat_level": 30000.0, "pairs": 6,
    "pair_range": [1000.0, 90000.0], "lamp": 2000.0,
}  # fmt: skip
# What each pipeline makes and certifies, in the order in which they need each other.
CHAIN = {
    "make_bias": ["bias"],
    "make_dark": ["dark", "defects"],
    "make_linearizer": ["linearizer"],
    "make_photon_transfer": ["photon_transfer"],
    "make_flat": ["flat"],
    "make_defects": ["defects"],
}
OF_RUNS = {"make_defects": ["make_dark", "make_flat"]}  # which read products from the runs that made them


class Bench:
    """A ledger with the frames of a small detector, and its products so far."""

    def __init__(self, owner: Connection[Any], planned: Survey, folder: Path) -> None:
        self.owner, self.planned, self.store = owner, planned, Store(settings().store_root)
        frames = planned.frames(["bias", "dark", "flat"])
        make(planned, frames, folder)
        ingest_exposures(owner, self.store, files_in([folder / "raw"]))
        register_truth(owner, self.store, planned, frames, folder)

    def produce(self, pipeline: str, types: list[str]) -> None:
        """Run a pipeline on the raw frames and what is certified, and certify what it makes."""
        certified = self.owner.execute("select name from registry.collection where name = 'calib'").fetchall()
        names = OF_RUNS.get(pipeline, [*(name for (name,) in certified), "Two/raw"])
        inputs = find(self.owner, names)
        run_id = submit(self.owner, plan(self.owner, read(pipeline), inputs), pipeline)
        finish(self.owner, run_id)
        assert set(states(self.owner, run_id)) == {"done"}
        made = self.owner.execute(
            """select m.dataset_id from registry.member m join registry.dataset_type y using (dataset_type_id)
               where m.collection_id = %s and y.name = any(%s)""",
            [run_id, types],
        )
        datasets = [dataset for (dataset,) in made]
        assert len(datasets) >= len(types)
        certify(self.owner, "calib", datasets, Validity(None, None), replace=pipeline in OF_RUNS)
        self.owner.commit()

    def product(self, dataset_type: str) -> Any:
        """Read a product that is certified."""
        ((path, storage),) = self.owner.execute(
            """select a.path, y.storage_class from registry.calibration_validity v
               join registry.dataset_type y using (dataset_type_id) join registry.dataset d using (dataset_id)
               join registry.artifact a using (content_digest) where y.name = %s and v.until = 'infinity' limit 1""",
            [dataset_type],
        )
        return read_dataset(storage, self.store.locate(path), "", "")


@pytest.fixture
def bench(owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Give frames of a detector of two amplifiers of 64 x 128 pixels."""
    camera = two()
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{tmp_path}"]')
    save(camera, tmp_path)
    settings.cache_clear()
    said = {"calibrations": EXPOSURES, "effects": {"crosstalk": 0}, "science": {"filters": ["g"]}}
    yield Bench(owner, survey(camera, **said), tmp_path / "sky")
    settings.cache_clear()


def test_every_product_agrees_with_the_truth(bench: Bench) -> None:
    for pipeline, types in CHAIN.items():
        bench.produce(pipeline, types)
    chip = Telescope(bench.planned.config, bench.planned.camera).chip(bench.planned.detectors[0])
    bias, dark, flat = (bench.product(name).exposure for name in ("bias", "dark", "flat"))
    noise = math.sqrt(float(np.median(bias.variance)))
    assert np.std(bias.image - np.median(bias.image) - (chip.bias - np.median(chip.bias))) < 1.5 * noise + 1
    assert float(np.median(dark.image)) > 0
    response = flat.image / np.median(flat.image) / (chip.response / np.median(chip.response)) - 1
    usable = flat.mask == 0
    assert float(np.std(response[usable & (np.abs(response) < 0.1)])) < 0.01
    boxes = bench.product("defects")
    found = paint(Boxes(*(boxes[name].to_numpy() for name in ("x0", "y0", "nx", "ny"))), flat.image.shape)
    for column, first, height, dead in chip.bad_columns:
        assert found[first : first + height, column].all(), f"the {'dead' if dead else 'hot'} column {column}"
    assert {dead for *_, dead in chip.bad_columns} == {True, False}
    assert found.mean() < 0.05
    rows = bench.owner.execute("select amplifier, gain, readnoise, nonlinearity from truth_detector").fetchall()
    truth = {amplifier: values for amplifier, *values in rows}
    measured = {row["amplifier"]: row for row in bench.product("photon_transfer").to_pylist()}
    assert measured.keys() == truth.keys() == {"A", "B"}
    for amplifier, (gain, read_noise, bent) in truth.items():
        row = measured[amplifier]
        assert abs(row["gain"] - gain) < 4 * row["gainErr"] < 0.035 * gain
        assert row["readNoise"] == pytest.approx(read_noise, rel=0.05)
        table = [node for node in bench.product("linearizer").to_pylist() if node["amplifier"] == amplifier]
        counts = np.array([node["counts"] for node in table])[1:]
        true = counts + bent * counts**2
        ratio = (counts + np.array([node["correction"] for node in table])[1:]) / true
        bright = counts > 2000
        assert np.abs(ratio[bright] / np.median(ratio[bright]) - 1).max() < 2e-3
