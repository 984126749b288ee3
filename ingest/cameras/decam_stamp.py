"""DECam stamps: one CCD by itself, put on the grid of another exposure."""

from collections.abc import Sequence
from pathlib import Path

from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.describe import describe
from ingest.cameras.errors import ImpossibleValue, UnknownProduct
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.instcal import check_mjd, known_detector
from ingest.cameras.observation import Observation
from ingest.cameras.translator import HeaderTranslator

_EXPECTED = "single images with EXP_BN"


class StampTranslator(HeaderTranslator):
    """Reads the header that the software of sfft gathered from the two HDUs of an InstCal file.

    EXPNUM was lost. The exposure is numbered by its archive name, which holds the second in which it began (UTC): no
    EXPNUM has so many digits.
    """

    position_keyword = "RA_EXP, DEC_EXP"

    def to_exposure_id(self) -> int:
        """Return 20YYMMDDhhmmss of EXP_BN, c4d_YYMMDD_hhmmss_ooi_i_v1."""
        _, date, time, *_ = self._header["EXP_BN"].split("_")
        return int(f"20{date}{time}")

    def to_archive_second(self) -> Time:
        """Return the second that EXP_BN names."""
        return Time.strptime(str(self.to_exposure_id()), "%Y%m%d%H%M%S")

    def to_tracking_radec(self) -> SkyCoord:
        """Return the boresight, both coordinates in degrees."""
        return SkyCoord(self._header["RA_EXP"] * u.deg, self._header["DEC_EXP"] * u.deg, frame="fk5")


def read_stamp(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> Observation:
    """Describe the one CCD of a stamp.

    Resampling writes the DATE-OBS and MJD-OBS of the image whose grid was taken, so the date must be that of EXP_BN;
    where it is not, a header correction has to set it right.

    Raises
    ------
    BadExposureFile
    """
    if len(hdus) != 1 or hdus[0].shape is None or not hdus[0].is_float:
        raise UnknownProduct(path, "is not a single image", _EXPECTED)
    header = vet(path, hdus[0].cards, camera, "stamp")
    translator = StampTranslator(header)
    observation = describe(
        path,
        camera,
        translator,
        hdus[0],
        detector=known_detector(path, camera, "CCDNUM", header["CCDNUM"], header["EXTNAME"]),
        physical_filter=known_filter(path, camera, translator.to_physical_filter()),
        kind="image",
        part="",
    )
    _check_date(path, header["EXP_BN"], translator)
    check_mjd(path, header, translator.to_datetime_begin())
    return observation


def _check_date(path: Path, name: str, translator: StampTranslator) -> None:
    """Check that DATE-OBS lies in the second of the archive name."""
    start = translator.to_datetime_begin()
    try:
        late = (start - translator.to_archive_second()).to_value(u.s)
    except ValueError as error:
        raise ImpossibleValue(path, "EXP_BN", name, "c4d_YYMMDD_hhmmss_ooi_...") from error
    if not -0.001 <= late < 1:
        raise ImpossibleValue(path, "DATE-OBS", start.isot, f"in the second that EXP_BN names ({name})")
