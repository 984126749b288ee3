"""From the light on a detector to the charge in its pixels."""

import numpy as np
from numpy.typing import NDArray

from pipeline.simulation.bleeding import bleed
from pipeline.simulation.chip import Chip
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.streams import stream
from pipeline.simulation.tracks import add_tracks

Image = NDArray[np.float32]
FEW = 100.0  # electrons from which a normal distribution stands for Poisson's
MOST = 2e5  # electrons whose repulsion a pixel can feel: above, charge has left it long ago


def collect(chip: Chip, exposure: Exposure, light: Image | float) -> Image:
    """Give the electrons in the pixels at the end of an exposure, (ny, nx).

    In the order of nature: response and dark current make an expectation, photons are counted, cosmic rays pass, full
    pixels repel what comes (brighter-fatter), and what they cannot hold flows along the columns.

    Parameters
    ----------
    light
        Expected electrons of a perfect detector.
    """
    seed, effects, words = chip.seed, chip.effects, (exposure.number, chip.detector.number)
    expected = chip.response * np.float32(light) if isinstance(light, float) else chip.response * light
    expected += chip.dark * np.float32(exposure.dark_time)
    charge = count(expected, stream(seed, "photons", *words))
    if effects.cosmic_rays:
        add_tracks(charge, stream(seed, "cosmic rays", *words), effects.cosmic_rays * exposure.dark_time)
    if effects.brighter_fatter:
        repel(charge, effects.brighter_fatter)
    if effects.bleeding:
        amplifiers = chip.camera.amplifiers_of(chip.detector)
        for amplifier, full_well in zip(amplifiers, chip.amplifiers.full_well, strict=True):
            (x1, x2), (y1, y2) = sorted(amplifier.detector.x), sorted(amplifier.detector.y)
            bleed(charge[y1 - 1 : y2, x1 - 1 : x2], np.float32(full_well))
    return charge


def count(expected: Image, random: np.random.Generator) -> Image:
    """Draw Poisson numbers, in single precision; large ones are drawn as normal numbers and rounded."""
    found = random.standard_normal(expected.shape, dtype=np.float32)
    found *= np.sqrt(expected)
    found += expected
    np.rint(found, out=found)
    few = expected < FEW
    found[few] = random.poisson(expected[few])
    return found


def repel(charge: Image, a00: float) -> None:
    """Move charge over the borders of each pixel to its emptier neighbours; in place.

    As charge collects, what is there already turns away a part of what comes, in proportion to the difference of two
    neighbours: the model of Astier et al. 2019, A&A 629, A36, for the four nearest neighbours and to the second order.
    The variance of a flat of mean mu becomes mu + a00 mu**2 + ..., and its sum with all covariances stays mu.

    Parameters
    ----------
    a00
        In 1/e, negative.
    """
    limited = np.minimum(charge, np.float32(MOST))
    first = _flow(limited * limited, a00 / 16)
    charge += first
    # A contrast d of given wavelength grows as charge dq comes by l d dq; so its variance at mu is that of the photons
    # times (exp(2 l mu) - 1) / (2 l mu), whose root is 1 + h + 5/6 h**2 + ... with h = l mu / 2, the first flow.
    limited *= first
    charge += _flow(limited, a00 / 16 * 2 * 5 / 6)


def _flow(field: Image, strength: float) -> Image:
    """Give what each pixel gains from its four neighbours where charge flows along the slope of a field."""
    gained = np.zeros_like(field)
    for axis in (0, 1):
        over = np.diff(field, axis=axis) * np.float32(strength)
        behind, before = (np.moveaxis(gained, axis, 0)[part] for part in (slice(1, None), slice(None, -1)))
        behind += np.moveaxis(over, axis, 0)
        before -= np.moveaxis(over, axis, 0)
    return gained
