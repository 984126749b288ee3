"""A camera's files into one image with mask, variance and WCS: the place of instrument signature removal."""

import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning

from ingest.cameras.observation import Observation
from ingest.cameras.read import read_observations
from pipeline.errors import BadInput
from pipeline.image import Image, native
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.instcal import instcal_exposure
from pipeline.pixels.sdss_frame import frame_exposure, interpolate_sky
from pipeline.storage import File
from pipeline.task import Input, Metric, Output, Result, Task, TaskConfig

Opened = fits.HDUList


class StandardizeConfig(TaskConfig):
    """How a camera's files are laid out."""

    layout: Literal["decam_instcal", "sdss_frame"]


class Standardize(Task):
    """Make one image in one layout of whatever files a camera's pipeline delivers."""

    name = "standardize"
    dimensions = ("instrument", "exposure", "detector")
    Config = StandardizeConfig
    raw = Input("raw_image", "file")
    quality = Input("raw_mask", "file", optional=True)
    weight = Input("raw_weight", "file", optional=True)
    image = Output("post_isr_image", "image")
    maskedFraction = Metric("image", "", "Fraction of the pixels with any mask plane set.")

    def run(self, raw: File, quality: File | None, weight: File | None) -> Result:
        """Read the files and put them together.

        Raises
        ------
        BadInput
            Raised if a file is missing, or the pixels cannot be what they should be.
        """
        assert isinstance(self.config, StandardizeConfig)
        observation = next(found for found in read_observations(raw.path, raw.name) if found.part == raw.part)
        try:
            exposure = LAYOUTS[self.config.layout](observation, raw, quality, weight)
        except BadImage as error:
            raise BadInput(str(error)) from error
        facts = {
            name: getattr(observation, name)
            for name in ("instrument", "exposure", "visit", "detector", "physical_filter", "obs_start_mjd_tai")
        }
        return Result({"image": Image(exposure, facts)}, {"maskedFraction": float(np.mean(exposure.mask != 0))})


def _decam_instcal(observation: Observation, raw: File, quality: File | None, weight: File | None) -> Exposure:
    """Put the three InstCal files of a DECam detector together."""
    if quality is None or weight is None:
        raise BadInput("an InstCal image needs its mask (ood) and weight (oow): ingest them too")
    pixels, header = _read(raw)
    return instcal_exposure(
        pixels,
        _read(quality)[0],
        _read(weight)[0],
        wcs=_wcs(header),
        exp_time=observation.exp_time,
        mid_mjd_tai=observation.exp_mid_mjd_tai,
        band=observation.band,
    )


def _sdss_frame(observation: Observation, raw: File, quality: File | None, weight: File | None) -> Exposure:
    """Make an exposure of a corrected SDSS frame, which is one file."""
    with fits.open(raw.path, memmap=False) as hdus:
        header = hdus[0].header
        table = hdus[2].data[0]
        return frame_exposure(
            native(hdus[0].data),
            native(hdus[1].data),
            interpolate_sky(*(native(table[name]) for name in ("ALLSKY", "XINTERP", "YINTERP"))),
            camcol=int(header["CAMCOL"]),
            run=int(header["RUN"]),
            band=observation.band,
            wcs=_wcs(header),
            exp_time=observation.exp_time,
            mid_mjd_tai=observation.exp_mid_mjd_tai,
        )


LAYOUTS: dict[str, Callable[[Observation, File, File | None, File | None], Exposure]] = {
    "decam_instcal": _decam_instcal,
    "sdss_frame": _sdss_frame,
}


def _read(file: File) -> tuple[np.ndarray[Any, Any], fits.Header]:
    """Read the pixels and header of a file's HDU."""
    with fits.open(file.path, memmap=False) as hdus:
        hdu = hdus[file.part or 0]
        return native(hdu.data), hdu.header.copy()


def _wcs(header: fits.Header) -> WCS:
    """Read the WCS; what astropy puts right in passing (dates, units) is no news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        return WCS(header)
