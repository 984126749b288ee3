"""PANOPTES images: raw frames of a DSLR camera, with or without a WCS."""

from collections.abc import Sequence
from pathlib import Path

from astropy import units as u
from astropy.coordinates import SkyCoord

from ingest.cameras.camera import Camera
from ingest.cameras.describe import describe
from ingest.cameras.errors import UnknownDetector, UnknownProduct
from ingest.cameras.fitsfile import Hdu, main_hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.observation import Observation
from ingest.cameras.translator import HeaderTranslator

_EXPECTED = "single images, plain or tile-compressed"


class PanoptesTranslator(HeaderTranslator):
    """Reads the header of an image.

    The exposure is numbered by its start: IMAGEID and SEQID are those of the sequence and the same in all its images,
    and FILENAME tells when the raw file was written.
    """

    position_keyword = "RA-MNT, DEC-MNT"

    def to_tracking_radec(self) -> SkyCoord:
        """Return where the mount points, up to 2 degrees beside the center of the field."""
        return SkyCoord(self._header["RA-MNT"] * u.deg, self._header["DEC-MNT"] * u.deg, frame="fk5")

    def to_object(self) -> str:
        """Return FIELD."""
        return str(self._header.get("FIELD", ""))


def read_panoptes(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe the one image of a file.

    Raises
    ------
    BadExposureFile
    """
    hdu = main_hdu(hdus)
    if hdu.shape is None or hdu is not hdus[-1]:
        raise UnknownProduct(path, "is not a single image", _EXPECTED)
    header = vet(path, hdu.cards, camera)
    detector = next((d for d in camera.detectors if d.name == header["CAMSN"]), None)
    if detector is None:
        raise UnknownDetector(path, f"{camera.name} has no camera with serial number {header['CAMSN']}", camera.yaml)
    translator = PanoptesTranslator(header)
    observation = describe(
        path,
        camera,
        translator,
        hdu,
        detector=detector,
        physical_filter=known_filter(path, camera, translator.to_physical_filter()),
        kind="image",
        part="",
    )
    return [observation]
