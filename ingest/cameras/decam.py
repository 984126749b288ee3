"""DECam files: InstCal files of the Community Pipeline, and stamps of them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from astro_metadata_translator import DecamTranslator
from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.decam_stamp import read_stamp
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.instcal import Products, read_instcal
from ingest.cameras.observation import Observation


class DecamInstCalTranslator(DecamTranslator):
    """The stock translator for the merged header of one CCD of an InstCal file."""

    name = None  # type: ignore[assignment]  # a named subclass would replace the stock translator for everybody
    date_keyword = "DATE-OBS"
    position_keyword = "TELRA, TELDEC"
    detector_keyword = "CCDNUM"
    products = Products(
        names=re.compile(r"c4d_\d{6}_\d{6}_oo([idw])_"),
        levels=("InstCal",),
        expected="InstCal files with their archive names (c4d_..._ooi_, _ood_, _oow_)",
    )

    def to_location(self) -> Any:
        """Leave the site out: the stock code may ask the network for it, and no number here depends on it."""
        return None

    def to_detector_name(self) -> str:
        """Return EXTNAME, where the stock name is that of CCDNUM."""
        return str(self._header["EXTNAME"])

    def to_physical_filter(self) -> str:
        """Return the first word of 'g DECam SDSS c0001 4720.0 1520.0'."""
        return str(self._header["FILTER"]).split()[0]

    def to_datetime_middle(self) -> Time:
        """Return the middle of the exposure; the shutter opens up to 1 s after DATE-OBS, which is not corrected."""
        return self.to_datetime_begin() + self.to_exposure_time() / 2


def read_decam(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe each CCD of an InstCal file, or the one of a stamp, which names its exposure in EXP_BN.

    Raises
    ------
    BadExposureFile
    """
    if "EXP_BN" in hdus[0].cards:
        return [read_stamp(path, camera, hdus)]
    return read_instcal(path, camera, hdus, DecamInstCalTranslator)
