"""What one HDU of one file says about one detector of one exposure."""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.corrections.correction import Change

Kind = Literal["image", "mask", "weight", "raw", "guider"]
WcsState = Literal["solved", "none", "broken"]


@dataclass(frozen=True)
class Observation:
    """One detector image of one exposure, as its header describes it.

    Angles are degrees and numbers that nobody knows are NaN, so two observations that lack the same number do not
    compare equal. ``corners`` takes no part in the comparison.

    Attributes
    ----------
    instrument
        Name of the camera, as in its YAML.
    exposure, visit
        Integer identifier of the exposure, unique per instrument (64 bit). A visit is one exposure.
    detector
        Number of the detector, as in the camera's YAML.
    physical_filter, band
        Filter in the beam, and the band it stands for; '' where it is unknown.
    day_obs
        Observing night YYYYMMDD: the calendar date, in the site's standard time, of the noon before the exposure.
        None where the date is unknown.
    obs_start_mjd_tai, exp_mid_mjd_tai
        Start and middle of the exposure, TAI (d). For a drift scan: of the first and of the central row.
    exp_time
        Exposure time (s).
    ra, dec
        ICRS position of the telescope's boresight, not of this detector.
    azimuth, altitude, zenith_distance, airmass
        Horizontal position at the start (drift scan: when row 0 was read); azimuth runs from north through east.
    sky_rotation
        Position angle of the image's +y axis, from north through east. Of a raw frame: of the camera, see `Detector`.
    target_name, science_program
        As the observer wrote them; empty where the camera records none.
    kind
        What the pixels are. ``weight`` is an inverse variance, ``raw`` a frame with amplifiers as the telescope wrote
        it, ``guider`` a series of stamps.
    part
        Name of the HDU, or '' where the file is one image.
    shape
        Number of rows and columns (ny, nx).
    corners
        Outer corners of the corner pixels, (4, 2) of ra, dec: lower left, upper left, upper right,
        lower right. Of a raw frame: where its trimmed image must lie, as the boresight tells. None where nobody knows.
    wcs
        ``none``: the camera's images may come without a WCS, and nobody has solved this one yet. ``broken``: the
        header's WCS cannot be used, or is missing where each image must have one.
    wcs_problem
        Why the WCS is broken, as a sentence; '' otherwise.
    pixel_unit
        VOUnit of the pixels; '' for mask codes.
    changes
        What a header correction changed before the header was read.
    observation_type
        science, bias, dark, flat, or another word of the header; '' where nobody knows.
    dark_time
        Time in which a raw frame has gathered dark current (s).
    """

    instrument: str
    exposure: int
    visit: int
    detector: int
    physical_filter: str
    band: str
    day_obs: int | None
    obs_start_mjd_tai: float
    exp_time: float
    exp_mid_mjd_tai: float
    ra: float
    dec: float
    azimuth: float
    altitude: float
    zenith_distance: float
    airmass: float
    sky_rotation: float
    target_name: str
    science_program: str
    kind: Kind
    part: str
    shape: tuple[int, int]
    corners: NDArray[np.float64] | None = field(compare=False)
    wcs: WcsState
    wcs_problem: str
    pixel_unit: str
    changes: tuple[Change, ...] = ()
    observation_type: str = "science"
    dark_time: float = math.nan

    @property
    def is_companion(self) -> bool:
        """Whether it is a mask or weight that does not say when it was taken: its image does."""
        return self.kind in ("mask", "weight") and math.isnan(self.obs_start_mjd_tai)

    @property
    def comes_last(self) -> bool:
        """Whether others must register its exposure first: stamps of a guider do not tell how long it was."""
        return self.is_companion or self.kind == "guider"
