"""A raw dark to a frame that master darks are made of."""

from pipeline.task import Input, Output
from pipeline.tasks.isr import Isr
from pipeline.tasks.isr_bias import IsrBiasConfig


class IsrDarkConfig(IsrBiasConfig):
    """Overscan and bias; cosmic rays are masked, and left to those who combine frames."""

    do_bias: bool = True
    do_cosmic_rays: bool = True


class IsrDark(Isr):
    """Make a frame of a dark (adu); `dark_time` among its facts tells how long current came together."""

    name = "isr_dark"
    Config = IsrDarkConfig
    raw = Input("raw", "file", observation_type="dark")
    image = Output("dark_frame", "image")
