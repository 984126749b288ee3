"""A task that makes images of text files."""

from typing import Any

import numpy as np
from astropy.wcs import WCS

from pipeline.image import Image
from pipeline.pixels.exposure import Exposure
from pipeline.task import Input, Output, Result, Task


class Picture(Task):
    """Draw the letters of a file."""

    name = "toy_picture"
    dimensions = ("instrument", "exposure", "detector")
    raw = Input("raw_image", "file")
    picture = Output("toy_picture", "image")

    def run(self, raw: Any) -> Result:
        letters = np.tile(np.frombuffer(raw.path.read_bytes()[:18], np.uint8).astype(np.float32), (18, 1))
        facts: dict[str, str | int | float] = {
            "instrument": "Toy", "exposure": 1, "visit": 1, "detector": 0, "physical_filter": "g",
            "obs_start_mjd_tai": 58849.0,
        }  # fmt: skip
        exposure = Exposure(
            image=letters,
            variance=np.ones_like(letters),
            mask=np.zeros(letters.shape, np.int32),
            wcs=WCS(naxis=2),
            pixel_unit="adu",
            exp_time=30.0,
            mid_mjd_tai=58849.0,
            band="g",
            header_zero_point=None,
        )
        return Result({"picture": Image(exposure, facts)})
