"""Parts of images: a box of pixels with everything that lies on them, and a WCS that fits."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from queries.errors import BadPart

REFERENCE = re.compile(r"CRPIX([12])([A-Z]?)")
SECTION = re.compile(r"\[-?\d+:-?\d+,\s*-?\d+:-?\d+\]")  # DATASEC and its kin speak of the whole image
ANCHOR = ("CTYPE1", "CTYPE2", "CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2")  # tells the WCS of one CCD from another's
IDLE = ("CHECKSUM", "DATASUM")


@dataclass(frozen=True)
class PixelBox:
    """Pixels x0 to x1 and y0 to y1, counted from 0; the ends are excluded."""

    x0: int
    x1: int
    y0: int
    y1: int


@dataclass(frozen=True)
class SkyBox:
    """A box around a position, its sides along the pixels; ICRS degrees."""

    ra: float
    dec: float
    width: float
    height: float


Box = PixelBox | SkyBox


def read_box(text: str) -> Box:
    """Read a box: `100:200,300:400` are pixels of x and y from 0, `186.74,25.46,0.01[,0.02]` position and sizes [deg].

    Raises
    ------
    BadPart
        Raised if it is neither.
    """
    number = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
    if found := re.fullmatch(r"(\d+):(\d+),(\d+):(\d+)", text.replace(" ", "")):
        return PixelBox(*map(int, found.groups()))
    if re.fullmatch(rf"{number}(,{number}){{2,3}}", text.replace(" ", "")):
        ra, dec, *sizes = map(float, text.split(","))
        if abs(dec) <= 90 and min(sizes) > 0:
            return SkyBox(ra, dec, sizes[0], sizes[-1])
    raise BadPart("the image", f"{text!r} is no box: write x0:x1,y0:y1 in pixels from 0, or ra,dec,size in degrees")


def cut(path: Path, part: str, box: Box) -> fits.HDUList:
    """Cut a box out of an image file; of compressed images only the tiles are read that it touches.

    Every plane on the same pixels is cut in the same way: mask, variance, footprints. What has no pixels of the image
    (PSF, tables) is given whole. `LTV1` and `LTV2` say where the box lay: pixel in the box = pixel in the image + LTV.

    Parameters
    ----------
    part
        HDU of the image, where the dataset is one HDU of its file: only that one is given.

    Raises
    ------
    BadPart
        Raised if there is no image, or the box does not touch it.
    """
    with _opened(path) as hdus:
        image = _image(hdus, path.name, part)
        pixels = _inside(box, image, path.name)
        chosen = list(hdus) if not part else [image] if image is hdus[0] else [hdus[0], image]
        planes = [_cut_plane(hdu, pixels) if _is_like(hdu, image) else hdu.copy() for hdu in chosen]
        if not isinstance(planes[0], fits.PrimaryHDU):
            planes.insert(0, fits.PrimaryHDU())
        return fits.HDUList(planes)


@contextmanager
def _opened(path: Path) -> Iterator[fits.HDUList]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with a header was said at ingest
        with fits.open(path, memmap=False, lazy_load_hdus=True) as hdus:
            yield hdus


def _image(hdus: fits.HDUList, name: str, part: str) -> fits.ImageHDU:
    """Give the HDU `part`, else IMAGE, else the first with two axes."""
    images = [hdu for hdu in hdus if hdu.is_image and len(hdu.shape) == 2]
    named = [hdu for wanted in (part, "IMAGE") for hdu in images if wanted and hdu.name.upper() == wanted.upper()]
    if not images or (part and not named):
        raise BadPart(name, f"it has no image{f' called {part}' if part else ''}")
    return (named or images)[0]


def _is_like(hdu: fits.ImageHDU, image: fits.ImageHDU) -> bool:
    """Tell whether a plane has the pixels of the image: not the next CCD of a mosaic, which has a WCS of its own."""
    if hdu is image:
        return True
    if not hdu.is_image or hdu.shape != image.shape:
        return False
    return "CRVAL1" not in hdu.header or all(hdu.header.get(name) == image.header.get(name) for name in ANCHOR)


def _inside(box: Box, image: fits.ImageHDU, name: str) -> PixelBox:
    """Give the pixels of a box that the image has."""
    ny, nx = image.shape
    asked = _pixels(box, WCS(image.header), name) if isinstance(box, SkyBox) else box
    found = PixelBox(max(asked.x0, 0), min(asked.x1, nx), max(asked.y0, 0), min(asked.y1, ny))
    if found.x0 >= found.x1 or found.y0 >= found.y1:
        raise BadPart(name, f"the box does not touch the image, which has {nx} x {ny} pixels")
    return found


def _pixels(box: SkyBox, wcs: WCS, name: str) -> PixelBox:
    """Give the pixels that cover a box on the sky."""
    if not wcs.has_celestial:
        raise BadPart(name, "it has no celestial WCS: give the box in pixels")
    half = box.width / 2 / max(np.cos(np.radians(box.dec)), 1e-6)
    ra = box.ra + half * np.array([-1, 1, 1, -1, 0])
    dec = box.dec + box.height / 2 * np.array([-1, -1, 1, 1, 0])
    sky = ra, np.clip(dec, -90, 90)
    x, y = np.where(
        _far(wcs, sky), wcs.celestial.wcs_world2pix(*sky, 0), wcs.celestial.all_world2pix(*sky, 0, quiet=True)
    )
    seen = np.isfinite(x) & np.isfinite(y)
    if not seen.any():  # on the other side of the sky
        raise BadPart(name, "the box does not touch the image")
    x, y = x[seen], y[seen]
    # A pixel reaches half a pixel to either side of its center.
    return PixelBox(*(int(edge) for axis in (x, y) for edge in (np.floor(axis.min() + 0.5), np.ceil(axis.max() + 0.5))))


def _far(wcs: WCS, sky: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Tell which positions lie so far outside that distortions, which are fitted to the image, do not converge."""
    pixels = np.array(wcs.celestial.wcs_world2pix(*sky, 0)).T
    size = np.array(wcs.celestial.pixel_shape)
    return np.asarray(((pixels < -size) | (pixels > 2 * size)).any(axis=1))


def _cut_plane(hdu: fits.ImageHDU, box: PixelBox) -> fits.ImageHDU:
    """Cut one plane; the reference pixel moves with the origin."""
    data: NDArray[np.generic] = np.ascontiguousarray(hdu.section[box.y0 : box.y1, box.x0 : box.x1])
    header = hdu.header.copy(strip=True)
    for keyword in list(header):
        value = header[keyword]
        if keyword in IDLE or (isinstance(value, str) and SECTION.fullmatch(value.strip())):
            del header[keyword]
        elif found := REFERENCE.fullmatch(keyword):
            header[keyword] = value - (box.x0 if found[1] == "1" else box.y0)
    if data.dtype.kind == "f":
        header.remove("BLANK", ignore_missing=True)  # a value of the integers that the floats were scaled from
    for keyword, start in (("LTV1", box.x0), ("LTV2", box.y0)):
        header[keyword] = (header.get(keyword, 0.0) - start, "pixel here = pixel in the whole image + LTV")
    kind = fits.PrimaryHDU if isinstance(hdu, fits.PrimaryHDU) else fits.ImageHDU
    plane = kind(data, header)
    if kind is fits.ImageHDU:
        plane.name = hdu.name
    return plane
