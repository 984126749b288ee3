"""Amplifiers of a detector, as the frames of products know them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import load_cameras
from ingest.cameras.raw_pixels import place
from pipeline.errors import BadInput


@dataclass(frozen=True)
class Region:
    """Pixels of one amplifier in the trimmed image.

    Attributes
    ----------
    where
        Rows and columns.
    flips
        Whether rows and columns run against the order in which they are read.
    saturation
        Counts above the overscan from which a pixel is saturated (adu); infinite where nobody knows.
    read_noise
        By the definition of the camera (adu); NaN where nobody knows.
    """

    name: str
    where: tuple[slice, slice]
    flips: tuple[bool, bool]
    saturation: float
    read_noise: float

    def of(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give its part of an image in the order of reading (a view)."""
        rows, columns = (slice(None, None, -1 if flip else 1) for flip in self.flips)
        return pixels[self.where][rows, columns]


def regions(facts: Mapping[str, Any]) -> list[Region]:
    """Give the amplifiers of the detector that the facts of an image name.

    Raises
    ------
    BadInput
        Raised if the camera's definition has none.
    """
    name, number = facts["instrument"], int(facts["detector"])
    camera = load_cameras().get(name)
    detector = camera.detector(number) if camera else None
    amplifiers = camera.amplifiers_of(detector) if camera and detector else ()
    if detector is None or not amplifiers:
        raise BadInput(f"{name} detector {number} has no amplifiers in the camera's definition: write them there")
    n = len(amplifiers)
    saturation = detector.saturation or (np.inf,) * n
    noise: Sequence[float] = np.divide(detector.read_noise or (np.nan,) * n, detector.gain or (np.nan,) * n).tolist()
    return [
        Region(one.name, *place(one), float(full), float(low))
        for one, full, low in zip(amplifiers, saturation, noise, strict=True)
    ]
