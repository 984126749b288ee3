"""Raw frames as FITS files, with the headers of the invented cameras."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from ingest.cameras.amplifiers import Amplifier
from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.exposures import Exposure

BLOCK = 2880
SECTIONS = {"DETSEC": "detector", "DATASEC": "data", "BIASSEC": "horizontal_overscan"}


def file_name(camera: Camera, exposure: Exposure, detector: Detector) -> str:
    """Give the name of a frame's file."""
    return f"{camera.name.lower()}_{exposure.number}_{exposure.observation_type}_{detector.name}.fits"


def file_size(camera: Camera, detector: Detector) -> int:
    """Give the bytes of a frame's file: FITS counts headers and images in blocks."""
    amplifiers = camera.amplifiers_of(detector)
    images = len({one.hdu for one in amplifiers})
    layout = camera.amplifiers[str(detector.amplifiers)]
    headers = images + bool(amplifiers[0].hdu)
    return BLOCK * (headers + images * -(-layout.nx * layout.ny * 2 // BLOCK))


def write_raw(
    path: Path, camera: Camera, detector: Detector, exposure: Exposure, raw: Mapping[str, NDArray[np.uint16]]
) -> None:
    """Write a frame: one image, or one HDU per amplifier; nothing in it depends on when or where it was written.

    Parameters
    ----------
    raw
        Images by the name of their HDU.
    """
    primary = fits.PrimaryHDU(raw.get(""))
    primary.header.update(_cards(camera, detector, exposure))
    hdus = [primary]
    for one in camera.amplifiers_of(detector):
        if one.hdu:
            hdus.append(fits.ImageHDU(raw[one.hdu], name=one.hdu))
        hdus[-1].header.update(_sections(one))
    fits.HDUList(hdus).writeto(path, overwrite=True)


def _cards(camera: Camera, detector: Detector, exposure: Exposure) -> dict[str, tuple[object, str]]:
    place = exposure.direction
    return {
        "INSTRUME": (camera.name, "an invented camera"),
        "EXPID": (exposure.number, "number of the exposure"),
        "DATE-OBS": (exposure.begin.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3], "begin of the exposure"),
        "TIMESYS": ("UTC", ""),
        "EXPTIME": (exposure.time, "[s]"),
        "DARKTIME": (exposure.dark_time, "[s]"),
        **({"FILTER": (exposure.physical_filter, "")} if exposure.physical_filter else {}),
        "OBSTYPE": (exposure.observation_type, ""),
        "DETECTOR": (detector.number, ""),
        "RA": (round(exposure.ra, 8), "[deg] boresight, ICRS"),
        "DEC": (round(exposure.dec, 8), "[deg] boresight, ICRS"),
        "ROTPA": (exposure.rotation, "[deg] position angle of the camera"),
        "AIRMASS": (round(place.airmass, 6), ""),
        "AZ": (round(place.azimuth, 6), "[deg] from north through east"),
        "ALT": (round(place.altitude, 6), "[deg]"),
        "OBJECT": (exposure.target, ""),
    }


def _sections(one: Amplifier) -> dict[str, str]:
    """Give where an amplifier is; in an image that several share, its name is appended to the keywords."""
    suffix = "" if one.hdu else one.name
    boxes = {keyword: getattr(one, part) for keyword, part in SECTIONS.items()}
    return {keyword + suffix: str(box) for keyword, box in boxes.items() if box is not None}
