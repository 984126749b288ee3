"""A raw flat to a frame that master flats, photon transfer curves and linearizers are made of."""

from pipeline.task import Input, Output
from pipeline.tasks.isr import Isr
from pipeline.tasks.isr_bias import IsrBiasConfig


class IsrFlatConfig(IsrBiasConfig):
    """Overscan, bias and dark; a pipeline turns the linearity on where frames are for a master flat."""

    do_bias: bool = True
    do_dark: bool = True


class IsrFlat(Isr):
    """Make a frame of a flat (adu)."""

    name = "isr_flat"
    Config = IsrFlatConfig
    raw = Input("raw", "file", observation_type="flat")
    image = Output("flat_frame", "image")
