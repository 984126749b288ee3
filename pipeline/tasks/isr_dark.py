"""A raw dark to a frame that master darks are made of."""

from pipeline.task import Input, Output
from pipeline.tasks.isr import Isr
from pipeline.tasks.isr_bias import IsrBiasConfig


class IsrDarkConfig(IsrBiasConfig):
    """Overscan and bias; cosmic rays are left to those who combine frames, for a hot pixel looks like one."""

    do_bias: bool = True


class IsrDark(Isr):
    """Make a frame of a dark (adu); `dark_time` among its facts tells how long current came together."""

    name = "isr_dark"
    Config = IsrDarkConfig
    raw = Input("raw", "file", observation_type="dark")
    image = Output("dark_frame", "image")
