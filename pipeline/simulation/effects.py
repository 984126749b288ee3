"""What simulated detectors do to the light."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat

from pipeline.simulation.world import Count, Fraction, Part


class Effects(Part):
    """What the detectors do to the light; each can be switched off, and then leaves no trace.

    Attributes
    ----------
    vignetting
        Loss of light at the edge of the field; it goes on beyond until no light is left.
    prnu
        Rms of the pixels' response.
    dark_current, hot_pixels
        Electrons per second and pixel, and the fraction of pixels with two and more of them.
    defects
        Bad columns of a detector.
    cosmic_rays
        Per square centimetre and second, for pixels of 10 um.
    brighter_fatter
        a00 of the photon-transfer curve (1/e, negative).
    bleeding
        Whether charge above the full well flows along the columns.
    gain_scatter
        Relative scatter of the true gain and read noise of amplifiers about those of the camera's definition.
    nonlinearity
        Whether the amplifiers follow the coefficients of the camera's definition.
    crosstalk
        Rms coefficient between amplifiers.
    bias_structure, overscan_drift
        Rms of the fixed pattern, and drift of the level over the rows (adu).
    read_noise
        Whether the amplifiers are noisy.
    """

    vignetting: Fraction = 0.05
    prnu: Fraction = 0.005
    dark_current: NonNegativeFloat = 0.02
    hot_pixels: Fraction = 1e-4
    defects: Count = 2
    cosmic_rays: NonNegativeFloat = 0.05
    brighter_fatter: Annotated[float, Field(ge=-1e-4, le=0)] = -2e-6
    bleeding: bool = True
    gain_scatter: Annotated[float, Field(ge=0, le=0.1)] = 0.02
    nonlinearity: bool = True
    crosstalk: Annotated[float, Field(ge=0, le=0.01)] = 1e-4
    bias_structure: NonNegativeFloat = 3.0
    overscan_drift: NonNegativeFloat = 1.0
    read_noise: bool = True
