"""Crosstalk between the amplifiers of a detector."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pydantic import Field

from pipeline.pixels.mask import BAD, NO_DATA
from pipeline.pixels.products.crosstalk import measure_crosstalk
from pipeline.products.amplifiers import Region, regions
from pipeline.products.frames import Frame, open_frames
from pipeline.storage import File
from pipeline.task import Gather, Metric, Output, Result, Task, TaskConfig

SCHEMA = pa.schema([
    ("source", pa.string()), ("target", pa.string()), ("coefficient", pa.float64()), ("coefficientErr", pa.float64()),
    ("nPixel", pa.int64()),
])  # fmt: skip


class MeasureCrosstalkConfig(TaskConfig):
    """Which light counts."""

    threshold: float = Field(10000.0, gt=0, description="Counts above the sky (adu) from which a pixel is bright.")
    full_well: float = Field(0.9, gt=0, le=1, description="Part of the saturation up to which sources count.")


class MeasureCrosstalk(Task):
    """Measure what the amplifiers of a detector hear of each other, from frames with bright stars."""

    name = "measure_crosstalk"
    dimensions = ("instrument", "detector")
    Config = MeasureCrosstalkConfig
    frames = Gather("crosstalk_frame", "file", at_least=1)
    table = Output("crosstalk", "table")

    crosstalkMax = Metric("table", "", "Largest coefficient, whatever its sign.")
    crosstalkError = Metric("table", "", "Largest standard error of a coefficient.")

    def run(self, frames: Sequence[File]) -> Result:
        """Measure; coefficients that no source was bright enough for are left out of the table."""
        assert isinstance(self.config, MeasureCrosstalkConfig)
        opened = open_frames(frames)
        amplifiers = regions(opened[0].facts)
        saturation = self.config.full_well * np.array([one.saturation for one in amplifiers])
        found = measure_crosstalk([_stack(frame, amplifiers) for frame in opened], self.config.threshold, saturation)
        known = [(int(i), int(j)) for i, j in np.argwhere(np.isfinite(found.coefficient)) if i != j]
        rows = [
            {
                "source": amplifiers[j].name,
                "target": amplifiers[i].name,
                "coefficient": found.coefficient[i, j],
                "coefficientErr": found.error[i, j],
                "nPixel": int(found.n_pixels[i, j]),
            }
            for i, j in known
        ]
        metrics = {"crosstalkMax": max((abs(row["coefficient"]) for row in rows), default=0.0)}
        if rows:
            metrics["crosstalkError"] = max(row["coefficientErr"] for row in rows)
        return Result({"table": pa.Table.from_pylist(rows, schema=SCHEMA)}, metrics)


def _stack(frame: Frame, amplifiers: Sequence[Region]) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Give the amplifiers of a frame in the order of reading; what cannot be used is at the median."""
    pixels = frame.pixels(BAD | NO_DATA)
    pixels = np.where(np.isfinite(pixels), pixels, np.nanmedian(pixels))
    return np.array([one.of(pixels) for one in amplifiers])
