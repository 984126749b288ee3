"""What a layout is given, and how it reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from ingest.cameras.observation import Observation
from ingest.cameras.wcs import read_wcs
from pipeline.errors import BadInput, NoWork
from pipeline.image import native
from pipeline.pixels.exposure import Exposure
from pipeline.storage import File


@dataclass(frozen=True)
class Source:
    """The files of one detector image.

    Attributes
    ----------
    observation
        What ingest says of the image.
    header, primary
        Header of the image's HDU, and the primary one; often the same.
    raw, quality, weight
        The files of image, mask and weight; None where there is none.
    """

    observation: Observation
    header: fits.Header
    primary: fits.Header
    raw: File
    quality: File | None
    weight: File | None


Layout = Callable[[Source], Exposure]
"""Reads the files of an image; raises `BadInput` where one is missing, `BadImage` where the pixels cannot be right."""


def read_headers(file: File) -> tuple[fits.Header, fits.Header]:
    """Read the header of a file's image, and the primary header."""
    with fits.open(file.path, memmap=False) as hdus:
        return image_hdu(hdus, file.part).header.copy(), hdus[0].header.copy()


def read_pixels(file: File) -> NDArray[Any]:
    """Read the pixels of a file's image."""
    with fits.open(file.path, memmap=False) as hdus:
        return native(image_hdu(hdus, file.part).data)


def image_hdu(hdus: fits.HDUList, part: str) -> Any:
    """Find the HDU by its name; without one it is the first, or the second where compression left the first empty."""
    if part:
        return hdus[part]
    return hdus[0] if hdus[0].header["NAXIS"] else hdus[1]


def read_celestial(source: Source) -> WCS:
    """Read the WCS of an image.

    Raises
    ------
    NoWork
        Raised if nobody has solved the image yet: cameras whose frames may come so are none the worse for it.
    """
    name = source.raw.name
    if source.observation.wcs == "none":
        raise NoWork(f"{name} has no WCS: solve it and ingest the solved file")
    return read_wcs(source.header, Path(name), source.raw.part)


def needed(file: File | None, what: str) -> NDArray[Any]:
    """Read the pixels of a mask or weight that the layout cannot do without.

    Raises
    ------
    BadInput
        Raised if it was not ingested.
    """
    if file is None:
        raise BadInput(f"the image needs its {what}: ingest it too")
    return np.asarray(read_pixels(file))
