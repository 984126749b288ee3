"""The stock translators, with what is wrong in them set right."""

from collections.abc import Mapping
from typing import Any, ClassVar

from astro_metadata_translator import HscTranslator, MegaPrimeTranslator, SuprimeCamTranslator

from ingest.cameras.decam import DecamInstCalTranslator
from ingest.cameras.sdss import FrameTranslator

_FRAMES_AFTER_R = {"r": 0, "i": 2, "u": 4, "z": 6, "g": 8}


class _Offline:
    """Leaves the site out: the stock code may ask the network for it, and no number here depends on it."""

    # A named subclass of a stock translator would replace it for everybody.
    name: ClassVar[None] = None

    def to_location(self) -> Any:
        return None


class DecamHeader(DecamInstCalTranslator):
    """DECam, raw or of any pipeline."""

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exposure_id": ("EXPNUM",),
        "detector_num": ("CCDNUM",),
        "physical_filter": ("FILTER",),
        "datetime_begin": ("DATE-OBS",),
        "exposure_time": ("EXPTIME",),
        "boresight_airmass": ("AIRMASS",),
        "tracking_radec": ("TELRA", "TELDEC"),
        "object": ("OBJECT",),
        "observation_type": ("OBSTYPE",),
    }
    exposure_rule: ClassVar[str] = "a whole number from 1"
    own_header: ClassVar[str] = "CCDNUM"


class MegaPrimeHeader(_Offline, MegaPrimeTranslator):  # type: ignore[misc]
    """MegaPrime; a primary header is that of all detectors."""

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exposure_id": ("EXPNUM",),
        "detector_num": ("EXTNAME", "EXTVER"),
        "physical_filter": ("FILTER",),
        "datetime_begin": ("DATE-OBS", "UTC-OBS"),
        "exposure_time": ("EXPTIME",),
        "boresight_airmass": ("AIRMASS",),
        "tracking_radec": ("RA_DEG", "DEC_DEG"),
        "object": ("OBJECT",),
        "observation_type": ("OBSTYPE",),
    }
    exposure_rule: ClassVar[str] = "a whole number from 1"
    own_header: ClassVar[str] = "EXTVER"

    def to_detector_num(self) -> int:
        """Return EXTVER, the CCD's number; the stock one reads EXTNAME and says 99 where fpack has renamed the HDU."""
        return int(self._header["EXTVER"])

    def to_detector_name(self) -> str:
        """Return ccdNN."""
        return f"ccd{self.to_detector_num():02d}"


class _SubaruKeywords:
    """The keywords of both Subaru cameras."""

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exposure_id": ("EXP-ID", "FRAMEID"),
        "detector_num": ("DET-ID",),
        "physical_filter": ("FILTER01",),
        "datetime_begin": ("DATE-OBS", "UT-STR"),
        "exposure_time": ("EXPTIME",),
        "boresight_airmass": ("AIRMASS",),
        "tracking_radec": ("RA2000", "DEC2000"),
        "object": ("OBJECT",),
        "observation_type": ("DATA-TYP",),
    }
    exposure_rule: ClassVar[str] = "such as HSCA90402400 or SUPE01155180"
    own_header: ClassVar[str] = ""  # each detector is a file


class HscHeader(_Offline, _SubaruKeywords, HscTranslator):  # type: ignore[misc]
    """HSC, raw."""


class SuprimeCamHeader(_Offline, _SubaruKeywords, SuprimeCamTranslator):  # type: ignore[misc]
    """Suprime-Cam, raw."""


class SdssFpcHeader(FrameTranslator):
    """SDSS corrected frames of before DR8 (fpC); numbered as the camera SDSS numbers its exposures and detectors.

    The header has FRAME, which counts per filter: a field is first seen in r, two frames later in i, and so on. TAI is
    when row 0 was read, in seconds since MJD 0.
    """

    keywords: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exposure_id": ("RUN", "FRAME", "FILTER"),
        "detector_num": ("CAMCOL", "FILTER"),
        "physical_filter": ("FILTER",),
        "datetime_begin": ("TAI",),
        "exposure_time": ("EXPTIME",),
        "boresight_airmass": ("ALT",),
        "tracking_radec": ("RA", "DEC"),
        "object": ("OBJECT",),
        "observation_type": ("FLAVOR",),
    }
    exposure_rule: ClassVar[str] = "whole numbers and one of u, g, r, i, z"
    own_header: ClassVar[str] = ""

    def __init__(self, header: Mapping[str, Any]) -> None:
        field = int(header["FRAME"]) - _FRAMES_AFTER_R[str(header["FILTER"])]
        times = {"MJD": float(header["TAI"]) / 86400, "EXPTIME": float(header["EXPTIME"])}
        super().__init__({**header, **times, "FIELD": field})

    def to_detector_name(self) -> str:
        """Return filter and camera column."""
        return str(self.to_detector_unique_name())
