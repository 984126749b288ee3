"""Amplifiers of a raw frame in its HDUs; what headers say of them must agree with the camera."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.cameras.amplifiers import Amplifier, Section, section
from ingest.cameras.camera import Camera, Detector
from ingest.cameras.errors import BadExposureFile, ImpossibleValue, MissingKeyword, UnknownProduct
from ingest.cameras.fitsfile import Hdu

_POSITIVE = ("GAIN", "RDNOISE")


class AmplifierHdus(BadExposureFile):
    """An amplifier that a frame lacks, or has more than once."""

    def __init__(self, path: Path, name: str, count: int, yaml: str) -> None:
        self.name, self.count = name, count
        found = f"stands in {count} HDUs" if count else "names no HDU"
        super().__init__(path, f"EXTNAME {name} {found}", f"{yaml} has one amplifier there: fetch the file again")


def frames_of(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[tuple[str, list[Hdu]]]:
    """Split a file into the HDUs of each detector's frame, with the name of the frame's HDU; '' for a whole file.

    Raises
    ------
    MissingKeyword
        An HDU of a mosaic has no name.
    """
    if not (camera.raw and camera.raw.mosaic):
        return [("", list(hdus))]
    images = [hdu for hdu in hdus if hdu.shape is not None]
    for hdu in images:
        if not str(hdu.cards.get("EXTNAME", "")).strip():
            raise MissingKeyword(path, f"EXTNAME of {hdu.where}")
    others = [hdu for hdu in hdus if hdu.shape is None]
    return [(str(hdu.cards["EXTNAME"]).strip(), [*others, hdu]) for hdu in images]


def amplifier_hdus(
    path: Path, camera: Camera, detector: Detector, hdus: Sequence[Hdu]
) -> Iterator[tuple[Amplifier, Hdu]]:
    """Find each amplifier's HDU, and verify that the header's sizes and sections are those of the definition.

    Raises
    ------
    BadExposureFile
        An amplifier is missing or doubled, or a header contradicts the camera.
    """
    if not detector.amplifiers:
        raise UnknownProduct(
            path, f"{detector.name} of {camera.name} has no amplifiers in {camera.yaml}", "detectors that have them"
        )
    layout = camera.amplifiers[detector.amplifiers]
    share = len(layout.amplifiers) > 1
    for amplifier in layout.amplifiers:
        hdu = _hdu_of(path, camera, amplifier, hdus)
        if hdu.shape != (layout.ny, layout.nx):
            size = "{1} x {0}".format(*hdu.shape) if hdu.shape else "no image"
            raise ImpossibleValue(
                path, f"{hdu.where}: NAXIS1 x NAXIS2", size, f"{layout.nx} x {layout.ny} as in {camera.yaml}"
            )
        _verify(path, camera, amplifier, hdu, amplifier.name if share and not amplifier.hdu else "")
        yield amplifier, hdu


def _hdu_of(path: Path, camera: Camera, amplifier: Amplifier, hdus: Sequence[Hdu]) -> Hdu:
    """Find the HDU by its name, or the only image."""
    if not amplifier.hdu:
        images = [hdu for hdu in hdus if hdu.shape is not None]
        if len(images) != 1:
            raise UnknownProduct(path, f"holds {len(images)} images", "frames with all amplifiers in one image")
        return images[0]
    named = [hdu for hdu in hdus if str(hdu.cards.get("EXTNAME", "")).strip() == amplifier.hdu]
    if len(named) != 1:
        raise AmplifierHdus(path, amplifier.hdu, len(named), camera.yaml)
    return named[0]


def _verify(path: Path, camera: Camera, amplifier: Amplifier, hdu: Hdu, suffix: str) -> None:
    """Check gain, noise and sections of an HDU; the suffix tells the amplifier's keywords from its neighbours'."""
    for keyword in _POSITIVE:
        value = hdu.cards.get(keyword)
        if value is not None and not (isinstance(value, (int, float)) and 0 < value < math.inf):
            raise ImpossibleValue(path, f"{hdu.where}: {keyword}", value, "a number above 0")
    for part, keyword in camera.raw.sections.items() if camera.raw else ():
        box: Section | None = getattr(amplifier, part)
        name, told = keyword + suffix, hdu.cards.get(keyword + suffix)
        if told is not None and (box is None or section(told) != box):
            raise ImpossibleValue(path, f"{hdu.where}: {name}", told, f"{box or 'absent'} as in {camera.yaml}")
