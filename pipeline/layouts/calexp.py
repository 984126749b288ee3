"""Calibrated exposures of the LSST pipelines: image, mask and variance in one file."""

from astropy.io import fits

from pipeline.errors import BadInput
from pipeline.image import native
from pipeline.layouts.layout import Source, read_celestial
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.hsc_calexp import calexp_exposure

PLANE = "MP_"


def calexp(source: Source) -> Exposure:
    """Read the three planes, known by EXTTYPE; keywords MP_ of the mask name its bits."""
    observation = source.observation
    with fits.open(source.raw.path, memmap=False) as hdus:
        planes = {hdu.header["EXTTYPE"]: hdu for hdu in hdus if "EXTTYPE" in hdu.header}
        missing = [name for name in ("IMAGE", "MASK", "VARIANCE") if name not in planes]
        if missing:
            raise BadInput(f"{source.raw.name} has no HDU of EXTTYPE {', '.join(missing)}")
        mask = planes["MASK"].header
        return calexp_exposure(
            native(planes["IMAGE"].data),
            native(planes["MASK"].data),
            native(planes["VARIANCE"].data),
            {key.removeprefix(PLANE): int(mask[key]) for key in mask if key.startswith(PLANE)},
            wcs=read_celestial(source),
            pixel_unit=observation.pixel_unit,
            exp_time=observation.exp_time,
            mid_mjd_tai=observation.exp_mid_mjd_tai,
            band=observation.band,
        )
