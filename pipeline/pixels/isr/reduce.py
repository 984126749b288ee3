"""Instrument signature removal as a whole: from raw amplifiers to an image that can be calibrated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.pixels.isr.chain import Corrected, Masters, correct
from pipeline.pixels.isr.cosmic_rays import CosmicRayLimits, find_cosmic_rays
from pipeline.pixels.isr.defects import Defect, grow, mark_defects
from pipeline.pixels.isr.electronics import Electronics
from pipeline.pixels.isr.interpolation_kernel import interpolate
from pipeline.pixels.isr.levels import Levels, find_levels
from pipeline.pixels.isr.readout import Readout
from pipeline.pixels.mask import BAD, CR, NO_DATA, SAT, UNUSABLE


@dataclass(frozen=True)
class Steps:
    """Which steps are taken, beside those for which there are calibrations.

    Attributes
    ----------
    overscan, vertical_overscan
        Whether the levels of overscan columns, and of overscan rows, are subtracted.
    overscan_order
        Order of a polynomial over the rows; None for the level of each row.
    in_electrons
        Whether pixels become electrons; otherwise they stay counts (adu).
    saturation_grow
        Pixels around saturated ones that are masked, too.
    cosmic_rays
        Limits of their search; None for none.
    interpolation
        Whether defects and cosmic rays are filled from their neighbours.
    """

    overscan: bool = True
    vertical_overscan: bool = False
    overscan_order: int | None = None
    in_electrons: bool = True
    saturation_grow: int = 1
    cosmic_rays: CosmicRayLimits | None = field(default_factory=CosmicRayLimits)
    interpolation: bool = True


@dataclass(frozen=True)
class Reduced:
    """What became of a raw frame.

    Attributes
    ----------
    image, variance, mask
        Shape (ny, nx).
    levels
        What the overscans told, for each amplifier.
    n_cosmic_rays
        Groups of pixels that touch.
    """

    image: NDArray[np.float32]
    variance: NDArray[np.float32]
    mask: NDArray[np.int32]
    levels: Sequence[Levels]
    n_cosmic_rays: int


def reduce(
    readouts: Sequence[Readout],
    electronics: Electronics,
    masters: Masters,
    defects: Iterable[Defect],
    steps: Steps,
) -> Reduced:
    """Remove the instrument signature.

    Raises
    ------
    IsrError
        An amplifier or a calibration does not fit the detector.
    """
    levels = find_levels(readouts, steps.overscan, steps.vertical_overscan, steps.overscan_order)
    made = correct(readouts, levels, electronics, masters, steps.in_electrons)
    mark_defects(made.mask, defects)
    grow(made.mask, SAT, steps.saturation_grow)
    hits = 0
    if steps.cosmic_rays is not None:
        hits = _mask_cosmic_rays(made, steps.cosmic_rays)
    if steps.interpolation:
        interpolate(made.image, made.variance, made.mask, np.int32(BAD | CR | NO_DATA), np.int32(UNUSABLE))
    return Reduced(made.image, made.variance, made.mask, levels, hits)


def _mask_cosmic_rays(made: Corrected, limits: CosmicRayLimits) -> int:
    """Mark the pixels that were hit; give the number of groups."""
    found = find_cosmic_rays(made.image, made.variance, made.mask, limits)
    made.mask[found] |= CR
    return int(ndimage.label(found, np.ones((3, 3)))[1])
