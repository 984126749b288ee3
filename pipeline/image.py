"""Images in files: multi-extension FITS with image, mask, variance, PSF, WCS and calibration."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning
from numpy.typing import NDArray

from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import NAMES
from pipeline.pixels.psf import PsfModel
from schema.image_digest import image_digest as image_digest
from schema.image_digest import native as native

# Facts that travel with an image, and the keywords they stand under. A task sees no others.
FACTS = {
    "instrument": "INSTRUME", "exposure": "EXPOSURE", "visit": "VISIT", "detector": "DETECTOR",
    "physical_filter": "FILTER", "obs_start_mjd_tai": "MJDSTART",
    "dark_time": "DARKTIME",
}  # fmt: skip


@dataclass(frozen=True)
class Image:
    """One detector image of one exposure.

    `exposure.header_zero_point` is the AB magnitude of one pixel unit, None where it is unknown.
    """

    exposure: Exposure
    facts: Mapping[str, str | int | float]  # by the names of `FACTS`; what nobody knows is left out of a file
    psf: PsfModel | None = field(default=None)
    footprints: NDArray[np.int32] | None = field(default=None)  # number (from 1) of the source of each pixel, 0: none


def write_image(image: Image, path: Path) -> None:
    """Write an image; pixels are compressed without loss."""
    exposure = image.exposure
    primary = fits.PrimaryHDU()
    facts = {keyword: image.facts[name] for name, keyword in FACTS.items() if name in image.facts}
    facts |= {"BAND": exposure.band, "EXPTIME": exposure.exp_time, "MJDMID": exposure.mid_mjd_tai}
    # A number that nobody knows has no card: a header cannot hold NaN.
    primary.header.update({keyword: value for keyword, value in facts.items() if value == value})
    primary.header["BUNIT"] = exposure.pixel_unit
    if exposure.header_zero_point is not None:
        primary.header["MAGZERO"] = exposure.header_zero_point
    wcs = exposure.wcs.to_header(relax=True)
    planes = fits.Header({f"MP_{name}"[:8]: int(bit).bit_length() - 1 for name, bit in NAMES.items()})
    hdus = [primary, _compressed(exposure.image, "IMAGE", wcs), _compressed(exposure.mask, "MASK", planes)]
    hdus.append(_compressed(exposure.variance, "VARIANCE", fits.Header()))
    if image.psf is not None:
        hdus += [fits.ImageHDU(array, name=f"PSF_{name}".upper()) for name, array in image.psf.to_arrays().items()]
    if image.footprints is not None:
        hdus.append(_compressed(image.footprints, "FOOTPRINT", fits.Header()))
    fits.HDUList(hdus).writeto(path, overwrite=True)


def read_image(path: Path) -> Image:
    """Read an image that `write_image` wrote.

    Raises
    ------
    OSError
        Raised if the file is damaged.
    """
    with fits.open(path) as hdus, warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        header = hdus[0].header
        exposure = Exposure(
            image=native(hdus["IMAGE"].data),
            variance=native(hdus["VARIANCE"].data),
            mask=native(hdus["MASK"].data),
            wcs=WCS(hdus["IMAGE"].header),
            pixel_unit=header["BUNIT"],
            exp_time=header.get("EXPTIME", math.nan),
            mid_mjd_tai=header.get("MJDMID", math.nan),
            band=header["BAND"],
            header_zero_point=header.get("MAGZERO"),
        )
        arrays = {
            hdu.name.removeprefix("PSF_").lower(): native(hdu.data) for hdu in hdus if hdu.name.startswith("PSF_")
        }
        footprints = native(hdus["FOOTPRINT"].data) if "FOOTPRINT" in hdus else None
        return Image(exposure, facts_in(header), PsfModel.from_arrays(arrays) if arrays else None, footprints)


def facts_in(header: fits.Header) -> dict[str, Any]:
    """Give the facts that the primary header of an image file holds, by the names of `FACTS`."""
    return {name: header[keyword] for name, keyword in FACTS.items() if keyword in header}


def _compressed(array: np.ndarray[Any, Any], name: str, header: fits.Header) -> fits.CompImageHDU:
    """Make a losslessly compressed HDU: GZIP after byte shuffling, no quantisation of floats."""
    return fits.CompImageHDU(array, header, name=name, compression_type="GZIP_2", quantize_level=0.0)
