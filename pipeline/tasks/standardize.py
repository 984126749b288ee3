"""A camera's files into one image with mask, variance and WCS: the place of instrument signature removal."""

from typing import Literal

import numpy as np
from pydantic import Field

from ingest.cameras.corrections.correction import recorded
from ingest.cameras.read import read_observations
from pipeline.errors import BadInput
from pipeline.image import Image
from pipeline.layouts.bare import bare
from pipeline.layouts.bayer import bayer
from pipeline.layouts.calexp import calexp
from pipeline.layouts.instcal import instcal, joined
from pipeline.layouts.layout import Layout, Source, read_headers
from pipeline.layouts.own import own
from pipeline.layouts.sdss import sdss_frame
from pipeline.pixels.errors import BadImage
from pipeline.storage import File
from pipeline.task import Input, Metric, Output, Result, Task, TaskConfig

Name = Literal["bare", "bayer", "calexp", "instcal", "joined", "own", "sdss_frame"]
LAYOUTS: dict[Name, Layout] = {
    "bare": bare,
    "bayer": bayer,
    "calexp": calexp,
    "instcal": instcal,
    "joined": joined,
    "own": own,
    "sdss_frame": sdss_frame,
}


class StandardizeConfig(TaskConfig):
    """How a camera's files are laid out.

    `layout` is the usual way; `layout_with` names keywords whose presence in a header tells of another one.
    """

    layout: Name
    layout_with: dict[str, Name] = Field(default_factory=dict)


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
        observations = read_observations(raw.path, raw.name, recorded(raw.correction))
        observation = next(found for found in observations if found.part == raw.part)
        source = Source(observation, *read_headers(raw), raw, quality, weight)
        try:
            exposure = self._layout(source)(source)
        except BadImage as error:
            raise BadInput(str(error)) from error
        facts = {
            name: getattr(observation, name)
            for name in ("instrument", "exposure", "visit", "detector", "physical_filter", "obs_start_mjd_tai")
        }
        return Result({"image": Image(exposure, facts)}, {"maskedFraction": float(np.mean(exposure.mask != 0))})

    def _layout(self, source: Source) -> Layout:
        """Choose the layout of an image."""
        assert isinstance(self.config, StandardizeConfig)
        keywords = {*source.header, *source.primary}
        told = (name for keyword, name in self.config.layout_with.items() if keyword in keywords)
        return LAYOUTS[next(told, self.config.layout)]
