"""Choice of the stars that show the PSF."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.pixels.detection import Detections

SIZE_TOLERANCE = 0.12
"""Half width of the locus of stars in half-light radius, as a part of the radius."""
MIN_RADIUS = 0.9
"""Least half-light radius (pixels) of a star: the PSF model needs a FWHM of 2 pixels, and hot pixels are sharper."""
NEIGHBOR_FLUX = 0.05
"""Largest flux of a neighbor within the stamp, as a part of the star's flux."""


def half_sample_mode(values: NDArray[np.float64]) -> float:
    """Estimate the mode of a sample by halving to its densest part (Robertson & Cryer 1974).

    Parameters
    ----------
    values
        At least one finite value.
    """
    sample = np.sort(values)
    while len(sample) > 3:
        half = (len(sample) + 1) // 2
        width = sample[half - 1 :] - sample[: len(sample) - half + 1]
        first = int(np.argmin(width))
        sample = sample[first : first + half]
    if len(sample) == 3:
        low, high = sample[1] - sample[0], sample[2] - sample[1]
        sample = sample[:2] if low < high else sample[1:] if high < low else sample[1:2]
    return float(np.mean(sample))


def isolated(
    x: NDArray[np.float64], y: NDArray[np.float64], flux: NDArray[np.float64], reach: float
) -> NDArray[np.bool_]:
    """Tell which sources have no notable neighbor within `reach` (pixels)."""
    alone = np.ones(len(x), dtype=np.bool_)
    pairs = cKDTree(np.stack([x, y], axis=1)).query_pairs(reach, output_type="ndarray")
    for one, other in ((pairs[:, 0], pairs[:, 1]), (pairs[:, 1], pairs[:, 0])):
        alone[one[flux[other] > NEIGHBOR_FLUX * flux[one]]] = False
    return alone


def select_stars(
    found: Detections,
    clean: NDArray[np.bool_],
    known: NDArray[np.bool_],
    *,
    min_snr: float,
    max_stars: int,
    reach: float,
) -> NDArray[np.intp]:
    """Choose bright, isolated, clean sources of the size of a star.

    The size of a star is the median of the sources known to be stars, or where none is known the mode of all
    sizes: galaxies scatter, cosmic rays are few, stars agree.

    Parameters
    ----------
    found
        Detections.
    clean
        True for the sources without a bad, saturated or missing pixel in reach of the PSF stamp.
    known
        True for the sources that a reference catalog lists as a point source.
    min_snr
        Least signal to noise.
    max_stars
        Most stars returned: the brightest.
    reach
        Radius (pixels) that must be free of neighbors.

    Returns
    -------
    NDArray
        Indices of the stars in `found`, ascending.
    """
    # An unknown radius is NaN, which is not larger.
    candidate = clean & (found.snr > min_snr) & (found.radius > MIN_RADIUS)
    candidate &= isolated(found.x, found.y, found.flux, reach)
    if not np.any(candidate):
        return np.array([], dtype=np.intp)
    log_radius = np.log(np.where(candidate, found.radius, 1.0))
    stars = candidate & known
    typical = np.median(log_radius[stars]) if np.any(stars) else half_sample_mode(log_radius[candidate])
    chosen = np.flatnonzero(candidate & (np.abs(log_radius - typical) < np.log1p(SIZE_TOLERANCE)))
    brightest = chosen[np.argsort(-found.snr[chosen], kind="stable")[:max_stars]]
    return np.sort(brightest)
