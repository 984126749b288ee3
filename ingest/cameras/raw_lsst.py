"""Translators for the raw frames of the LSST family."""

from collections.abc import Mapping
from typing import Any, ClassVar

from astropy import units as u
from astropy.coordinates import AltAz, Angle, SkyCoord
from astropy.time import Time

from ingest.cameras.raw_rules import DARK, RawRules
from ingest.headers.lsst import LatissTranslator, LsstTranslator, SimulationTranslator, TestStandTranslator


class _ForIngest:
    """What ingest needs besides of a translator of the LSST family; a keyword that is not there is None."""

    _header: Mapping[str, Any]
    keywords: ClassVar[Mapping[str, tuple[str, ...]]]

    def __init__(self, header: Mapping[str, Any], rules: RawRules) -> None:
        super().__init__(header)  # type: ignore[call-arg]
        self.position_keyword = ""  # laboratories know none
        self.filter_keyword = "FILTER"
        self.date_keyword = self.keywords["datetime_begin"][0]
        self.detector_keyword = ", ".join(self.keywords["detector_name"])

    def to_datetime_middle(self) -> Time:
        """Return the middle of the exposure."""
        return self.to_datetime_begin() + self.to_exposure_time() / 2  # type: ignore[attr-defined]

    def to_tracking_radec(self) -> SkyCoord | None:
        """Return the boresight of an exposure of the sky."""
        try:
            return super().to_tracking_radec() if self.to_observation_type() not in DARK else None  # type: ignore[misc]
        except KeyError:
            return None

    def to_altaz_begin(self) -> AltAz | None:
        """Return AZSTART and ELSTART."""
        if "AZSTART" not in self._header or "ELSTART" not in self._header:
            return None
        return AltAz(az=float(self._header["AZSTART"]) * u.deg, alt=float(self._header["ELSTART"]) * u.deg)

    def to_boresight_rotation_angle(self) -> Angle | None:
        """Return ROTPA, where it is about the sky."""
        on_sky = self._header.get("ROTCOORD") == "sky" and "ROTPA" in self._header
        return Angle(float(self._header["ROTPA"]), "deg") if on_sky else None

    def to_science_program(self) -> str:
        """Return PROGRAM."""
        return str(self._header.get("PROGRAM", ""))

    def to_detector_number(self) -> None:
        """Leave it to the name."""
        return

    def to_observation_type(self) -> str:
        """Return IMGTYPE; '' where nobody knows."""
        try:
            told: str = super().to_observation_type()  # type: ignore[misc]
        except KeyError:
            return ""
        return "" if told == "unknown" else told

    def to_physical_filter(self) -> str:
        """Return FILTER; '' where no light came in."""
        return "" if self.to_observation_type() in DARK else str(self._header.get("FILTER", ""))

    def to_dark_time(self) -> float | None:
        """Return DARKTIME."""
        return self._header.get("DARKTIME")


class LsstRaw(_ForIngest, LsstTranslator):
    """A camera of the Rubin Observatory."""


class LatissRaw(_ForIngest, LatissTranslator):
    """LATISS."""


class TestStandRaw(_ForIngest, TestStandTranslator):
    """A test stand."""


class SimulationRaw(_ForIngest, SimulationTranslator):
    """A simulator, whose exposures are all of the sky unless they say otherwise."""

    def to_observation_type(self) -> str:
        """Return IMGTYPE or OBSTYPE; simulators that write none expose the sky."""
        return super().to_observation_type() or "science"

    def to_boresight_rotation_angle(self) -> Angle | None:
        """Return ROTANG, the rotation of the sky."""
        return Angle(float(self._header["ROTANG"]), "deg") if "ROTANG" in self._header else None


class GuiderRaw(LsstRaw):
    """Stamps of a guider, which began at GDSSTART; how long the shutter was open is the science frames' to tell."""

    def to_datetime_begin(self) -> Time:
        """Return GDSSTART."""
        return Time(self._header["GDSSTART"], format="isot", scale="tai", precision=9)

    def to_datetime_middle(self) -> None:
        """Leave it to the science frames."""
        return

    def to_exposure_time(self) -> None:
        """Leave it to the science frames."""
        return
