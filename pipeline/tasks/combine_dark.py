"""A master dark."""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from pipeline.errors import BadInput
from pipeline.products.combining import CombineConfig, combined, product
from pipeline.products.frames import open_frames
from pipeline.storage import File
from pipeline.task import Gather, Metric, Output, Result, Task

SHORT = 0.5
"""Part of the median dark time from which a frame counts."""


class CombineDark(Task):
    """Average the darks of a detector: dark current of each pixel (adu/s)."""

    name = "combine_dark"
    dimensions = ("instrument", "detector")
    Config = CombineConfig
    frames = Gather("dark_frame", "file", at_least=3)
    image = Output("dark", "image")

    nFrame = Metric("image", "", "Number of frames.")
    nShort = Metric("image", "", "Number of frames that were too short, and left out.")
    darkCurrent = Metric("image", "count/s", "Dark current (adu/s), median of the pixels.")

    def run(self, frames: Sequence[File]) -> Result:
        """Combine.

        Raises
        ------
        BadInput
            Raised if there are too few frames, they differ in size, or one has no time.
        """
        assert isinstance(self.config, CombineConfig)
        opened = open_frames(frames)
        times = [float(frame.facts.get("dark_time", frame.exp_time)) for frame in opened]
        for frame, time in zip(opened, times, strict=True):
            if not time > 0:
                raise BadInput(f"exposure {frame.facts['exposure']} is a dark of {time:g} s: leave it out")
        # All frames count alike, and the read noise of a short one is a large dark current.
        long = [time >= SHORT * np.median(times) for time in times]
        kept, shares = list(compress(opened, long)), list(compress(times, long))
        mean, variance = combined(kept, self.config, shares)
        metrics = {
            "nFrame": float(len(kept)),
            "nShort": float(len(opened) - len(kept)),
            "darkCurrent": float(np.nanmedian(mean)),
        }
        return Result({"image": product(opened[0], mean, variance, "adu/s")}, metrics)
