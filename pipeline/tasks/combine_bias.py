"""A master bias."""

from collections.abc import Sequence

import numpy as np

from pipeline.products.combining import CombineConfig, combined, product
from pipeline.products.frames import open_frames
from pipeline.storage import File
from pipeline.task import Gather, Metric, Output, Result, Task


class CombineBias(Task):
    """Average the biases of a detector: the structure that overscans do not tell (adu)."""

    name = "combine_bias"
    dimensions = ("instrument", "detector")
    Config = CombineConfig
    frames = Gather("bias_frame", "file", at_least=3)
    image = Output("bias", "image")

    nFrame = Metric("image", "", "Number of frames.")
    structure = Metric("image", "count", "Scatter of the pixels (adu), robust: fixed pattern and noise.")
    noise = Metric("image", "count", "Noise of a pixel (adu), median.")

    def run(self, frames: Sequence[File]) -> Result:
        """Combine.

        Raises
        ------
        BadInput
            Raised if there are too few frames, or they differ in size.
        """
        assert isinstance(self.config, CombineConfig)
        opened = open_frames(frames)
        mean, variance = combined(opened, self.config)
        low, high = np.nanpercentile(mean, [15.865, 84.135])
        metrics = {
            "nFrame": float(len(opened)),
            "structure": float(high - low) / 2,
            "noise": float(np.sqrt(np.nanmedian(variance))),
        }
        return Result({"image": product(opened[0], mean, variance, "adu")}, metrics)
