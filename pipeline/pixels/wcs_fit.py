"""World coordinates: correction of a header WCS, stored as TAN-SIP."""

from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS, Sip
from numpy.typing import NDArray

from pipeline.pixels.matching import Pointing, Points
from pipeline.pixels.polynomial import monomials, polynomial_terms
from pipeline.pixels.tangent import deproject, project

ORDER_MATCHES = ((50, 3), (30, 2), (15, 1))
"""(matches, order): 5 matches for each coefficient; fewer matches fit a shift only."""
SIP_ORDER = 4
GRID = 32
CLIP = 4.0
MAX_CLIP_ROUNDS = 10


@dataclass(frozen=True)
class Plane:
    """Tangent plane at the middle of an image.

    Parameters
    ----------
    wcs
        World coordinates of the header.
    shape
        Rows and columns.
    center
        Right ascension and declination of the tangent point (degrees).
    """

    wcs: WCS
    shape: tuple[int, int]
    center: tuple[float, float]

    @classmethod
    def of(cls, wcs: WCS, shape: tuple[int, int]) -> "Plane":
        """Put the tangent point on the middle of the image."""
        ra, dec = wcs.all_pix2world([(shape[1] - 1) / 2], [(shape[0] - 1) / 2], 0)
        return cls(wcs, shape, (float(ra[0]), float(dec[0])))

    def of_pixels(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
        """Place pixels by the header, shape (n, 2)."""
        if len(x) == 0:
            return np.zeros((0, 2))
        return self.of_sky(*self.wcs.all_pix2world(x, y, 0))

    def of_sky(self, ra: NDArray[np.float64], dec: NDArray[np.float64]) -> Points:
        """Place sky positions (degrees), shape (n, 2)."""
        return np.stack(project(np.asarray(ra), np.asarray(dec), self.center), axis=1)

    def scaled(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scale pixel positions to [-1, 1]."""
        return 2 * x / (self.shape[1] - 1) - 1, 2 * y / (self.shape[0] - 1) - 1


@dataclass(frozen=True)
class Correction:
    """Polynomial that is added to the tangent-plane positions of the corrected pointing.

    Parameters
    ----------
    coefficients
        East and north (arcsec) for each monomial in the scaled pixel position, shape (terms, 2).
    order
        Order of the polynomial.
    kept
        Matches that the clipping left, shape (n,).
    """

    coefficients: NDArray[np.float64]
    order: int
    kept: NDArray[np.bool_]

    def at(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Points:
        """Evaluate at scaled pixel positions, shape (n, 2)."""
        return polynomial_terms(u, v, self.order) @ self.coefficients


def fit_correction(
    u: NDArray[np.float64], v: NDArray[np.float64], offset: Points, error: NDArray[np.float64], order: int
) -> Correction:
    """Fit offsets (arcsec, shape (n, 2)) with a polynomial in u, v, clipping at 4 sigma until nothing changes.

    Parameters
    ----------
    u, v
        Scaled pixel positions.
    offset
        What the polynomial must give.
    error
        Relative error of each offset: its inverse is the weight, and sigma is measured in it.
    order
        Order of the polynomial.
    """
    terms, weight = polynomial_terms(u, v, order), 1.0 / error[:, None]
    kept = np.ones(len(u), dtype=np.bool_)
    for _ in range(MAX_CLIP_ROUNDS):
        solution = np.linalg.lstsq((terms * weight)[kept], (offset * weight)[kept], rcond=None)[0]
        coefficients = np.asarray(solution, dtype=np.float64)
        distance = np.hypot(*((offset - terms @ coefficients) * weight).T)
        # The median of a Rayleigh distribution is 1.1774 sigma.
        sigma = np.median(distance[kept]) / 1.1774
        inside = distance <= max(CLIP * sigma, 1e-6)
        if np.array_equal(inside, kept) or np.sum(inside) < len(coefficients):
            break
        kept = inside
    return Correction(coefficients, order, kept)


def order_for(matches: int) -> int:
    """Choose the polynomial order that so many matches allow."""
    return next((order for least, order in ORDER_MATCHES if matches >= least), 0)


def corrected_wcs(plane: Plane, pointing: Pointing, correction: Correction) -> WCS:
    """Write the corrected header WCS as TAN-SIP.

    The corrected positions of a grid of pixels are fitted again, so that whatever distortion the header describes
    (TPV, SIP, ...) is kept when few matches correct only the shift.
    """
    ny, nx = plane.shape
    mid_x, mid_y = (nx - 1) / 2, (ny - 1) / 2

    def place(x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
        return pointing.apply(plane.of_pixels(x, y)) + correction.at(*plane.scaled(x, y))

    center = place(np.array([mid_x]), np.array([mid_y]))
    reference = tuple(float(value[0]) for value in deproject(center[:, 0], center[:, 1], plane.center))
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, nx - 1, GRID), np.linspace(0, ny - 1, GRID)))
    placed = place(x, y)
    sky = deproject(placed[:, 0], placed[:, 1], plane.center)
    target = np.stack(project(*sky, (reference[0], reference[1])), axis=1) / 3600.0
    return _tan_sip(x - mid_x, y - mid_y, target, (reference[0], reference[1]), (mid_x + 1, mid_y + 1))


def _tan_sip(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    target: NDArray[np.float64],
    crval: tuple[float, float],
    crpix: tuple[float, float],
) -> WCS:
    """Fit tangent-plane positions (degrees, shape (n, 2)) of pixel offsets u, v from the reference pixel."""
    scale = float(np.max(np.abs([u, v])))
    forward = monomials(SIP_ORDER)[1:]
    coefficients = _monomial_fit(u, v, target, forward, scale)
    cd = coefficients[:2].T
    distortion = coefficients @ np.linalg.inv(cd).T
    linear = target @ np.linalg.inv(cd).T
    backward = monomials(SIP_ORDER)
    inverse = _monomial_fit(linear[:, 0], linear[:, 1], np.stack([u, v], axis=1) - linear, backward, scale)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN-SIP", "DEC--TAN-SIP"]
    wcs.wcs.cunit = ["deg", "deg"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cd = crval, crpix, cd
    wcs.wcs.radesys = "ICRS"
    a, b = (_sip_matrix(forward[2:], distortion[2:, axis]) for axis in range(2))
    ap, bp = (_sip_matrix(backward, inverse[:, axis]) for axis in range(2))
    wcs.sip = Sip(a, b, ap, bp, crpix)
    wcs.wcs.set()
    return wcs


def _monomial_fit(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    target: NDArray[np.float64],
    powers: list[tuple[int, int]],
    scale: float,
) -> NDArray[np.float64]:
    """Fit target, shape (n, 2), with the monomials u^i v^j; the fit runs on u / scale, v / scale."""
    design = np.stack([(u / scale) ** i * (v / scale) ** j for i, j in powers], axis=1)
    unit = np.array([scale ** float(i + j) for i, j in powers])
    solution: NDArray[np.float64] = np.linalg.lstsq(design, target, rcond=None)[0] / unit[:, None]
    return solution


def _sip_matrix(powers: list[tuple[int, int]], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay out coefficients as the square matrix [i, j] of SIP."""
    matrix = np.zeros((SIP_ORDER + 1, SIP_ORDER + 1))
    for (i, j), value in zip(powers, values, strict=True):
        matrix[i, j] = value
    return matrix
