"""A master flat."""

import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from pipeline.errors import BadInput
from pipeline.pixels.products.combine import LEAST_FRAMES
from pipeline.pixels.products.defects import blind
from pipeline.products.combining import CombineConfig, combined, product
from pipeline.products.frames import Frame, open_frames
from pipeline.storage import File
from pipeline.task import Gather, Metric, Output, Result, Task


class CombineFlatConfig(CombineConfig):
    """How flats are combined, and which."""

    least: float = Field(10000.0, gt=0, description="Least median of a flat that is worth its noise, in its own unit.")
    most: float = Field(60000.0, gt=0, description="Largest median of a flat without saturated pixels.")


class CombineFlat(Task):
    """Average the flats of a detector in a filter, each divided by its own median: response, 1 on the average.

    Differences between detectors stay: the zero point, which each detector image has of its own, takes them.
    Pixels that see next to nothing have no data: divided by them an image would be noise.
    """

    name = "combine_flat"
    dimensions = ("instrument", "detector", "physical_filter")
    Config = CombineFlatConfig
    frames = Gather("flat_frame", "file", at_least=3)
    image = Output("flat", "image")

    nFrame = Metric("image", "", "Number of frames.")
    noise = Metric("image", "", "Noise of a pixel relative to its response, median.")

    def run(self, frames: Sequence[File]) -> Result:
        """Combine.

        Raises
        ------
        BadInput
            Raised if too few frames have light enough, or they differ in size.
        """
        assert isinstance(self.config, CombineFlatConfig)
        lit = [(frame, _level(frame)) for frame in open_frames(frames)]
        usable = [(frame, level) for frame, level in lit if self.config.least <= level <= self.config.most]
        if len(usable) < LEAST_FRAMES:
            between = f"{self.config.least:g} and {self.config.most:g} {lit[0][0].unit}"
            raise BadInput(f"{len(usable)} of {len(lit)} flats are between {between}: change the limits or take others")
        opened, levels = zip(*usable, strict=True)
        mean, variance = combined(opened, self.config, levels)
        mean[blind(mean)] = np.nan
        scale = np.float32(np.nanmean(mean))
        mean, variance = mean / scale, variance / scale**2
        metrics = {"nFrame": float(len(opened)), "noise": float(np.sqrt(np.nanmedian(variance)))}
        return Result({"image": product(opened[0], mean, variance, "", "physical_filter")}, metrics)


def _level(frame: Frame) -> float:
    """Give the median of a flat; infinite where all of it is saturated."""
    pixels = frame.pixels()
    known = pixels[np.isfinite(pixels)]
    return float(np.median(known)) if known.size else math.inf
