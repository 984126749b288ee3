"""Stamps of a guider: a series of small images of one exposure, in one file."""

from collections.abc import Sequence
from pathlib import Path

from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.errors import ImpossibleValue
from ingest.cameras.fitsfile import Hdu, main_hdu
from ingest.cameras.header import vet
from ingest.cameras.observation import Observation
from ingest.cameras.raw import exposure_id, raw_detector
from ingest.cameras.raw_lsst import GuiderRaw
from ingest.cameras.raw_rules import RawRules
from ingest.cameras.translated import pointing, purpose, times


def is_series(hdus: Sequence[Hdu]) -> bool:
    """Tell whether a main header is that of a guider's stamps."""
    return "GDSSTART" in main_hdu(hdus).cards


def read_guider(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe a series of stamps: one dataset, which tells when it began, not filter and exposure time.

    Raises
    ------
    BadExposureFile
    """
    header = vet(path, main_hdu(hdus).cards, camera, "guider")
    translator = GuiderRaw(header, camera.raw or RawRules())
    shape = _verified_shape(path, header["N_STAMPS"], (header["ROIROWS"], header["ROICOLS"]), hdus)
    exposure = exposure_id(path, translator)
    taken = times(path, camera, translator)
    taken["day_obs"] = translator.to_day_obs()
    return [
        Observation(
            **taken,
            **pointing(path, translator),
            **purpose(translator),
            instrument=camera.name,
            exposure=exposure,
            visit=exposure,
            detector=raw_detector(path, camera, translator).number,
            physical_filter="",  # of a bias or dark the raw frames have none, whatever is in the beam
            band="",
            kind="guider",
            part="",
            shape=shape,
            corners=None,
            wcs="none",
            wcs_problem="",
            pixel_unit=camera.pixel_units["guider"],
            observation_type=translator.to_observation_type(),
        )
    ]


def stamp_times(hdus: Sequence[Hdu]) -> list[Time]:
    """Give the time of each stamp (TAI), in the order of the file."""
    return [Time(hdu.cards["STMPTIME"], format="isot", scale="tai") for hdu in hdus if "STMPTIME" in hdu.cards]


def _verified_shape(path: Path, count: int, shape: tuple[int, int], hdus: Sequence[Hdu]) -> tuple[int, int]:
    """Check that as many stamps are there as the header says, each of the size of the region that it says."""
    stamps = [hdu for hdu in hdus if "STMPTIME" in hdu.cards]
    if len(stamps) != count:
        raise ImpossibleValue(path, "N_STAMPS", count, f"{len(stamps)}, the number of HDUs with STMPTIME")
    for hdu in stamps:
        if hdu.shape != shape:
            size = "{1} x {0}".format(*hdu.shape) if hdu.shape else "no image"
            raise ImpossibleValue(path, f"{hdu.where}: NAXIS1 x NAXIS2", size, f"{shape[1]} x {shape[0]}")
    return shape
