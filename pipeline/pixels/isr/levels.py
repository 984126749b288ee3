"""Overscans of the amplifiers of a detector."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.pixels.isr.errors import BadAmplifier
from pipeline.pixels.isr.overscan import Overscan, overscan_level
from pipeline.pixels.isr.readout import Readout

Levels = tuple[Overscan | None, Overscan | None]
"""What the overscan columns, and what the overscan rows of an amplifier tell."""


def find_levels(
    readouts: Sequence[Readout], horizontal: bool = True, vertical: bool = False, order: int | None = None
) -> list[Levels]:
    """Measure the overscans that are to be subtracted; others are None.

    Overscan rows tell what is left of each column once the level of the overscan columns is gone.

    Parameters
    ----------
    horizontal, vertical
        Whether overscan columns, and overscan rows, are wanted.
    order
        Order of the polynomial over the rows; None for the level of each row.

    Raises
    ------
    BadAmplifier
        A wanted overscan is not there, or has not the size of the data.
    """
    return [_levels(one, horizontal, vertical, order) for one in readouts]


def _levels(readout: Readout, horizontal: bool, vertical: bool, order: int | None) -> Levels:
    of_rows = of_columns = None
    if horizontal:
        if readout.horizontal_overscan is None or readout.horizontal_overscan.shape[1] == 0:
            raise BadAmplifier(readout.name, "has no overscan columns", "set do_overscan to false for this camera")
        if len(readout.horizontal_overscan) != len(readout.data):
            sizes = f"has {len(readout.horizontal_overscan)} rows of overscan for {len(readout.data)} rows of data"
            raise BadAmplifier(readout.name, sizes, "correct the definition of the camera")
        of_rows = overscan_level(readout.horizontal_overscan, order)
    if vertical:
        if readout.vertical_overscan is None or len(readout.vertical_overscan) == 0:
            raise BadAmplifier(
                readout.name, "has no overscan rows", "set do_vertical_overscan to false for this camera"
            )
        if readout.vertical_overscan.shape[1] != readout.data.shape[1]:
            sizes = f"has {readout.vertical_overscan.shape[1]} columns of overscan for {readout.data.shape[1]} of data"
            raise BadAmplifier(readout.name, sizes, "correct the definition of the camera")
        found = overscan_level(readout.vertical_overscan.T)
        base = of_rows.level if of_rows else 0.0
        of_columns = replace(found, rows=found.rows - base, level=found.level - base)
    return of_rows, of_columns
