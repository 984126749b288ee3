"""SDSS files: corrected frames, cut from drift scans, and their masks."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from astro_metadata_translator import SdssTranslator
from astropy import units as u
from astropy.coordinates import AltAz, Angle
from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.describe import describe
from ingest.cameras.errors import ImpossibleValue, UnknownProduct
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.observation import Observation
from ingest.cameras.sdss_mask import read_mask
from ingest.cameras.sdss_names import detector_number, exposure_number

_ROWS_OF_CCD, _ROWS_OF_FRAME = 2048, 1489
_NAME = re.compile(r"frame-(?P<FILTER>[ugriz])-(?P<RUN>\d+)-(?P<CAMCOL>\d)-(?P<FIELD>\d+)\.")
_ASTROMETRY = ("RUN", "CAMCOL", "FILTER", "FIELD", "MJD")
_EXPECTED = "whole frame-FILTER-RUN-CAMCOL-FIELD files of DR8 or later, and masks (fpM)"
_SAME_TIME = 60.0


class FrameTranslator(SdssTranslator):
    """The stock translator, with the identity and the times of a frame set right.

    Its header holds FIELD and MJD (TAI, when row 0 of the frame was read) of the astrometry table. In the drift scan
    each row collects light for EXPTIME before it is read, and row after row is read every C_OBS microseconds
    (SDSS data model, idR and frame). So start and middle come before the reading; for run 1000 the times of single
    rows agree with the TAI column of photoObj to 0.02 s. The TAI keyword is 0.2 s off in run 94 and 4.5 s in run 1000.
    """

    name = None  # type: ignore[assignment]  # a named subclass would replace the stock translator for everybody
    date_keyword = "MJD"
    position_keyword = "RA, DEC"

    def to_location(self) -> Any:
        """Leave the site out: the stock code may ask the network for it, and no number here depends on it."""
        return None

    def to_exposure_id(self) -> int:
        """Return RUN, FIELD and filter as one number, where the stock one is RUN alone."""
        return exposure_number(self._header["RUN"], self._header["FIELD"], self._header["FILTER"])

    def to_detector_num(self) -> int:
        """Return CAMCOL and filter as one number."""
        return detector_number(self._header["CAMCOL"], self._header["FILTER"])

    def to_datetime_begin(self) -> Time:
        """Return when the light of row 0 began to collect."""
        return Time(self._header["MJD"], format="mjd", scale="tai") - self.to_exposure_time()

    def to_datetime_middle(self) -> Time:
        """Return the middle of the exposure of a whole frame's central row."""
        central = (_ROWS_OF_FRAME - 1) / 2 * self._header["C_OBS"] * u.us
        return self.to_datetime_begin() + self.to_exposure_time() / 2 + central

    def to_altaz_begin(self) -> AltAz:
        """Return the boresight's horizontal position when row 0 was read; AZ runs from south through east."""
        return AltAz((180 - self._header["AZ"]) % 360 * u.deg, self._header["ALT"] * u.deg)

    def to_boresight_airmass(self) -> float:
        """Return the secant of the zenith distance, within 0.005 of the true airmass up to airmass 2."""
        return float(1 / np.sin(np.radians(self._header["ALT"])))

    def to_boresight_rotation_angle(self) -> Angle:
        """Return SPA, the position angle of the columns, where the stock one is always 0."""
        return Angle(self._header["SPA"] * u.deg)


def read_sdss(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe the one detector image of a frame, or its mask.

    Parameters
    ----------
    path, camera, hdus
        The file, the camera from sdss.yaml, and the file's HDUs.

    Raises
    ------
    BadExposureFile
    """
    if camera.products["mask"].recognize.keys() <= hdus[0].cards.keys():
        return [read_mask(path, camera, hdus)]
    match = _NAME.match(path.name)
    if match is None or hdus[0].shape is None or not hdus[0].is_float:
        raise UnknownProduct(path, "is not an SDSS frame", _EXPECTED)
    astrometry = _astrometry(path, hdus)
    header = vet(path, hdus[0].cards | {name: astrometry[name] for name in ("FIELD", "MJD")}, camera)
    physical_filter = known_filter(path, camera, header["FILTER"])
    _check_identity(path, header, astrometry, match)
    _check_times(path, header)
    translator = FrameTranslator(header)
    detector = next(d for d in camera.detectors if d.number == translator.to_detector_num())
    observation = describe(
        path,
        camera,
        translator,
        hdus[0],
        detector=detector,
        physical_filter=physical_filter,
        kind="image",
        part="",
    )
    return [observation]


def _astrometry(path: Path, hdus: Sequence[Hdu]) -> dict[str, Any]:
    """Read the one row of HDU 3; FIELD is nowhere else in the file (the keyword says 'NA' or is missing)."""
    try:
        row = hdus[3].fits.data[0]
        return {name: row[name].item() if hasattr(row[name], "item") else str(row[name]) for name in _ASTROMETRY}
    except Exception as error:  # astropy raises almost anything when the table's header is wrong
        raise UnknownProduct(path, "has no astrometry table in HDU 3", _EXPECTED) from error


def _check_identity(path: Path, header: dict[str, Any], astrometry: dict[str, Any], match: re.Match[str]) -> None:
    """Check that header, astrometry table and file name speak of the same frame."""
    for name in ("RUN", "CAMCOL", "FIELD", "FILTER"):
        told = match[name] if name == "FILTER" else int(match[name])
        for value in (header[name], astrometry[name]):
            if value != told:
                raise ImpossibleValue(path, name, value, f"{told}, as the file name says")


def _check_times(path: Path, header: dict[str, Any]) -> None:
    if abs(header["MJD"] * 86400 - header["TAI"]) > _SAME_TIME:
        raise ImpossibleValue(path, "TAI", header["TAI"], f"within {_SAME_TIME:.0f} s of the MJD in HDU 3")
    crossing = _ROWS_OF_CCD * header["C_OBS"] / 1e6
    if abs(header["EXPTIME"] - crossing) > 0.01:
        raise ImpossibleValue(path, "EXPTIME", header["EXPTIME"], f"2048 rows of C_OBS ({crossing:.4f} s)")
