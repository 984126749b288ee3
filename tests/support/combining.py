"""Toy tasks that gather, and a toy camera with biases and flats."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.errors import NoWork
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.task import Calibration, Gather, Input, Output, Result, Task, TaskConfig
from schema.ledger.collections import add_members, find, make_run
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.store import Store
from tests.support.ledgers import register_toy_camera

# The number of an exposure says nothing about when it was taken; 2 stands before 10 only as a number.
EXPOSURES = """
insert into registry.physical_filter values ('Toy', 'r', 'r') on conflict do nothing;
insert into registry.visit
select 'Toy', n, 'r', 20200102 from unnest(array[2, 9, 10, 20]) n;
insert into registry.exposure (
  instrument, exposure, visit, physical_filter, day_obs, obs_start_mjd_tai, exp_time, observation_type)
values ('Toy', 2, 2, null, 20200102, 58852.0, 0, 'bias'), ('Toy', 9, 9, null, 20200102, 58851.0, 0, 'bias'),
       ('Toy', 10, 10, null, 20200102, 58850.0, 0, 'bias'), ('Toy', 20, 20, 'r', 20200102, 58853.0, 1, 'flat')"""


class FrameConfig(TaskConfig):
    """What to do to whom."""

    do_bias: bool = False
    idle: int = -1  # exposure with nothing to do
    offset: int = 0


class BiasFrame(Task):
    """Give the number in a raw file of a bias."""

    name = "toy_bias_frame"
    dimensions = ("instrument", "exposure", "detector")
    Config = FrameConfig
    raw = Input("raw_image", "file", observation_type="bias")
    bias = Calibration("toy_bias", "file", when="do_bias")
    frame = Output("toy_bias_frame", "table")

    def run(self, raw: Any, bias: Any = None) -> Result:
        assert isinstance(self.config, FrameConfig)
        text = raw.path.read_text()
        if int(text.split()[-2]) == self.config.idle:
            raise NoWork("nothing in it")
        level = 0 if bias is None else int(bias.path.read_text())
        return Result({"frame": pa.table({"n": [int(text.split()[-2]) - level + self.config.offset]})})


class FlatFrame(BiasFrame):
    """Give the number in a raw file of a flat, from which no bias is taken."""

    name = "toy_flat_frame"
    raw = Input("raw_image", "file", observation_type="flat")
    bias = None  # type: ignore[assignment]
    frame = Output("toy_flat_frame", "table")


class Combine(Task):
    """List the numbers of all biases of a detector."""

    name = "toy_combine"
    dimensions = ("instrument", "detector")
    frames = Gather("toy_bias_frame", "table", at_least=2)
    table = Output("toy_combined", "table")

    def run(self, frames: Sequence[pa.Table]) -> Result:
        return Result({"table": pa.concat_tables(frames)})


class MaskedFrame(Task):
    """Give the number in a raw file of a bias that has a mask, which is the frame of an earlier run."""

    name = "toy_masked_frame"
    dimensions = ("instrument", "exposure", "detector")
    raw = Input("raw_image", "file", observation_type="bias")
    mask = Input("toy_bias_frame", "table")
    frame = Output("toy_masked_frame", "table")

    def run(self, raw: Any, mask: pa.Table) -> Result:
        return Result({"frame": mask})


class CombineMasked(Combine):
    """List the numbers of all masked biases of a detector."""

    name = "toy_combine_masked"
    frames = Gather("toy_masked_frame", "table", at_least=2)
    table = Output("toy_combined_masked", "table")


class CombineRaws(Task):
    """List the names of all raw biases of a night, after their own bias."""

    name = "toy_combine_raws"
    dimensions = ("instrument", "detector", "day_obs")
    raws = Gather("raw_image", "file", observation_type="bias")
    bias = Calibration("toy_bias", "file", optional=True)
    table = Output("toy_combined_raws", "table")

    def run(self, raws: Sequence[Any], bias: Any) -> Result:
        levels = [] if bias is None else [bias.path.read_text()]
        return Result({"table": pa.table({"name": [*levels, *(raw.name for raw in raws)]})})


class CombineFlats(Task):
    """List the numbers of all flats of a filter."""

    name = "toy_combine_flats"
    dimensions = ("instrument", "detector", "physical_filter")
    flats = Gather("toy_flat_frame", "table")
    table = Output("toy_combined_flats", "table")

    def run(self, flats: Sequence[pa.Table]) -> Result:
        return Result({"table": pa.concat_tables(flats)})


class Spread(Task):
    """Count what was combined, and what of it is there."""

    name = "toy_spread"
    dimensions = ("instrument", "detector")
    combined = Input("toy_combined", "table")
    frames = Gather("toy_bias_frame", "table", at_least=0)
    table = Output("toy_spread", "table")

    def run(self, combined: pa.Table, frames: Sequence[pa.Table]) -> Result:
        return Result({"table": pa.table({"n": [len(combined), len(frames)]})})


def register_biases(owner: Connection[Any], using: Settings, folder: Path) -> None:
    """Register two detectors with a science exposure, biases 2, 9 and 10 taken in the opposite order, and a flat."""
    register_toy_camera(owner, using, 2, folder)
    owner.execute(EXPOSURES.encode())
    for exposure in (20, 10, 9, 2):
        for detector in (0, 1):
            add_raw(owner, using, folder, exposure, detector, f"{exposure} {detector}")


def add_raw(owner: Connection[Any], using: Settings, folder: Path, exposure: int, detector: int, text: str) -> int:
    """Register a raw file, in place of one that is there; give the dataset."""
    path = folder / f"{exposure}_{detector}.txt"
    path.write_text(text)
    stored = Store(using.store_root).take_in(path)
    data_id = {"instrument": "Toy", "exposure": exposure, "detector": detector}
    file = ExternalFile("raw_image", data_id, stored.file_digest, stored, path.name)
    (found,) = register_external(owner, [file], "file")
    add_members(owner, make_run(owner, "Toy/raw", "ingest", bytes(32), ""), [found.dataset_id], "ingested")
    return found.dataset_id


def raw_of(owner: Connection[Any], exposure: int, detector: int) -> int:
    """Give a raw file."""
    row = owner.execute(
        "select dataset_id from dataset where dataset_type = 'raw_image' and exposure = %s and detector = %s",
        [exposure, detector],
    ).fetchone()
    assert row is not None
    return int(row[0])


def plan_combined(
    owner: Connection[Any],
    *tasks: str,
    inputs: Sequence[str] = ("Toy/raw",),
    chosen: Sequence[int] | None = None,
    **config: Any,
) -> Plan:
    """Plan tasks one after the other; `config` is of the first."""
    chosen_config = {name: config if name == tasks[0] else {} for name in tasks}
    pipeline = Pipeline(name="combine", description="Toys.", tasks=chosen_config)
    return plan(owner, pipeline, find(owner, list(inputs)), chosen)
