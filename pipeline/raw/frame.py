"""A raw frame: what it is, where it looks, and the pixels of its amplifiers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from astropy.wcs import WCS

from ingest.cameras.camera import Camera, Detector, load_cameras
from ingest.cameras.corrections.correction import recorded
from ingest.cameras.errors import BadExposureFile
from ingest.cameras.initial_wcs import UnknownPlace, initial_wcs
from ingest.cameras.observation import Observation
from ingest.cameras.raw_pixels import RawAmplifier, read_amplifiers
from ingest.cameras.read import read_observations
from pipeline.errors import BadInput
from pipeline.storage import File


@dataclass(frozen=True)
class RawFrame:
    """A raw frame of one detector.

    Attributes
    ----------
    name
        Name of the file as it came.
    amplifiers
        Their pixels, in the order of the camera's definition.
    """

    name: str
    observation: Observation
    camera: Camera
    detector: Detector
    amplifiers: Sequence[RawAmplifier]

    @property
    def amplifier_names(self) -> list[str]:
        """Give the names of the amplifiers in their order."""
        return [one.name for one in self.amplifiers]

    @property
    def dark_time(self) -> float:
        """Time in which dark current came together (s): that of the exposure where the header has no other."""
        told = self.observation.dark_time
        return told if math.isfinite(told) else self.observation.exp_time

    def wcs(self) -> WCS:
        """Give where the trimmed image looks by its boresight; pixels alone where nobody knows, or no sky was seen."""
        one = self.observation
        if one.observation_type in ("bias", "dark", "flat"):
            return WCS(naxis=2)
        try:
            return initial_wcs(self.camera, self.detector, one.ra, one.dec, one.sky_rotation)
        except UnknownPlace:
            return WCS(naxis=2)


def read_frame(file: File) -> RawFrame:
    """Read a raw frame.

    Raises
    ------
    BadInput
        The file contradicts the definition of its camera, which may have changed since the file came.
    """
    try:
        observations = read_observations(file.path, file.name, recorded(file.correction))
        observation = next((found for found in observations if found.part == file.part), None)
        if observation is None:
            where = f"its HDU {file.part}" if file.part else "the whole file"
            raise BadInput(f"{file.name}: the camera's definition finds no frame in {where} any more; ingest it again")
        camera = load_cameras()[observation.instrument]
        detector = camera.detector(observation.detector)
        assert detector is not None  # the reader looked it up
        amplifiers = read_amplifiers(file.path, file.part, camera, detector, recorded(file.correction))
    except BadExposureFile as error:
        said = str(error)
        raise BadInput(said if said.startswith(file.name) else f"{file.name}: {said}") from error
    return RawFrame(file.name, observation, camera, detector, amplifiers)
