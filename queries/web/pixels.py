"""Pixels of FITS images: what a picture needs of a file of any camera."""

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from queries.errors import NoPicture

# Planes of the pixel mask as our own files cut them to the eight characters of a FITS keyword.
PLANES = ("BAD", "SAT", "INTRP", "CR", "EDGE", "DETECTED", "SUSPECT", "NO_DATA")
PSF = "PSF_COEFFICIENTS"
MOST = 200_000_000  # pixels of an image that is drawn: some 3 GB on the way; a header can promise any number
# Filters of the four pixels of a cell, as raw frames of colour cameras name them.
BAYER = {"RGGB", "BGGR", "GRBG", "GBRG"}


@dataclass(frozen=True)
class Pixels:
    """An image with its mask; row 0 is the lowest.

    Parameters
    ----------
    image
        Shape (ny, nx).
    mask
        Bits per pixel, shape (ny, nx), None where the file has none.
    planes
        Name of a plane of the mask to its bit, counted from 0.
    bayer
        Whether neighbouring pixels see different colours.
    """

    image: NDArray[Any]
    mask: NDArray[Any] | None = None
    planes: Mapping[str, int] = field(default_factory=dict)
    bayer: bool = False


@dataclass(frozen=True)
class Contents:
    """What a file holds, from its headers alone.

    Parameters
    ----------
    shape
        Rows and columns of its image, None where it has none.
    planes
        Names of the planes of its mask.
    psf
        Whether it has a PSF model.
    """

    shape: tuple[int, int] | None
    planes: tuple[str, ...] = ()
    psf: bool = False


@lru_cache(maxsize=1024)  # a stored file never changes
def contents(path: Path, part: str) -> Contents:
    """Tell what a FITS file holds.

    Raises
    ------
    NoPicture
        Raised if it cannot be read.
    """
    with _opened(path) as hdus:
        try:
            image, _, planes = _find(hdus, path, part)
        except NoPicture:
            return Contents(None)
        return Contents(tuple(image.shape), tuple(sorted(planes, key=lambda plane: planes[plane])), PSF in hdus)


def read_pixels(path: Path, part: str) -> Pixels:
    """Read the image of a file.

    The image is the HDU `part`, else the HDU IMAGE, else the first HDU with two axes. The mask is the first HDU whose
    header names planes (`MP_…`), as LSST's files and our own do.

    Raises
    ------
    NoPicture
        Raised if there is none, or the file is damaged.
    """
    with _opened(path) as hdus:
        image, mask, planes = _find(hdus, path, part)
        if math.prod(image.shape) > MOST:
            raise NoPicture(path.name, f"has more than {MOST:,} pixels")
        bayer = str(image.header.get("FILTER", "")).strip() in BAYER
        return Pixels(_native(image.data), None if mask is None else _native(mask.data), planes, bayer)


@contextmanager
def _opened(path: Path) -> Iterator[fits.HDUList]:
    """Open a file; whatever goes wrong with it is one sentence."""
    with warnings.catch_warnings():
        # What is wrong with a header was said at ingest; the pixels are still to be seen.
        warnings.simplefilter("ignore")
        try:
            with fits.open(path, memmap=False) as hdus:
                yield hdus
        except (OSError, EOFError, MemoryError, TypeError, ValueError, KeyError, IndexError) as error:
            raise NoPicture(path.name, "is no FITS file that can be read") from error


def _find(hdus: fits.HDUList, path: Path, part: str) -> tuple[Any, Any, dict[str, int]]:
    """Give the HDU of the image, that of its mask or None, and the bits of the mask's planes."""
    images = [hdu for hdu in hdus if hdu.is_image and len(hdu.shape) == 2 and min(hdu.shape) > 0]
    named = [hdu for wanted in (part, "IMAGE") for hdu in images if wanted and hdu.name.upper() == wanted.upper()]
    if not images or (part and not named):
        raise NoPicture(path.name, f"has no image{f' called {part}' if part else ''}")
    chosen = (named or images)[0]
    for hdu in images:
        planes = _planes(hdu.header)
        if planes and hdu is not chosen and hdu.shape == chosen.shape:
            return chosen, hdu, planes
    return chosen, None, {}


def read_psf(path: Path) -> NDArray[np.float64] | None:
    """Read the PSF at the center of an image, shape (n, n) with n odd, step 1 pixel; None where the file has none.

    The model is a sum of grids, each times a term of a polynomial in the position that vanishes at the center of the
    image, but for the first: that one is the PSF there.

    Raises
    ------
    NoPicture
        Raised if the file is damaged.
    """
    with _opened(path) as hdus:
        if PSF not in hdus:
            return None
        if math.prod(hdus[PSF].shape) > MOST:
            raise NoPicture(path.name, f"has a PSF of more than {MOST:,} numbers")
        grids = np.asarray(hdus[PSF].data, dtype=np.float64)
    return grids[0] if grids.ndim == 3 else None


def _planes(header: fits.Header) -> dict[str, int]:
    """Give the bits of the planes that a mask has room for; an HDU of floating point numbers is no mask."""
    bits = {_plane(key): header[key] for key in header if key.startswith("MP_")}
    return {plane: bit for plane, bit in bits.items() if isinstance(bit, int) and 0 <= bit < header["BITPIX"]}


def _plane(keyword: str) -> str:
    """Give the whole name of a plane."""
    name = keyword.removeprefix("MP_")
    return next((plane for plane in PLANES if len(name) == 5 and plane.startswith(name)), name)


def _native(array: NDArray[Any]) -> NDArray[Any]:
    """Give an array in the byte order of this machine; FITS is big-endian."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
