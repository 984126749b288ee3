"""Adaptive second moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_DETERMINANT = 1e-4
"""Least determinant of the moments (pixels^4): a radius of a tenth of a pixel is none."""


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


def adaptive_moments(image: NDArray[np.float64], sigma: float, iterations: int = 200) -> Shape:
    """Measure moments with the elliptical Gaussian weight that matches them (Bernstein & Jarvis 2002, AJ 123, 583).

    Parameters
    ----------
    image
        Noise-free image with one source, odd sides.
    sigma
        First guess of the width (pixels).
    iterations
        Most rounds; the result of the last is returned.

    Returns
    -------
    Shape
        All NaN where the image has no source that a Gaussian can follow.
    """
    v, u = np.indices(image.shape, dtype=np.float64)
    x, y = image.shape[1] // 2 * 1.0, image.shape[0] // 2 * 1.0
    moments = np.diag([sigma**2, sigma**2])
    for _ in range(iterations):
        inverse = np.linalg.inv(moments)
        du, dv = u - x, v - y
        exponent = inverse[0, 0] * du**2 + inverse[1, 1] * dv**2 + 2 * inverse[0, 1] * du * dv
        weighted = image * np.exp(-0.5 * exponent)
        total = weighted.sum() or np.nan
        # A Gaussian source seen through its own weight shows half its moments and half its offset.
        x, y = x + 2 * (weighted * du).sum() / total, y + 2 * (weighted * dv).sum() / total
        cross = (weighted * du * dv).sum()
        previous = moments
        moments = 2 / total * np.array([[(weighted * du**2).sum(), cross], [cross, (weighted * dv**2).sum()]])
        if not (total > 0 and np.linalg.det(moments) > MIN_DETERMINANT):
            return Shape(np.nan, np.nan, np.nan)
        if np.max(np.abs(moments - previous)) < 1e-8 * np.trace(moments):
            break
    return Shape(xx=float(moments[0, 0]), yy=float(moments[1, 1]), xy=float(moments[0, 1]))
