"""Raw frames of a small camera of two detectors with four amplifiers, each in an HDU of its own."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from ingest.cameras.amplifiers import Section
from ingest.cameras.camera import Camera, load_cameras

YAML = """
name: Toyraw
description: A toy.
recognize: {INSTRUME: Toyraw}
utc_offset_hours: -4
pixel_scale: 10.0
field_radius: 1.0
parity: 1
pointing_error: 0.001
pixel_units: {raw: adu}
raw: {}
filters: [{name: g, band: g}]
keywords:
  EXPID: {limits: [1, 99999999], whole: true}
  DATE-OBS: {}
  EXPTIME: {limits: [0, 7200]}
  DARKTIME: {limits: [0, 7200], needed: false}
  FILTER: {needed: false}
  OBSTYPE: {}
  DETECTOR: {limits: [0, 9], whole: true}
  RA: {limits: [0, 360], needed: false}
  DEC: {limits: [-90, 90], needed: false}
  ROTPA: {limits: [-360, 360], needed: false}
amplifiers:
  four:
    nx: 11
    ny: 9
    amplifiers:
      - &amplifier
        name: LL
        hdu: C10
        detector: '[1:6,1:7]'
        raw: '[1:11,1:9]'
        prescan: '[1:2,1:7]'
        data: '[3:8,1:7]'
        horizontal_overscan: '[9:11,1:7]'
        vertical_overscan: '[3:8,8:9]'
        read_from: lower left
      - {<<: *amplifier, name: LR, hdu: C11, detector: '[12:7,1:7]', read_from: lower right}
      - {<<: *amplifier, name: UL, hdu: C00, detector: '[1:6,14:8]', read_from: upper left}
      - {<<: *amplifier, name: UR, hdu: C01, detector: '[12:7,14:8]', read_from: upper right}
detectors:
  - {number: 0, name: T0, nx: 12, ny: 14, center: [0.1, 0], rotation: 0, amplifiers: four}
  - {number: 1, name: T1, nx: 12, ny: 14, center: [-0.1, 0], rotation: 180, amplifiers: four}
"""
HEADER: dict[str, Any] = {
    "INSTRUME": "Toyraw", "EXPID": 17, "DETECTOR": 0, "DATE-OBS": "2026-01-01T03:00:00", "EXPTIME": 30.0,
    "DARKTIME": 31.5, "FILTER": "g", "OBSTYPE": "SCIENCE", "RA": 150.0, "DEC": -30.0, "ROTPA": 20.0,
}  # fmt: skip


def toy() -> Camera:
    """Give the camera, which the settings must name."""
    return load_cameras()["Toyraw"]


def sky() -> NDArray[np.uint16]:
    """Give a trimmed image in which no two pixels are alike."""
    return np.arange(1000, 1000 + 14 * 12, dtype=np.uint16).reshape(14, 12)


def frame(path: Path, bias: int = 400, **changes: Any) -> Path:
    """Write a frame; overscans count the bias and, by column and row, what they are."""
    hdus = [fits.PrimaryHDU(header=fits.Header({**HEADER, **changes}))]
    for one in toy().amplifiers["four"].amplifiers:
        pixels = np.full((9, 11), bias, np.uint16) + np.arange(11, dtype=np.uint16)
        pixels[_box(one.data)] = _turned(sky()[_box(one.detector)], one.detector)
        image = fits.ImageHDU(pixels, name=one.hdu)
        image.header["DETSEC"], image.header["DATASEC"] = str(one.detector), str(one.data)
        image.header["BIASSEC"], image.header["GAIN"] = str(one.horizontal_overscan), 1.5
        hdus.append(image)
    fits.HDUList(hdus).writeto(path, overwrite=True)
    return path


def _box(box: Section) -> tuple[slice, slice]:
    return slice(min(box.y) - 1, max(box.y)), slice(min(box.x) - 1, max(box.x))


def _turned(pixels: NDArray[np.uint16], box: Section) -> NDArray[np.uint16]:
    """Turn pixels of the trimmed image as the raw image has them."""
    return pixels[:: 1 if box.y[0] < box.y[1] else -1, :: 1 if box.x[0] < box.x[1] else -1]
