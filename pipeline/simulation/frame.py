"""One frame: an exposure on a detector, from the sky to the raw image."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.charge import collect
from pipeline.simulation.chip import Chip, make_chip
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.readout import read_out
from pipeline.simulation.scene import Scene, science_scene
from pipeline.simulation.sky import Objects, make_sky


@dataclass(frozen=True)
class Frame:
    """What a detector gave of an exposure.

    Attributes
    ----------
    raw
        Images by the name of their HDU, (ny, nx) of the camera's layout each.
    scene
        What fell on it; None of calibrations.
    """

    raw: dict[str, NDArray[np.uint16]]
    scene: Scene | None


class Telescope:
    """Makes frames of a survey, each alone and in any order."""

    def __init__(self, config: SurveyConfig, camera: Camera) -> None:
        self.config, self.camera = config, camera
        self._chip: tuple[int, Chip] | None = None

    @cached_property
    def sky(self) -> Objects:
        """Give the true sky."""
        return make_sky(self.config)

    def chip(self, detector: Detector) -> Chip:
        """Give a detector as it is; only the last one is kept, as each takes some 100 MB."""
        if self._chip is None or self._chip[0] != detector.number:
            self._chip = detector.number, make_chip(self.config.seed, self.config.effects, self.camera, detector)
        return self._chip[1]

    def take(self, exposure: Exposure, detector: Detector) -> Frame:
        """Make the frame of an exposure on a detector."""
        chip = self.chip(detector)
        science = exposure.observation_type == "science"
        scene = science_scene(self.config, self.camera, detector, exposure, self.sky) if science else None
        light = scene.electrons if scene else exposure.level
        return Frame(read_out(chip, exposure.number, collect(chip, exposure, light)), scene)
