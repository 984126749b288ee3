"""True noise of PSF fluxes, from fits to empty sky."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from pipeline.pixels.forced import lone_pulls
from pipeline.pixels.psf import PsfModel

STEP = 8
"""Distance (pixels) of the places on the lattice."""
CLEARANCE = 8
"""Least distance (pixels) of a place from what is detected, masked or listed."""
FEWEST = 30
"""Fewest empty places that tell the noise: the scale is then good to 13 %."""
MOST = 2000


@dataclass(frozen=True)
class NoiseScale:
    """Factor between the scatter of fluxes on empty sky and their errors.

    Parameters
    ----------
    value
        The factor; 1 where too few places are empty.
    n_places
        Places it was measured at; 0 where it is assumed.
    """

    value: float
    n_places: int


def empty_places(occupied: NDArray[np.bool_], half_size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Choose lattice positions (pixels) away from the occupied pixels and the border."""
    ny, nx = occupied.shape
    rows, columns = (np.arange(half_size, n - half_size, STEP) for n in (ny, nx))
    clear = distance_transform_edt(~occupied)[np.ix_(rows, columns)] >= CLEARANCE
    y, x = (places.astype(np.float64) for places in (rows[np.nonzero(clear)[0]], columns[np.nonzero(clear)[1]]))
    every = max(1, int(np.ceil(len(x) / MOST)))
    return x[::every], y[::every]


def noise_scale(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    occupied: NDArray[np.bool_],
    psf: PsfModel,
) -> NoiseScale:
    """Measure how much larger than stated the noise of a PSF flux is.

    Resampled pixels share noise with their neighbors, which a variance plane cannot say; faint sources below the
    detection limit and an uneven sky add to it. All of it shows in the scatter of fluxes where nothing is
    (as with the empty apertures of Labbe et al. 2003, AJ 125, 1107). The scatter is the half width of the middle
    68 %, so that single sources do not count.

    Parameters
    ----------
    image, variance, usable
        As `pipeline.pixels.forced.force_fluxes` takes them.
    occupied
        Pixels where a source is, detected or listed.
    psf
        PSF model.
    """
    x, y = empty_places(occupied | ~usable, psf.half_size)
    if len(x) < FEWEST:
        return NoiseScale(1.0, 0)
    pulls = lone_pulls(image, variance, usable, x, y, psf)
    low, high = np.percentile(pulls, [15.865, 84.135])
    return NoiseScale(float(high - low) / 2, len(pulls))
