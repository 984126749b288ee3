"""Units of columns made elsewhere into those of the definitions."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from astropy import units
from numpy.typing import NDArray

PIXEL_UNIT = "count"  # stands for whatever the pixels of an image are in: see schema/catalog/column.py

Converter = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class BadUnit(ValueError):
    """A unit that nobody knows, or that cannot become ours."""

    def __init__(self, theirs: str, problem: str) -> None:
        self.theirs, self.problem = theirs, problem
        super().__init__(f"the unit {theirs!r} {problem}")


@cache
def converter(theirs: str | None, ours: str | None) -> Converter:
    """Give what turns values in their unit into ours; magnitudes with a zero point, such as mag(AB), become fluxes.

    Raises
    ------
    BadUnit
        Raised if astropy does not know the unit, or knows no way from one to the other.
    """
    if theirs is None or ours is None or theirs == ours:
        return _same
    unit = _parsed(theirs)
    if ours == PIXEL_UNIT and not isinstance(unit, units.LogUnit):
        return _same
    wanted = units.Unit(ours)
    try:
        unit.to(wanted, 1.0)
    except (ValueError, TypeError):
        raise BadUnit(theirs, f"cannot be converted into {ours or 'a number without unit'}") from None
    return lambda values: np.asarray(unit.to(wanted, values), dtype=np.float64)


def _parsed(text: str) -> Any:
    try:
        found = units.Unit(text)
    except (ValueError, TypeError):
        raise BadUnit(text, "is none that astropy knows") from None
    if isinstance(found, units.StructuredUnit):  # such as 'Jy,'
        raise BadUnit(text, "is a list of units")
    return found


def _same(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values
