"""What one header says about one detector of one exposure."""

from dataclasses import astuple, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Description:
    """What an operator wants to know of a file before it is ingested; what is not recorded is None or ''.

    Attributes
    ----------
    file, hdu
        Name of the file, and which of its headers this is; '' where it holds one.
    instrument, exposure
        As `Observation` has them.
    detector, detector_name
        Number and name; None where no number is known, both are empty in a header of all detectors.
    physical_filter, band
        Filter in the beam, and the band it stands for.
    day_obs
        Observing night YYYYMMDD: by the header where the observatory writes it, else of the noon before the exposure.
    start
        Start of the exposure, TAI, as 2018-11-15T12:55:48.149.
    exp_time
        Exposure time (s).
    airmass
        At the start.
    ra, dec
        ICRS position of the boresight (deg).
    object, observation_type
        As the observer wrote them, the type in small letters.
    remark
        Which keywords say what cannot be true, so that their values were left out.
    """

    file: str
    hdu: str
    instrument: str
    exposure: int
    detector: int | None
    detector_name: str
    physical_filter: str
    band: str
    day_obs: int | None
    start: str
    exp_time: float | None
    airmass: float | None
    ra: float | None
    dec: float | None
    object: str
    observation_type: str
    remark: str

    def row(self) -> tuple[Any, ...]:
        """Give the values in the order of `COLUMNS`."""
        return astuple(self)


COLUMNS = tuple(field.name for field in fields(Description))
