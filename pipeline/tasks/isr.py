"""A raw frame to one image in electrons: instrument signature removal in steps that can be left out."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from pipeline.errors import BadInput
from pipeline.image import Image
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.isr.chain import Masters
from pipeline.pixels.isr.cosmic_rays import CosmicRayLimits
from pipeline.pixels.isr.errors import IsrError
from pipeline.pixels.isr.levels import Levels
from pipeline.pixels.isr.reduce import Reduced, Steps, reduce
from pipeline.pixels.mask import BAD, NO_DATA, SAT
from pipeline.raw.frame import RawFrame, read_frame
from pipeline.raw.tables import defects_of, electronics
from pipeline.storage import File
from pipeline.task import Calibration, Input, Metric, Output, Result, Task, TaskConfig

LIMITS = CosmicRayLimits()


class IsrConfig(TaskConfig):
    """Which steps are taken, in this order, and how."""

    do_overscan: bool = Field(True, description="Subtract the level of the overscan columns from each row.")
    overscan_order: int | None = Field(None, ge=0, le=30, description="Order of a polynomial over the rows instead.")
    do_vertical_overscan: bool = Field(False, description="Subtract what the overscan rows tell of each column.")
    do_saturation: bool = Field(True, description="Mask saturated pixels.")
    saturation_grow: int = Field(1, ge=0, le=20, description="Pixels around saturated ones that are masked, too.")
    do_crosstalk: bool = True
    do_bias: bool = True
    do_linearity: bool = True
    do_dark: bool = True
    do_photon_transfer: bool = Field(True, description="Take gain and read noise from there, not from the definition.")
    do_gain: bool = Field(True, description="Give electrons, not counts (adu).")
    do_flat: bool = True
    do_defects: bool = True
    do_cosmic_rays: bool = True
    cosmic_ray_clip: float = Field(LIMITS.clip, gt=0, description="Least sharpness of a hit (standard deviations).")
    cosmic_ray_fraction: float = Field(LIMITS.fraction, gt=0, le=1, description="Part of it that a neighbour needs.")
    cosmic_ray_contrast: float = Field(LIMITS.contrast, gt=0, description="Least sharpness over the fine structure.")
    cosmic_ray_passes: int = Field(LIMITS.passes, ge=1, le=20)
    do_interpolation: bool = Field(True, description="Fill defects and cosmic rays from their neighbours.")

    def steps(self) -> Steps:
        """Give the same as the pixel code takes it."""
        limits = CosmicRayLimits(
            self.cosmic_ray_clip, self.cosmic_ray_fraction, self.cosmic_ray_contrast, self.cosmic_ray_passes
        )
        return Steps(
            overscan=self.do_overscan,
            vertical_overscan=self.do_vertical_overscan,
            overscan_order=self.overscan_order,
            in_electrons=self.do_gain,
            saturation_grow=self.saturation_grow,
            cosmic_rays=limits if self.do_cosmic_rays else None,
            interpolation=self.do_interpolation,
        )


class Isr(Task):
    """Make a calibrated image with variance and mask planes of a raw frame.

    Frames for calibrations are made by subclasses, which name another observation type and another output, and leave
    steps out by their config.
    """

    name = "isr"
    dimensions = ("instrument", "exposure", "detector")
    Config = IsrConfig
    raw = Input("raw", "file", observation_type="science")
    bias = Calibration("bias", "image", when="do_bias")
    dark = Calibration("dark", "image", when="do_dark")
    flat = Calibration("flat", "image", when="do_flat")
    defects = Calibration("defects", "table", when="do_defects")
    linearizer = Calibration("linearizer", "table", when="do_linearity")
    photon_transfer = Calibration("photon_transfer", "table", when="do_photon_transfer")
    crosstalk = Calibration("crosstalk", "table", when="do_crosstalk")
    image = Output("post_isr_image", "image")

    overscanLevel = Metric("image", "count", "Level of the overscan (adu), median of the amplifiers.")
    overscanNoise = Metric("image", "count", "Noise of the overscan (adu), median of the amplifiers.")
    saturatedFraction = Metric("image", "", "Fraction of the pixels that are saturated, or beside such.")
    nCosmicRay = Metric("image", "", "Number of cosmic rays: groups of pixels that touch.")
    maskedFraction = Metric("image", "", "Fraction of the pixels with any mask plane set.")

    def run(
        self,
        raw: File,
        bias: Image | None,
        dark: Image | None,
        flat: Image | None,
        defects: pa.Table | None,
        linearizer: pa.Table | None,
        photon_transfer: pa.Table | None,
        crosstalk: pa.Table | None,
    ) -> Result:
        """Read the frame and remove the signature.

        Raises
        ------
        BadInput
            Raised if the frame or a calibration does not fit the detector.
        """
        assert isinstance(self.config, IsrConfig)
        config = self.config
        frame = read_frame(raw)
        known = electronics(frame, photon_transfer, linearizer, crosstalk, config.do_gain)
        if not config.do_saturation:
            known = replace(known, saturation=np.full_like(known.saturation, np.inf))
        boxes = () if defects is None else defects_of(defects)
        try:
            made = reduce(frame.amplifiers, known, _masters(bias, dark, flat, frame.dark_time), boxes, config.steps())
        except IsrError as error:
            raise BadInput(f"{frame.name}: {error}") from error
        image = _image(frame, made, "electron" if config.do_gain else "adu")
        return Result({"image": image}, {**_level_metrics(made.levels), **_mask_metrics(made)})


def _masters(bias: Image | None, dark: Image | None, flat: Image | None, dark_time: float) -> Masters:
    """Put the calibration frames together; what one of them could not measure is bad."""
    bad = [(one.exposure.mask & (BAD | NO_DATA)) != 0 for one in (bias, dark, flat) if one is not None]
    return Masters(_pixels(bias), _pixels(dark), _pixels(flat), dark_time, bad)


def _pixels(master: Image | None) -> NDArray[np.float32] | None:
    """Give the pixels of a calibration frame."""
    return None if master is None else master.exposure.image


def _image(frame: RawFrame, made: Reduced, unit: str) -> Image:
    """Put the pixels and the facts of the frame together."""
    observation = frame.observation
    exposure = Exposure(
        image=made.image,
        variance=made.variance,
        mask=made.mask,
        wcs=frame.wcs(),
        pixel_unit=unit,
        exp_time=observation.exp_time,
        mid_mjd_tai=observation.exp_mid_mjd_tai,
        band=observation.band,
    )
    names = ("instrument", "exposure", "visit", "detector", "physical_filter", "obs_start_mjd_tai")
    facts = {name: getattr(observation, name) for name in names}
    return Image(exposure, {**facts, "dark_time": frame.dark_time})


def _level_metrics(levels: Sequence[Levels]) -> dict[str, float]:
    """Give the medians of the overscans, where they were measured."""
    found = [one for one, _ in levels if one is not None]
    if not found:
        return {}
    noise = float(np.median([one.noise for one in found]))
    level = {"overscanLevel": float(np.median([one.level for one in found]))}
    return level | ({"overscanNoise": noise} if math.isfinite(noise) else {})


def _mask_metrics(made: Reduced) -> dict[str, float]:
    return {
        "saturatedFraction": float(np.mean((made.mask & SAT) != 0)),
        "nCosmicRay": float(made.n_cosmic_rays),
        "maskedFraction": float(np.mean(made.mask != 0)),
    }
