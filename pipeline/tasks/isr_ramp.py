"""A raw flat to a frame that linearizers are made of."""

from pipeline.task import Output
from pipeline.tasks.isr_flat import IsrFlat


class IsrRamp(IsrFlat):
    """Make a frame of a flat as the amplifiers count it (adu), whatever a pipeline says of other flats."""

    name = "isr_ramp"
    image = Output("ramp_frame", "image")
