"""Image, mask and weight files of the Community Pipeline, one HDU per CCD."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from astropy.time import Time

from ingest.cameras.camera import Camera, Detector
from ingest.cameras.describe import describe
from ingest.cameras.errors import ImpossibleValue, UnknownDetector, UnknownProduct, clip
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.observation import Kind, Observation
from ingest.cameras.translated import ExposureTranslator

_KIND_OF_PRODTYPE: dict[str, Kind] = {"image": "image", "dqmask": "mask", "wtmap": "weight"}
_KIND_OF_NAME: dict[str, Kind] = {"i": "image", "d": "mask", "w": "weight"}


@dataclass(frozen=True)
class Products:
    """Which files of a camera are taken in.

    Attributes
    ----------
    names
        Pattern of file names; its group is i, d or w: image, mask (data quality) or weight.
    levels
        Values of PROCTYPE.
    expected
        The same for the sentence of an error.
    """

    names: re.Pattern[str]
    levels: tuple[str, ...]
    expected: str


class InstCalTranslator(ExposureTranslator, Protocol):
    """What the translator of such a camera offers besides."""

    products: Products
    detector_keyword: str

    def __init__(self, header: dict[str, Any]) -> None: ...
    def to_physical_filter(self) -> str: ...
    def to_detector_name(self) -> str: ...


def read_instcal(
    path: Path, camera: Camera, hdus: Sequence[Hdu], translate: type[InstCalTranslator]
) -> list[Observation]:
    """Describe each CCD of a file.

    Parameters
    ----------
    path, camera, hdus
        The file, its camera, and the file's HDUs.
    translate
        Makes the translator of the merged header of one CCD.

    Raises
    ------
    BadExposureFile
    """
    if len(hdus) < 2:
        raise UnknownProduct(path, "has no CCD extensions", translate.products.expected)
    observations = [_read_ccd(path, camera, hdus[0], hdu, translate) for hdu in hdus[1:]]
    numbers = [observation.detector for observation in observations]
    for number in numbers:
        if numbers.count(number) > 1:
            what = f"{translate.detector_keyword} {number} stands in {numbers.count(number)} HDUs"
            raise UnknownDetector(path, what, camera.yaml)
    return observations


def _read_ccd(path: Path, camera: Camera, primary: Hdu, hdu: Hdu, translate: type[InstCalTranslator]) -> Observation:
    if hdu.shape is None:
        raise UnknownProduct(path, f"{hdu.where} is not the image of a CCD", translate.products.expected)
    _verify_product(path, primary.cards | hdu.cards, translate.products)
    header = vet(path, primary.cards | hdu.cards, camera)
    translator, keyword = translate(header), translate.detector_keyword
    physical_filter = known_filter(path, camera, translator.to_physical_filter())
    observation = describe(
        path,
        camera,
        translator,
        hdu,
        detector=known_detector(path, camera, keyword, header[keyword], translator.to_detector_name()),
        physical_filter=physical_filter,
        kind=_kind(path, header, hdu, translate.products),
        part=header["EXTNAME"],
    )
    check_mjd(path, header, translator.to_datetime_begin())
    return observation


def _verify_product(path: Path, cards: Mapping[str, Any], products: Products) -> None:
    """Check PROCTYPE and the name first of all: other products lack other keywords, which is not their fault."""
    level = cards.get("PROCTYPE")
    if isinstance(level, str) and level.strip() not in products.levels:
        raise UnknownProduct(path, f"PROCTYPE is {clip(level, 24)}", products.expected)
    if products.names.match(path.name) is None:
        raise UnknownProduct(path, "the name does not tell image, mask and weight apart", products.expected)


def known_detector(path: Path, camera: Camera, keyword: str, number: int, name: str) -> Detector:
    """Look a detector up by the number in a keyword; the name of the HDU must be the same detector's.

    Raises
    ------
    UnknownDetector
    """
    detector = camera.detector(number)
    if detector is None:
        raise UnknownDetector(path, f"{camera.name} has no {keyword} {number}", camera.yaml)
    if detector.name != name:
        raise UnknownDetector(
            path, f"{keyword} {number} is {detector.name} but EXTNAME is {clip(name, 16)}", camera.yaml
        )
    return detector


def _kind(path: Path, header: dict[str, Any], hdu: Hdu, products: Products) -> Kind:
    """Tell image, mask and weight apart.

    PRODTYPE alone does not do: files that were cut out of InstCal images have PRODTYPE 'image' in all three. So the
    name decides, PRODTYPE must not say another thing, and only masks have integer pixels.
    """
    product = header["PRODTYPE"]
    if product not in _KIND_OF_PRODTYPE:
        raise UnknownProduct(path, f"PRODTYPE is {clip(product, 24)}", products.expected)
    kind = _KIND_OF_NAME[products.names.findall(path.name)[0]]
    if product != "image" and _KIND_OF_PRODTYPE[product] != kind:
        raise ImpossibleValue(path, "PRODTYPE", product, f"that of kind {kind}, as the file name says")
    if hdu.is_float == (kind == "mask"):
        raise ImpossibleValue(path, f"{hdu.where}: BITPIX", hdu.cards.get("BITPIX"), f"that of kind {kind}")
    return kind


def check_mjd(path: Path, header: dict[str, Any], start: Time) -> None:
    """Check MJD-OBS, where it is there, against DATE-OBS.

    Raises
    ------
    ImpossibleValue
    """
    written = header.get("MJD-OBS", start.mjd)
    if abs(written - start.mjd) * 86400 > 1:
        raise ImpossibleValue(path, "MJD-OBS", written, f"within 1 s of DATE-OBS ({start.mjd:.6f})")
