"""Raw frames behind a colour mosaic."""

from pipeline.layouts.layout import Source, read_celestial, read_pixels
from pipeline.pixels.bayer import bayer_exposure
from pipeline.pixels.exposure import Exposure


def bayer(source: Source) -> Exposure:
    """Make all pixels of a raw frame alike."""
    observation = source.observation
    return bayer_exposure(
        read_pixels(source.raw),
        wcs=read_celestial(source),
        exp_time=observation.exp_time,
        mid_mjd_tai=observation.exp_mid_mjd_tai,
        band=observation.band,
    )
