"""Adaptive second moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.adaptive_weight import Weights, adapt

PSF_REACH = 2.0
"""Least half side of a noise-free stamp in widths of its source: wide PSFs are cut by their stamps."""


@dataclass(frozen=True)
class Shape:
    """Gaussian-weighted second moments (pixels squared) of an image about its centroid."""

    xx: float
    yy: float
    xy: float

    @property
    def sigma(self) -> float:
        """Determinant radius (pixels): (xx yy - xy^2)^(1/4)."""
        return float((self.xx * self.yy - self.xy**2) ** 0.25)

    @property
    def ellipticity(self) -> tuple[float, float]:
        """Distortion (e1, e2) = (xx - yy, 2 xy) / (xx + yy)."""
        total = self.xx + self.yy
        return (self.xx - self.yy) / total, 2 * self.xy / total


def adaptive_moments(image: NDArray[np.float64], sigma: float) -> Shape:
    """Measure moments with the elliptical Gaussian weight that matches them, as `pipeline.pixels.adaptive_weight` does.

    Parameters
    ----------
    image
        Noise-free image with one source, square with an odd side.
    sigma
        First guess of the width (pixels).

    Returns
    -------
    Shape
        All NaN where the image has no source that a Gaussian can follow.
    """
    weights = Weights(np.zeros((1, 2)), np.array([[sigma**2, sigma**2, 0.0]]))
    outcome = adapt(image.reshape(1, -1), weights, PSF_REACH)
    if outcome.failed[0] or outcome.too_large[0]:
        return Shape(np.nan, np.nan, np.nan)
    return Shape(*weights.moments[0].tolist())
