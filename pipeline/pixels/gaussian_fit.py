"""Elliptical Gaussian fit to the pixels of a star."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

SIGMA_TO_FWHM = float(2.0 * np.sqrt(2.0 * np.log(2.0)))


@dataclass(frozen=True)
class GaussianStar:
    """Best Gaussian of one star.

    Parameters
    ----------
    x, y
        Center (pixels) relative to the center of the stamp.
    fwhm
        Geometric mean of the two full widths at half maximum (pixels).
    flux
        Flux of the Gaussian (pixel unit): below the flux of the star, whose wings are wider.
    sky
        Constant under the star (pixel unit).
    """

    x: float
    y: float
    fwhm: float
    flux: float
    sky: float


def fit_gaussian(stamp: NDArray[np.float64], good: NDArray[np.bool_], fwhm: float) -> GaussianStar | None:
    """Fit center, widths, tilt, peak and constant by unweighted least squares.

    Equal weights make the width that of the core, whatever the brightness of the star.

    Parameters
    ----------
    stamp
        Pixels, sky subtracted or not, shape (s, s), the star near its center.
    good
        Pixels to fit.
    fwhm
        First guess (pixels).

    Returns
    -------
    GaussianStar | None
        None where the fit does not converge to a positive peak inside the stamp.
    """
    half = stamp.shape[0] // 2
    v, u = np.nonzero(good)
    data, u, v = stamp[good], u - half, v - half
    peak = float(np.max(data) - np.median(data))
    if not peak > 0 or len(data) < 12:
        return None
    precision = (SIGMA_TO_FWHM / fwhm) ** 2

    def residual(p: NDArray[np.float64]) -> NDArray[np.float64]:
        du, dv = u - p[2], v - p[3]
        exponent = 0.5 * (p[4] * du * du + p[5] * dv * dv) + p[6] * du * dv
        model: NDArray[np.float64] = p[0] + p[1] * np.exp(-np.clip(exponent, -20.0, 80.0)) - data / peak
        return model

    start = np.array([np.median(data) / peak, 1.0, 0.0, 0.0, precision, precision, 0.0])
    best = least_squares(residual, start, method="lm", max_nfev=400)
    sky, height, x, y, a, b, c = (float(value) for value in best.x)
    determinant = a * b - c * c
    if not best.success or height <= 0 or a <= 0 or determinant <= 0 or max(abs(x), abs(y)) > half:
        return None
    sigma = determinant**-0.25
    return GaussianStar(x, y, SIGMA_TO_FWHM * sigma, peak * height * 2 * np.pi * sigma**2, peak * sky)
