"""InstCal images of the Community Pipeline, and joined images of 90Prime."""

from pipeline.layouts.layout import Source, needed, read_celestial, read_pixels
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.instcal import instcal_exposure


def instcal(source: Source) -> Exposure:
    """Put image, mask and weight of a detector together.

    Where the pixels are photoelectrons (90Prime, Mosaic3) the weight knows of those of the sky alone.
    """
    observation = source.observation
    return instcal_exposure(
        read_pixels(source.raw),
        needed(source.quality, "mask (ood)"),
        needed(source.weight, "weight (oow)"),
        pixel_unit=observation.pixel_unit,
        photon_noise=observation.pixel_unit == "count/s",
        wcs=read_celestial(source),
        exp_time=observation.exp_time,
        mid_mjd_tai=observation.exp_mid_mjd_tai,
        band=observation.band,
    )


def joined(source: Source) -> Exposure:
    """Put image and weight of a joined image together; nobody wrote a mask."""
    observation = source.observation
    return instcal_exposure(
        read_pixels(source.raw),
        None,
        needed(source.weight, "weight (.wht.fits)"),
        pixel_unit=observation.pixel_unit,
        wcs=read_celestial(source),
        exp_time=observation.exp_time,
        mid_mjd_tai=observation.exp_mid_mjd_tai,
        band=observation.band,
    )
