"""HSC images as the LSST pipelines write them: image, mask and variance in one file."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from astropy import units as u
from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.describe import describe
from ingest.cameras.errors import UnknownDetector, UnknownProduct
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.observation import Observation
from ingest.cameras.translator import HeaderTranslator

_NAME = re.compile(r"HSC-(\d{7})-(\d{3})[-.]")
_PLANES = ("IMAGE", "MASK", "VARIANCE")
_EXPECTED = "calibrated exposures HSC-VISIT-CCD....fits with image, mask and variance"


class CalexpTranslator(HeaderTranslator):
    """Reads the primary header, which tells the middle of the exposure and no pointing; the visit is in the name."""

    date_keyword = "TIME-MID"
    position_keyword = ""

    def __init__(self, header: dict[str, Any], visit: int) -> None:
        super().__init__(header)
        self._visit = visit

    def to_exposure_id(self) -> int:
        """Return the visit."""
        return self._visit

    def to_datetime_middle(self) -> Time | None:
        """Return TIME-MID, UTC with a Z at its end."""
        middle = self._header.get("TIME-MID")
        return Time(middle.removesuffix("Z"), format="isot", scale="utc", precision=9) if middle else None

    def to_datetime_begin(self) -> Time | None:
        """Return what lies half an exposure time before the middle."""
        middle, duration = self.to_datetime_middle(), self.to_exposure_time()
        return middle - duration / 2 if middle is not None and duration is not None else None

    def to_exposure_time(self) -> u.Quantity | None:
        """Return EXPTIME."""
        return self._header["EXPTIME"] * u.s if "EXPTIME" in self._header else None

    def to_tracking_radec(self) -> None:
        """Return nothing: these files do not tell the boresight."""
        return


def read_hsc(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe the one image of a file; mask and variance belong to it as the tables of a frame do.

    Raises
    ------
    BadExposureFile
    """
    match = _NAME.match(path.name)
    if match is None or tuple(hdu.cards.get("EXTTYPE") for hdu in hdus[1:4]) != _PLANES:
        raise UnknownProduct(path, "is no calibrated exposure of HSC", _EXPECTED)
    if len({hdu.shape for hdu in hdus[1:4]}) > 1:
        raise UnknownProduct(path, "has image, mask and variance of different sizes", _EXPECTED)
    detector = camera.detector(int(match[2]))
    if detector is None:
        raise UnknownDetector(path, f"{camera.name} has no CCD {match[2]}", camera.yaml)
    header = vet(path, hdus[0].cards, camera)
    observation = describe(
        path,
        camera,
        CalexpTranslator(header, int(match[1])),
        hdus[1],
        detector=detector,
        physical_filter=known_filter(path, camera, header["FILTER"]) if "FILTER" in header else None,
        kind="image",
        part="",
    )
    return [observation]
