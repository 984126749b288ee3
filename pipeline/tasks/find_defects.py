"""A list of defects."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from pipeline.image import Image
from pipeline.pixels.mask import UNUSABLE
from pipeline.pixels.products.defects import boxes, find_dead, find_hot, paint
from pipeline.products.amplifiers import Region, regions
from pipeline.task import Gather, Input, Metric, Output, Result, Task, TaskConfig

SCHEMA = pa.schema([(name, pa.int32()) for name in ("x0", "y0", "nx", "ny")] + [("plane", pa.string())])


class FindDefectsConfig(TaskConfig):
    """What counts as a defect."""

    tolerance: float = Field(0.2, gt=0, lt=1, description="Largest deviation of the response from its neighbourhood.")
    exp_time: float = Field(30.0, gt=0, description="Exposure time (s) to which dark current adds up.")
    n_sigma: float = Field(5.0, gt=0, description="Read noises that dark current may add.")
    read_noise: float = Field(5.0, gt=0, description="Read noise (adu) where the camera's definition has none.")


class FindDefects(Task):
    """Find pixels that shine by themselves, and, where there are flats, such as see too little or too much light."""

    name = "find_defects"
    dimensions = ("instrument", "detector")
    Config = FindDefectsConfig
    dark = Input("dark", "image")
    flats = Gather("flat", "image", at_least=0)
    table = Output("defects", "table")

    defectFraction = Metric("table", "", "Fraction of the pixels that are defects.")
    nFlat = Metric("table", "", "Number of flats that were looked at: without any no dead pixel is known.")

    def run(self, dark: Image, flats: Sequence[Image]) -> Result:
        """Find them."""
        assert isinstance(self.config, FindDefectsConfig)
        config = self.config
        amplifiers = regions(dark.facts)
        noise = _read_noise(amplifiers, dark.exposure.image.shape, config.read_noise)
        bad = find_hot(_known(dark), config.exp_time, noise, config.n_sigma)
        for flat in flats:
            bad |= find_dead(_known(flat), config.tolerance)
        found = boxes(bad, [one.where for one in amplifiers])
        columns = {name: getattr(found, name) for name in ("x0", "y0", "nx", "ny")}
        table = pa.table({**columns, "plane": ["BAD"] * len(found.x0)}, schema=SCHEMA)
        fraction = float(paint(found, bad.shape).mean())
        return Result({"table": table}, {"defectFraction": fraction, "nFlat": float(len(flats))})


def _read_noise(amplifiers: Sequence[Region], shape: tuple[int, ...], unknown: float) -> NDArray[np.float32]:
    """Give the read noise of each pixel (adu); `unknown` where its amplifier's is not known."""
    noise = np.full(shape, unknown, np.float32)
    for one in amplifiers:
        if np.isfinite(one.read_noise):
            noise[one.where] = one.read_noise
    return noise


def _known(image: Image) -> NDArray[np.float32]:
    """Give pixels, NaN where the mask tells that nothing is known."""
    return np.where((image.exposure.mask & UNUSABLE) != 0, np.float32(np.nan), image.exposure.image)
