"""A raw bias to a frame that master biases are made of."""

from pipeline.task import Input, Output
from pipeline.tasks.isr import Isr, IsrConfig


class IsrBiasConfig(IsrConfig):
    """Overscan alone: counts, not electrons."""

    do_crosstalk: bool = False
    do_bias: bool = False
    do_linearity: bool = False
    do_dark: bool = False
    do_photon_transfer: bool = False
    do_gain: bool = False
    do_flat: bool = False
    do_defects: bool = False
    do_cosmic_rays: bool = False
    do_interpolation: bool = False


class IsrBias(Isr):
    """Make a frame of a bias (adu)."""

    name = "isr_bias"
    Config = IsrBiasConfig
    raw = Input("raw", "file", observation_type="bias")
    image = Output("bias_frame", "image")
