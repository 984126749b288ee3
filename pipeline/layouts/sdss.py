"""SDSS corrected frames, and cut-outs of them, with their masks."""

from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from pipeline.errors import BadInput
from pipeline.image import native
from pipeline.layouts.layout import Source, read_celestial
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.sdss_frame import frame_exposure, interpolate_sky, place_in_frame
from pipeline.pixels.sdss_mask import span_mask
from pipeline.storage import File


def sdss_frame(source: Source) -> Exposure:
    """Make an exposure of a frame, which is one file, and of its mask, where there is one."""
    observation = source.observation
    with fits.open(source.raw.path, memmap=False) as hdus:
        pixels, header = native(hdus[0].data), hdus[0].header
        table = hdus[2].data[0]
        rows, columns = place_in_frame(float(header["CRPIX1"]), float(header["CRPIX2"]), pixels.shape)
        sky, x, y = (native(table[name]) for name in ("ALLSKY", "XINTERP", "YINTERP"))
        mask = None if source.quality is None else _mask(source.quality)[rows, columns]
        return frame_exposure(
            pixels,
            native(hdus[1].data),
            interpolate_sky(sky, x[columns], y[rows]),
            mask=mask,
            camcol=int(header["CAMCOL"]),
            run=int(header["RUN"]),
            band=observation.band,
            wcs=read_celestial(source),
            exp_time=observation.exp_time,
            mid_mjd_tai=observation.exp_mid_mjd_tai,
        )


def _mask(file: File) -> NDArray[np.int32]:
    """Read the span lists of an fpM file: HDU n + 1 holds those of the plane with the value n in the last table."""
    with fits.open(file.path, memmap=False) as hdus:
        header = hdus[0].header
        try:
            shape, count = (int(header["MASKROWS"]), int(header["MASKCOLS"])), int(header["NPLANE"])
            names = {int(row["Value"]): str(row["attributeName"]) for row in hdus[count + 1].data}
            lists: dict[str, list[NDArray[Any]]] = {
                names[plane]: [np.asarray(spans) for spans in hdus[plane + 1].data["s"]] for plane in range(count)
            }
        except (KeyError, IndexError, TypeError) as error:
            raise BadInput(f"{file.name} is no mask of SDSS: {error}; fetch the fpM file again") from error
    return span_mask(lists, shape)
