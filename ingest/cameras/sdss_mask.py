"""SDSS masks: lists of spans by plane, one file per frame."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.cameras.camera import Camera, PhysicalFilter
from ingest.cameras.errors import ImpossibleValue, UnknownProduct
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.observation import Observation
from ingest.cameras.sdss_names import detector_number, exposure_number

NAME = re.compile(r"fpM-(?P<RUN>\d+)-(?P<FILTER>[ugriz])(?P<CAMCOL>\d)-(?P<FIELD>\d+)\.")
_UNKNOWN = (
    *("obs_start_mjd_tai", "exp_mid_mjd_tai", "exp_time", "ra", "dec", "azimuth", "altitude", "zenith_distance"),
    *("airmass", "sky_rotation"),
)
_EXPECTED = "fpM-RUN-FILTERCAMCOL-FIELD files"


def read_mask(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> Observation:
    """Describe a mask: HDU n + 1 lists the spans of plane n on the whole frame, and the last one names the planes.

    The filter stands in the file name alone, the time nowhere: an fpM file belongs to the frame of the same numbers.
    It has no WCS either.

    Raises
    ------
    BadExposureFile
    """
    match = NAME.match(path.name)
    if match is None:
        raise UnknownProduct(path, "is not an SDSS mask", _EXPECTED)
    header = vet(path, hdus[0].cards, camera, "mask")
    for name in ("RUN", "CAMCOL", "FIELD"):
        if header[name] != int(match[name]):
            raise ImpossibleValue(path, name, header[name], f"{int(match[name])}, as the file name says")
    _check_planes(path, hdus[1:], header["NPLANE"])
    return _observation(camera, header, known_filter(path, camera, match["FILTER"]))


def _observation(camera: Camera, header: dict[str, Any], physical_filter: PhysicalFilter) -> Observation:
    """Put together what is known, which is little: the numbers, the filter, the size."""
    exposure = exposure_number(header["RUN"], header["FIELD"], physical_filter.name)
    unknown: dict[str, Any] = dict.fromkeys(_UNKNOWN, math.nan)
    return Observation(
        instrument=camera.name,
        exposure=exposure,
        visit=exposure,
        detector=detector_number(header["CAMCOL"], physical_filter.name),
        physical_filter=physical_filter.name,
        band=physical_filter.band,
        day_obs=None,
        **unknown,
        target_name="",
        science_program="",
        kind="mask",
        part="",
        shape=(header["MASKROWS"], header["MASKCOLS"]),
        corners=None,
        wcs="none",
        wcs_problem="",
        pixel_unit=camera.pixel_units["mask"],
    )


def _check_planes(path: Path, hdus: Sequence[Hdu], planes: int) -> None:
    """Check that there is a table of spans for each plane, and one that names them."""
    if len(hdus) != planes + 1:
        raise UnknownProduct(path, f"has {len(hdus)} HDUs after the first, not {planes + 1}", _EXPECTED)
    tables = [_columns(hdu) for hdu in hdus]
    if not all("s" in names for names in tables[:-1]) or not {"attributeName", "Value"} <= tables[-1]:
        raise UnknownProduct(path, "has tables without spans or names of planes", _EXPECTED)


def _columns(hdu: Hdu) -> set[str]:
    """Give the names of a table's columns; none where it is no table that can be read."""
    try:
        return set(hdu.fits.columns.names)
    except Exception:  # astropy raises almost anything when a table's header is wrong
        return set()
