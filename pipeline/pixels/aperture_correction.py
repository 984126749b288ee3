"""Aperture corrections: what each flux of a point source misses, across the image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.aperture import RADII, ApertureSums
from pipeline.pixels.polynomial import polynomial_terms

REFERENCE_RADIUS = 12
"""Radius (pixels) of the aperture that all fluxes are brought to."""
ORDER_STARS = ((100, 2), (20, 1), (1, 0))
"""(stars, order): the polynomial order that so many stars allow."""
CLIP = 4.0
ROUNDS = 5
FLOOR = 1e-3
"""Scatter of the ratio from star to star that is assumed at least."""


@dataclass(frozen=True)
class ApertureCorrection:
    """Ratio of the reference flux to another flux, a polynomial in position.

    Parameters
    ----------
    coefficients
        Value of each polynomial term, shape (terms,); NaN where no star shows the ratio.
    covariance
        Their covariance, scaled up where the stars scatter more than their errors, shape (terms, terms).
    order
        Order of the polynomial.
    shape
        Rows and columns of the image; positions are scaled to [-1, 1] by it.
    n_stars
        Stars that it was made of.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    order: int
    shape: tuple[int, int]
    n_stars: int

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Evaluate the ratio and its standard error at positions (pixels)."""
        terms = _terms(x, y, self.shape, self.order)
        return terms @ self.coefficients, np.sqrt(np.einsum("ni,ij,nj->n", terms, self.covariance, terms))


def _terms(x: NDArray[np.float64], y: NDArray[np.float64], shape: tuple[int, int], order: int) -> NDArray[np.float64]:
    """Evaluate the polynomial terms, shape (n, terms)."""
    return polynomial_terms(2 * x / (shape[1] - 1) - 1, 2 * y / (shape[0] - 1) - 1, order)


def fit_correction(
    ratio: NDArray[np.float64],
    error: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    shape: tuple[int, int],
) -> ApertureCorrection:
    """Fit the ratios of single stars, without those that stand apart.

    Parameters
    ----------
    ratio, error
        Reference flux over the other flux of each star and its standard error; NaN leaves a star out. Shape (n,).
    x, y
        Positions of the stars (pixels).
    shape
        Rows and columns of the image.
    """
    used = np.isfinite(ratio) & np.isfinite(error)
    if not np.any(used):
        return ApertureCorrection(np.array([np.nan]), np.array([[np.nan]]), 0, shape, 0)
    spread = np.hypot(np.where(used, error, 1.0), FLOOR)
    pull = np.where(used, (ratio - np.median(ratio[used])) / spread, np.inf)
    for _ in range(ROUNDS):
        # With few stars the scatter is not known well enough to reject any.
        scatter = max(1.0, 1.4826 * float(np.median(np.abs(pull[used]))))
        kept = used & (np.abs(pull) <= CLIP * scatter)
        order = next(order for stars, order in ORDER_STARS if np.sum(kept) >= stars)
        terms = _terms(x, y, shape, order)
        weighted = terms[kept] / spread[kept, None]
        inverse = np.linalg.inv(weighted.T @ weighted)
        coefficients = inverse @ (weighted.T @ (ratio[kept] / spread[kept]))
        pull = np.where(used, (ratio - terms @ coefficients) / spread, np.inf)
    freedom = int(np.sum(kept)) - len(coefficients)
    excess = max(1.0, float(np.sum(pull[kept] ** 2)) / freedom) if freedom > 0 else 1.0
    return ApertureCorrection(
        coefficients, np.asarray(inverse * excess, dtype=np.float64), order, shape, int(np.sum(kept))
    )


def correction_columns(
    sums: ApertureSums,
    psf_flux: NDArray[np.float64],
    stars: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    shape: tuple[int, int],
) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
    """Measure the corrections of all apertures and of the PSF flux; give them at every source.

    As in LSST's `apCorr` columns, a flux times its correction is on the scale of the 12-pixel aperture for a point
    source. The fluxes themselves are left as they are: for a galaxy the product means nothing. Where no star shows
    the correction it is NaN and `psfFlux_flag_apCorr` is set.

    Parameters
    ----------
    sums
        Aperture sums of the n sources.
    psf_flux
        Their PSF fluxes, in the same unit.
    stars
        True for the stars that showed the PSF: bright, isolated and clean.
    x, y
        Positions (pixels).
    shape
        Rows and columns of the image.
    """
    reference = RADII.index(REFERENCE_RADIUS)
    whole, noise = sums.flux[:, reference], sums.flux_error[:, reference]
    good = stars & ~sums.flag[:, reference] & (whole > 0)
    columns: dict[str, NDArray[np.float64] | NDArray[np.bool_]] = {}
    for name, flux, error in _fluxes(sums, psf_flux):
        usable = good & (flux > 0)
        ratio = np.divide(whole, flux, out=np.full(len(whole), np.nan), where=usable)
        # Concentric sums share the pixels of the smaller circle: only the ring between them makes them differ.
        ring = np.sqrt(np.abs(noise**2 - error**2))
        ratio_error = np.divide(ring, np.abs(flux), out=np.full(len(whole), np.nan), where=usable)
        correction = fit_correction(ratio, ratio_error, x, y, shape)
        columns[f"{name}_apCorr"], columns[f"{name}_apCorrErr"] = correction.at(x, y)
    columns["psfFlux_flag_apCorr"] = np.isnan(columns["psfFlux_apCorr"])
    return columns


def _fluxes(
    sums: ApertureSums, psf_flux: NDArray[np.float64]
) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Name the fluxes to be corrected, with errors; that of a PSF flux is small against the reference aperture's."""
    apertures = [
        (f"ap{radius:02d}Flux", sums.flux[:, i], sums.flux_error[:, i])
        for i, radius in enumerate(RADII)
        if radius != REFERENCE_RADIUS
    ]
    return [("psfFlux", psf_flux, np.zeros(len(psf_flux))), *apertures]
