"""Galaxies: Sersic profiles through the PSF of their place."""

import math

import galsim
import numpy as np
from numpy.typing import NDArray

from pipeline.simulation.psf import blurred, matrices
from pipeline.simulation.sources import Sources

Array = NDArray[np.float64]
SMALLEST, LARGEST = 32, 512  # stamps (pixels)
RADII, LEAST_RADII = 4.0, 5.0  # half-light radii that a stamp reaches on each side: per Sersic index, and at least,
WIDTHS = 4.0  # beyond which come some FWHM of the PSF


def draw_galaxies(image: NDArray[np.float32], sources: Sources, per_arcsec: Array) -> None:
    """Add galaxies to an image.

    A band that the air disperses widens the PSF of a galaxy by the second moments of its slices; point sources are
    drawn slice by slice.

    Parameters
    ----------
    per_arcsec
        (2, 2): pixels of an arcsecond to the east and of one to the north, as columns.
    """
    canvas = galsim.ImageF(image, xmin=0, ymin=0)
    spread = np.einsum("ank,bnk,nk->nab", sources.offsets, sources.offsets, sources.shares)
    shapes = blurred(matrices(sources.fwhm, sources.e1, sources.e2), spread)
    scale = math.sqrt(abs(np.linalg.det(per_arcsec)))
    kolmogorov = galsim.Kolmogorov(fwhm=1.0)
    for n in np.flatnonzero(sources.seen.objects["kind"] == "galaxy"):
        told = sources.seen.objects[n]
        psf = kolmogorov.transform(*shapes[n].ravel().tolist()).withFlux(1.0)
        galaxy = _galaxy(told, per_arcsec).withFlux(float(sources.flux[n]))
        radii = max(RADII * told["sersicIndex"], LEAST_RADII)
        half = radii * told["halfLightRadius"] * scale + WIDTHS * sources.fwhm[n]
        x, y = float(sources.x[n]), float(sources.y[n])
        bounds = _around(x, y, 2 * int(np.clip(half, SMALLEST / 2, LARGEST / 2)))
        overlap = bounds & canvas.bounds
        if overlap.isDefined():
            stamp = galsim.ImageF(bounds)
            center = galsim.PositionD(x, y)
            galsim.Convolve(galaxy, psf).drawImage(image=stamp, center=center, scale=1.0, method="no_pixel")
            canvas[overlap] += stamp[overlap]


def _galaxy(told: np.void, per_arcsec: Array) -> galsim.GSObject:
    """Give a profile in pixels; the position angle runs from north (the second axis of the plane) through east."""
    round_one = galsim.Sersic(n=float(told["sersicIndex"]), half_light_radius=float(told["halfLightRadius"]))
    tilt = galsim.Angle(90 - float(told["positionAngle"]), galsim.degrees)
    return round_one.shear(q=float(told["axisRatio"]), beta=tilt).transform(*per_arcsec.ravel().tolist())


def _around(x: float, y: float, size: int) -> galsim.BoundsI:
    left, bottom = round(x) - size // 2, round(y) - size // 2
    return galsim.BoundsI(left, left + size - 1, bottom, bottom + size - 1)
