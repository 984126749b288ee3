"""Photon noise of sources, where a variance is to be made of the pixels themselves."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SIGNIFICANT: Final = 3.0
"""Standard deviations of the sky above which a pixel's light is taken for light."""


def photon_variance(light: NDArray[np.float64], noise: float, gain: float) -> NDArray[np.float64]:
    """Compute the variance of a source's photons, in the unit of `light` squared.

    Pixels that do not stand out get none: else upward noise would weigh less than downward noise, and every weighted
    sum would come out too low.

    Parameters
    ----------
    light
        Pixels without sky.
    noise
        Noise of the sky in a pixel.
    gain
        Photoelectrons per unit of `light`.
    """
    return np.where(light > SIGNIFICANT * noise, light / gain, 0.0)
