"""A list of defects."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pydantic import Field

from pipeline.image import Image
from pipeline.pixels.mask import UNUSABLE
from pipeline.pixels.products.defects import boxes, find_dead, find_hot, paint
from pipeline.task import Gather, Input, Metric, Output, Result, Task, TaskConfig

SCHEMA = pa.schema([(name, pa.int32()) for name in ("x0", "y0", "nx", "ny")] + [("plane", pa.string())])


class FindDefectsConfig(TaskConfig):
    """What counts as a defect."""

    tolerance: float = Field(0.2, gt=0, lt=1, description="Largest deviation of the response from its neighbourhood.")
    exp_time: float = Field(30.0, gt=0, description="Exposure time (s) to which dark current adds up.")
    n_sigma: float = Field(5.0, gt=0, description="Read noises that dark current may add.")
    read_noise: float = Field(5.0, gt=0, description="Read noise (adu).")


class FindDefects(Task):
    """Find pixels that see too little or too much light, and such as shine by themselves."""

    name = "find_defects"
    dimensions = ("instrument", "detector")
    Config = FindDefectsConfig
    dark = Input("dark", "image")
    flats = Gather("flat", "image", at_least=0)
    table = Output("defects", "table")

    defectFraction = Metric("table", "", "Fraction of the pixels that are defects.")

    def run(self, dark: Image, flats: Sequence[Image]) -> Result:
        """Find them."""
        assert isinstance(self.config, FindDefectsConfig)
        config = self.config
        bad = find_hot(_known(dark), config.exp_time, config.read_noise, config.n_sigma)
        for flat in flats:
            bad |= find_dead(_known(flat), config.tolerance)
        found = boxes(bad)
        columns = {name: getattr(found, name) for name in ("x0", "y0", "nx", "ny")}
        table = pa.table({**columns, "plane": ["BAD"] * len(found.x0)}, schema=SCHEMA)
        return Result({"table": table}, {"defectFraction": float(paint(found, bad.shape).mean())})


def _known(image: Image) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Give pixels, NaN where the mask tells that nothing is known."""
    return np.where((image.exposure.mask & UNUSABLE) != 0, np.float32(np.nan), image.exposure.image)
