"""Reference stars made ready for one image."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.astrometry import Astrometry, solve_astrometry
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.photometry import ZeroPoint, fit_zero_point
from pipeline.pixels.reference import band_magnitudes, colours, point_sources, positions_at, steady
from pipeline.pixels.wcs_fit import Plane


@dataclass(frozen=True)
class Standards:
    """Point sources of a reference catalog at the epoch of the image; empty without a catalog.

    Parameters
    ----------
    ra, dec
        Positions (degrees), shape (n,).
    magnitude
        AB magnitude in the band of the image; NaN for stars that vary, lack a colour or lie outside the colour
        terms' range, and for all where the band has no colour terms.
    """

    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    magnitude: NDArray[np.float64]

    @classmethod
    def of(cls, reference: NDArray[np.void] | None, mjd_tai: float, band: str, config: CalibrateConfig) -> "Standards":
        """Prepare the rows of one catalog of the `reference_star` table, or None."""
        if reference is None:
            return cls(np.zeros(0), np.zeros(0), np.zeros(0))
        ra, dec = positions_at(reference, mjd_tai)
        magnitude = np.full(len(ra), np.nan)
        if band in config.colour_terms:
            colour = colours(reference, config.reference_colour)
            low, high = config.colour_range
            fit = steady(reference, config.reference_magnitude) & (colour >= low) & (colour <= high)
            terms = config.colour_terms[band]
            magnitude[fit] = band_magnitudes(reference[fit], config.reference_magnitude, colour[fit], terms)
        points = point_sources(reference)
        return cls(ra[points], dec[points], magnitude[points])

    def solve(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        flux: NDArray[np.float64],
        clean: NDArray[np.bool_],
        plane: Plane,
        config: CalibrateConfig,
        error: NDArray[np.float64] | None = None,
    ) -> Astrometry:
        """Solve the astrometry with the clean sources; its source indices are those of `x`, `y`."""
        rows = np.flatnonzero(clean)
        rows = rows[np.argsort(-flux[rows], kind="stable")]
        errors = None if error is None else error[rows]
        solution = solve_astrometry(x[rows], y[rows], self.ra, self.dec, plane, config, errors)
        return replace(solution, source=rows[solution.source])

    def zero_point(self, flux: NDArray[np.float64], solution: Astrometry, few: int) -> ZeroPoint:
        """Compare the fluxes (pixel unit, positive) of the matched sources with their magnitudes."""
        instrumental = -2.5 * np.log10(flux[solution.source])
        return fit_zero_point(self.magnitude[solution.star] - instrumental, few)
