"""The point-spread function, and how it changes over the field."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.simulation.projection import Projection
from pipeline.simulation.weather import terms

Array = NDArray[np.float64]
STEP = 0.004  # of the radial profile, in FWHM
REACH = 40.0  # of the radial profile, in FWHM
MOST = 0.4  # ellipticity
SIGMA = 2.3548  # FWHM of a Gaussian of that dispersion 1


@cache
def profile() -> Array:
    """Give the surface brightness of a Kolmogorov PSF of flux 1 and FWHM 1, every STEP from the center.

    It stands for the effective PSF, pixels included, so that stars are sampled and galaxies are drawn without a pixel.
    """
    from galsim import Kolmogorov, PositionD

    kolmogorov = Kolmogorov(fwhm=1.0)
    radii = np.arange(0.0, REACH + 2 * STEP, STEP)
    return np.array([kolmogorov.xValue(PositionD(radius, 0.0)) for radius in radii])


@dataclass(frozen=True)
class Psf:
    """The PSF of one exposure on one detector.

    Attributes
    ----------
    fwhm
        In the middle of the field (pixels).
    """

    fwhm: float
    projection: Projection

    def at(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Give FWHM (pixels) and ellipticities e1 and e2 at pixels, (n,) each.

        The ellipticity is (a2 - b2) / (a2 + b2) of axes a and b, along columns and along their diagonal.
        """
        weather = self.projection.weather
        field = terms(*self.projection.field(x, y))
        size = self.fwhm * np.clip(1 + weather.size @ field, 0.5, 2.0)
        e1, e2 = (shape[0] + shape[1:] @ field for shape in weather.shape)
        limit = np.minimum(1.0, MOST / np.maximum(np.hypot(e1, e2), 1e-12))
        return size, e1 * limit, e2 * limit


def matrices(fwhm: Array, e1: Array, e2: Array) -> Array:
    """Give the matrices that stretch a round profile of FWHM 1 into the PSF, (n, 2, 2)."""
    shrink = 1 / (1 + np.sqrt(1 - e1**2 - e2**2))
    g1, g2 = e1 * shrink, e2 * shrink
    scale = fwhm / np.sqrt(1 - g1**2 - g2**2)
    rows = [[(1 + g1) * scale, g2 * scale], [g2 * scale, (1 - g1) * scale]]
    return np.moveaxis(np.array(rows), -1, 0)


def blurred(matrix: Array, spread: Array) -> Array:
    """Widen a PSF by a covariance (pixels squared): dispersion that is small against the PSF. All (n, 2, 2)."""
    covariance = matrix @ np.swapaxes(matrix, -1, -2) + spread * SIGMA**2
    return np.asarray(np.linalg.cholesky(covariance))
