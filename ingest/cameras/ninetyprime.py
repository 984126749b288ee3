"""90Prime files: those of the Community Pipeline, and joined images of 2015."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from astropy import units as u
from astropy.coordinates import AltAz

from ingest.cameras.camera import Camera
from ingest.cameras.describe import describe
from ingest.cameras.errors import ImpossibleValue, UnknownProduct
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.instcal import Products, known_detector, read_instcal
from ingest.cameras.observation import Kind, Observation
from ingest.cameras.translator import HeaderTranslator

_FRAME = re.compile(r"d(\d{4})\.(\d{4})\.fits")
_JOINED = re.compile(r".+-(ccd\d)(\.wht)?(?=\.|$)")
_EXPECTED = "images ...-ccdN.fits and weights ...-ccdN.wht.fits"
# Joined images hold the counts of the whole exposure, not those of a second.
_JOINED_UNITS: dict[Kind, str] = {"image": "count", "weight": "count**-2"}


class NinetyPrimeTranslator(HeaderTranslator):
    """Reads the merged header of one CCD; no rotation is given, because the joined CCDs are turned one by one."""

    detector_keyword = "DET-NUM"
    products = Products(
        names=re.compile(r"ksb_\d{6}_\d{6}_oo([idw])_"),
        levels=("InstCal",),
        expected="InstCal files with their archive names (ksb_..._ooi_, _ood_, _oow_) and joined images of 2015",
    )

    def to_exposure_id(self) -> int:
        """Return night and frame of DTACQNAM, d7338.0065.fits, as one number, as the Legacy Surveys number them."""
        night, frame = _FRAME.findall(self._header["DTACQNAM"])[-1]
        return int(night) * 10000 + int(frame)

    def to_detector_name(self) -> str:
        """Return EXTNAME, 'ccd4' in 2015 and 'CCD4' later, in capitals."""
        return str(self._header["EXTNAME"]).upper()

    def to_altaz_begin(self) -> AltAz:
        """Return AZIMUTH, from -180 to 180 degrees, and ELEVAT."""
        return AltAz(self._header["AZIMUTH"] * u.deg, self._header["ELEVAT"] * u.deg)


def read_90prime(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe each CCD of a file; that it is joined is told by CCDJOIN, the date when four amplifiers became one.

    Raises
    ------
    BadExposureFile
    """
    if isinstance(hdus[0].cards.get("CCDJOIN"), str):
        observations = [_read_joined(path, camera, hdus)]
    else:
        observations = read_instcal(path, camera, hdus, NinetyPrimeTranslator)
    for observation in observations:
        _check_night(path, observation)
    return observations


def _read_joined(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> Observation:
    """Describe a joined image or its weight, which only the file name tells apart.

    PROCTYPE, PRODTYPE and CCDNAME of the primary header are left from the raw file and from its last CCD, so the HDU's
    own header goes before. The images are turned by 90 degrees against the CCD.
    """
    match = _JOINED.match(path.name)
    if match is None or len(hdus) != 2 or not hdus[1].is_float:
        raise UnknownProduct(path, "is no joined image of one CCD", _EXPECTED)
    header = vet(path, hdus[0].cards | hdus[1].cards, camera)
    if header["EXTNAME"] != match[1]:
        raise ImpossibleValue(path, "EXTNAME", header["EXTNAME"], f"{match[1]}, as the file name says")
    translator = NinetyPrimeTranslator(header)
    detector = known_detector(path, camera, "DET-NUM", header["DET-NUM"], translator.to_detector_name())
    kind: Kind = "weight" if match[2] else "image"
    observation = describe(
        path,
        camera,
        translator,
        hdus[1],
        detector=detector.model_copy(update={"nx": detector.ny, "ny": detector.nx}),
        physical_filter=known_filter(path, camera, translator.to_physical_filter()),
        kind=kind,
        part=header["EXTNAME"],
    )
    return replace(observation, pixel_unit=_JOINED_UNITS[kind])


def _check_night(path: Path, observation: Observation) -> None:
    """Check the night of DTACQNAM: the Julian day of its evening less 2450000. Arizona's nights lie in one UTC day."""
    night, dated = observation.exposure // 10000, math.floor(observation.obs_start_mjd_tai) - 50000
    if night != dated:
        raise ImpossibleValue(path, "DTACQNAM: night", night, f"{dated}, that of DATE-OBS")
