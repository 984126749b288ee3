"""Mosaic3 files of the Community Pipeline."""

import re
from collections.abc import Sequence
from pathlib import Path

from astropy import units as u
from astropy.coordinates import AltAz, Angle

from ingest.cameras.camera import Camera
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.instcal import Products, read_instcal
from ingest.cameras.observation import Observation
from ingest.cameras.translator import HeaderTranslator


class Mosaic3Translator(HeaderTranslator):
    """Reads the merged header of one CCD.

    The boresight is RA, DEC, the center of the exposure: in 2015 TELRA, TELDEC lie 25 arcminutes off it. MJDSTART is
    2 s later than DATE-OBS, 'UTC approximate'; DATE-OBS is what archive and file name have.
    """

    detector_keyword = "CCDNUM"
    products = Products(
        names=re.compile(r"k4m_\d{6}_\d{6}_o[ok]([idw])_"),
        levels=("InstCal", "SkySub"),
        expected="InstCal and SkySub files with their archive names (k4m_..._ooi_ or _oki_, _ood_, _oow_)",
    )

    def to_exposure_id(self) -> int:
        """Return EXPNUM; EXPID is 0 in every file."""
        return int(self._header["EXPNUM"])

    def to_detector_name(self) -> str:
        """Return EXTNAME, 'ccd2' in 2015 and 'CCD3' later, in capitals."""
        return str(self._header["EXTNAME"]).upper()

    def to_altaz_begin(self) -> AltAz:
        """Return AZ and ZD; the ALT beside them is half a degree off in some files."""
        return AltAz(self._header["AZ"] * u.deg, (90 - self._header["ZD"]) * u.deg)

    def to_boresight_rotation_angle(self) -> Angle:
        """Return 90 degrees: on all CCDs +y is east and +x north."""
        return Angle(90 * u.deg)


def read_mosaic3(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe each CCD of a file.

    Raises
    ------
    BadExposureFile
    """
    return read_instcal(path, camera, hdus, Mosaic3Translator)
