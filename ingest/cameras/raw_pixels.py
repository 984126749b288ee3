"""Pixels of raw frames, amplifier by amplifier."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from ingest.cameras.amplifiers import Amplifier, Section
from ingest.cameras.camera import Camera, Detector
from ingest.cameras.corrections.apply import correct
from ingest.cameras.corrections.correction import Correction, shipped_corrections
from ingest.cameras.errors import DamagedFile
from ingest.cameras.fitsfile import Hdu, read_hdus
from ingest.cameras.raw_geometry import amplifier_hdus, frames_of

Pixels = NDArray[Any]


@dataclass(frozen=True)
class RawAmplifier:
    """What one amplifier read, the pixel that it read first at [0, 0].

    Where the camera's definition does not tell the corner from which it reads, pixels are as in the detector's image.

    Attributes
    ----------
    name
        Name of the amplifier.
    data
        Pixels that see the sky (adu), as numbers of the file's own type in the byte order of the machine.
    horizontal_overscan, vertical_overscan, prescan
        Columns read after each row of the data, rows read after the last one, rows or columns read before the first;
        None where there are none.
    where
        Rows and columns of the data in the trimmed image.
    flips
        Whether rows and columns must be reversed to put the data there.
    """

    name: str
    data: Pixels
    horizontal_overscan: Pixels | None
    vertical_overscan: Pixels | None
    prescan: Pixels | None
    where: tuple[slice, slice]
    flips: tuple[bool, bool]

    def placed(self, pixels: Pixels) -> Pixels:
        """Turn pixels of the data's shape as the trimmed image has them (a view)."""
        return _flipped(pixels, self.flips)


def read_amplifiers(
    path: Path, part: str, camera: Camera, detector: Detector, corrections: Sequence[Correction] | None = None
) -> list[RawAmplifier]:
    """Read a raw frame, in the order of the detector's amplifiers.

    The header must agree with the definition, as it must when the file comes in.

    Parameters
    ----------
    part
        Name of the frame's HDU in a mosaic's file; '' where the file is one detector's.
    corrections
        What is known to be wrong in headers, as for `read_observations`; None: what is shipped.

    Raises
    ------
    BadExposureFile
        The file is damaged, or its header contradicts the camera.
    OSError
        The path cannot be read.
    """
    images: dict[str, Pixels] = {}
    read = []
    known = shipped_corrections() if corrections is None else corrections
    hdus, _ = correct(path, path.name, read_hdus(path), known)
    frames = dict(frames_of(path, camera, hdus))
    if part not in frames:
        raise DamagedFile(path, f"HDU {part}", "is missing")
    for amplifier, hdu in amplifier_hdus(path, camera, detector, frames[part]):
        if hdu.where not in images:
            images[hdu.where] = _pixels(path, hdu)
        read.append(_cut(amplifier, images[hdu.where]))
    return read


def place(amplifier: Amplifier) -> tuple[tuple[slice, slice], tuple[bool, bool]]:
    """Give rows and columns of an amplifier in the trimmed image, and whether they run against the order of reading."""
    corner = amplifier.read_from
    return _slices(amplifier.detector), ("upper" in corner, "right" in corner) if corner else (False, False)


def assembled(amplifiers: Sequence[RawAmplifier], detector: Detector) -> Pixels:
    """Put the data of all amplifiers together: the trimmed image (ny, nx), in the type of the first."""
    image = np.empty((detector.ny, detector.nx), amplifiers[0].data.dtype)
    for one in amplifiers:
        image[one.where] = one.placed(one.data)
    return image


def _pixels(path: Path, hdu: Hdu) -> Pixels:
    """Read the image of an HDU, decompressed and scaled."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = fits.CompImageHDU(bintable=hdu.fits).data if hdu.is_compressed else hdu.fits.data
    except Exception as error:  # each codec has errors of its own
        raise DamagedFile(path, hdu.where, "cannot be decoded") from error
    pixels = np.asarray(data)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _cut(amplifier: Amplifier, image: Pixels) -> RawAmplifier:
    """Cut the parts of an amplifier out of its image, and turn them as they were read."""
    box = amplifier.detector
    where, flips = place(amplifier)
    stored = (box.y[0] > box.y[1], box.x[0] > box.x[1])
    turn = (stored[0] != flips[0], stored[1] != flips[1])

    def part(section: Section | None) -> Pixels | None:
        return None if section is None else _flipped(image[_slices(section)], turn)

    return RawAmplifier(
        amplifier.name,
        _flipped(image[_slices(amplifier.data)], turn),
        part(amplifier.horizontal_overscan),
        part(amplifier.vertical_overscan),
        part(amplifier.prescan),
        where,
        flips,
    )


def _slices(section: Section) -> tuple[slice, slice]:
    """Give rows and columns, counted from 0."""
    (x1, x2), (y1, y2) = sorted(section.x), sorted(section.y)
    return slice(y1 - 1, y2), slice(x1 - 1, x2)


def _flipped(pixels: Pixels, flips: tuple[bool, bool]) -> Pixels:
    return pixels[:: -1 if flips[0] else 1, :: -1 if flips[1] else 1]
