"""DECam InstCal files of the Community Pipeline."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from astro_metadata_translator import DecamTranslator
from astropy.time import Time

from ingest.cameras.camera import Camera, Detector
from ingest.cameras.describe import describe
from ingest.cameras.errors import ImpossibleValue, UnknownDetector, UnknownFilter, UnknownProduct, clip
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import vet
from ingest.cameras.observation import Kind, Observation

_KIND_OF_PRODTYPE: dict[str, Kind] = {"image": "image", "dqmask": "mask", "wtmap": "weight"}
_KIND_OF_NAME: dict[str, Kind] = {"i": "image", "d": "mask", "w": "weight"}
_NAME = re.compile(r"c4d_\d{6}_\d{6}_oo([idw])_")
_EXPECTED = "InstCal files with their archive names (c4d_..._ooi_, _ood_, _oow_)"


class InstCalTranslator(DecamTranslator):
    """The stock translator for the merged header of one CCD of an InstCal file."""

    name = None  # type: ignore[assignment]  # a named subclass would replace the stock translator for everybody
    date_keyword = "DATE-OBS"
    position_keyword = "TELRA, TELDEC"

    def to_location(self) -> Any:
        """Leave the site out: the stock code may ask the network for it, and no number here depends on it."""
        return None

    def to_physical_filter(self) -> str:
        """Return the first word of 'g DECam SDSS c0001 4720.0 1520.0'."""
        return str(self._header["FILTER"]).split()[0]

    def to_datetime_middle(self) -> Time:
        """Return the middle of the exposure; the shutter opens up to 1 s after DATE-OBS, which is not corrected."""
        return self.to_datetime_begin() + self.to_exposure_time() / 2


def read_decam(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe each CCD of an InstCal file.

    Parameters
    ----------
    path, camera, hdus
        The file, the camera from decam.yaml, and the file's HDUs.

    Raises
    ------
    BadExposureFile
    """
    if len(hdus) < 2:
        raise UnknownProduct(path, "has no CCD extensions", _EXPECTED)
    observations = [_read_ccd(path, camera, hdus[0], hdu) for hdu in hdus[1:]]
    numbers = [observation.detector for observation in observations]
    for number in numbers:
        if numbers.count(number) > 1:
            raise UnknownDetector(path, f"CCDNUM {number} stands in {numbers.count(number)} HDUs", camera.yaml)
    return observations


def _read_ccd(path: Path, camera: Camera, primary: Hdu, hdu: Hdu) -> Observation:
    if hdu.shape is None:
        raise UnknownProduct(path, f"{hdu.where} is not the image of a CCD", _EXPECTED)
    header = vet(path, primary.cards | hdu.cards, camera)
    translator = InstCalTranslator(header)
    physical_filter = camera.filter(translator.to_physical_filter())
    if physical_filter is None:
        raise UnknownFilter(path, header["FILTER"], camera.yaml)
    observation = describe(
        path,
        camera,
        translator,
        hdu,
        detector=_detector(path, camera, header),
        physical_filter=physical_filter,
        kind=_kind(path, header, hdu),
        part=header["EXTNAME"],
    )
    _check_mjd(path, header, translator.to_datetime_begin())
    return observation


def _detector(path: Path, camera: Camera, header: dict[str, Any]) -> Detector:
    number, name = header["CCDNUM"], header["EXTNAME"]
    detector = camera.detector(number)
    if detector is None:
        raise UnknownDetector(path, f"DECam has no CCDNUM {number}", camera.yaml)
    if detector.name != name:
        raise UnknownDetector(path, f"CCDNUM {number} is {detector.name} but EXTNAME is {clip(name, 16)}", camera.yaml)
    return detector


def _kind(path: Path, header: dict[str, Any], hdu: Hdu) -> Kind:
    """Tell image, mask and weight apart.

    PRODTYPE alone does not do: files that were cut out of InstCal images have PRODTYPE 'image' in all three. So the
    name decides, PRODTYPE must not say another thing, and only masks have integer pixels.
    """
    level, product = header["PROCTYPE"], header["PRODTYPE"]
    if level != "InstCal":
        raise UnknownProduct(path, f"PROCTYPE is {clip(level, 24)}", _EXPECTED)
    if product not in _KIND_OF_PRODTYPE:
        raise UnknownProduct(path, f"PRODTYPE is {clip(product, 24)}", _EXPECTED)
    match = _NAME.match(path.name)
    if match is None:
        raise UnknownProduct(path, "the name does not tell image, mask and weight apart", _EXPECTED)
    kind = _KIND_OF_NAME[match[1]]
    if product != "image" and _KIND_OF_PRODTYPE[product] != kind:
        raise ImpossibleValue(path, "PRODTYPE", product, f"that of kind {kind}, as the file name says")
    if hdu.is_float == (kind == "mask"):
        raise ImpossibleValue(path, f"{hdu.where}: BITPIX", hdu.cards.get("BITPIX"), f"that of kind {kind}")
    return kind


def _check_mjd(path: Path, header: dict[str, Any], start: Time) -> None:
    written = header.get("MJD-OBS", start.mjd)
    if abs(written - start.mjd) * 86400 > 1:
        raise ImpossibleValue(path, "MJD-OBS", written, f"within 1 s of DATE-OBS ({start.mjd:.6f})")
