"""DECam stamps without mask and weight."""

from pipeline.errors import BadInput
from pipeline.layouts.layout import Source, read_celestial, read_pixels
from pipeline.pixels.bare import bare_exposure
from pipeline.pixels.exposure import Exposure


def bare(source: Source) -> Exposure:
    """Make an exposure of a sky-subtracted image, with GAIN and the saturation above the sky (ESATUR)."""
    observation = source.observation
    try:
        gain, saturation = (float(source.header[keyword]) for keyword in ("GAIN", "ESATUR"))
    except (KeyError, TypeError, ValueError):
        raise BadInput(f"{source.raw.name} has no number for GAIN or ESATUR: add it to the header") from None
    return bare_exposure(
        read_pixels(source.raw),
        gain=gain,
        saturation=saturation,
        wcs=read_celestial(source),
        exp_time=observation.exp_time,
        mid_mjd_tai=observation.exp_mid_mjd_tai,
        band=observation.band,
    )
