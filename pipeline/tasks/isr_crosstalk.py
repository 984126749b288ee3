"""A raw frame with stars to one that crosstalk is measured on."""

from pipeline.task import Input, Output
from pipeline.tasks.isr import Isr
from pipeline.tasks.isr_bias import IsrBiasConfig


class IsrCrosstalkConfig(IsrBiasConfig):
    """Overscan and bias: crosstalk arises before counts are made linear."""

    do_bias: bool = True


class IsrCrosstalk(Isr):
    """Make a frame of the sky as the amplifiers count it (adu)."""

    name = "isr_crosstalk"
    Config = IsrCrosstalkConfig
    raw = Input("raw", "file", observation_type="science")
    image = Output("crosstalk_frame", "image")
