"""Frames that a product is made of, read some rows at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from pipeline.errors import BadInput
from pipeline.image import facts_in
from pipeline.pixels.mask import UNUSABLE
from pipeline.storage import File
from schema.image_digest import native


@dataclass(frozen=True)
class Frame:
    """What an image file says of itself; its pixels are read when they are needed.

    Attributes
    ----------
    facts
        What travels with an image: see `pipeline.image.FACTS`.
    exp_time
        Exposure time (s).
    unit
        Unit of the pixels.
    shape
        Rows and columns.
    """

    path: Path
    facts: dict[str, Any]
    exp_time: float
    unit: str
    shape: tuple[int, int]

    def rows(self, start: int, stop: int, without: int = UNUSABLE) -> NDArray[np.float32]:
        """Read some rows, shape (stop - start, nx); pixels of any of the mask planes `without` are NaN."""
        with fits.open(self.path) as hdus:
            pixels: NDArray[np.float32] = native(hdus["IMAGE"].section[start:stop])
            mask = native(hdus["MASK"].section[start:stop])
        pixels[(mask & without) != 0] = np.nan
        return pixels

    def pixels(self, without: int = UNUSABLE) -> NDArray[np.float32]:
        """Read all rows."""
        return self.rows(0, self.shape[0], without)


def open_frames(files: Sequence[File]) -> list[Frame]:
    """Read the headers of image files.

    Raises
    ------
    BadInput
        Raised if they differ in size.
    """
    frames = [_open(file.path) for file in files]
    sizes = sorted({f"{frame.shape[1]} x {frame.shape[0]}" for frame in frames})
    if len(sizes) > 1:
        raise BadInput(f"the frames have {' and '.join(sizes)} pixels: choose those of one readout mode")
    return frames


def _open(path: Path) -> Frame:
    with fits.open(path) as hdus:
        header, image = hdus[0].header, hdus["IMAGE"]
        ny, nx = image.shape
        return Frame(
            path, facts_in(header), float(header.get("EXPTIME", math.nan)), header["BUNIT"], (int(ny), int(nx))
        )
