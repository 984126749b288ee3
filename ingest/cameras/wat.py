"""Polynomials that IRAF writes as text into WATi_nnn, for TNX and ZPX."""

import math
import re
from collections.abc import Sequence

from astropy.io import fits

_CARD = 68  # characters of a card's text; blanks at its end belong to the sentence that goes on in the next card
_HEAD = 8  # kind of polynomial, orders in x and y, kind of cross terms, limits of x and of y
_KINDS, _CROSS = (1, 2, 3), (0, 1, 2)  # Chebyshev, Legendre, powers; no cross terms, all, those up to the order
_NAMES = {1: "lngcor", 2: "latcor"}


def wat_fault(header: fits.Header, axis: int) -> str:
    """Tell why the correction of an axis cannot be read; '' if it can.

    The text is `lngcor = "3. 4. 4. 2. xmin xmax ymin ymax c1 c2 ..."` (IRAF, "The TNX World Coordinate System").
    wcslib reads a header without it as if there were no distortion.

    Parameters
    ----------
    axis
        1 (longitude, lngcor) or 2 (latitude, latcor).
    """
    name = _NAMES[axis]
    found = re.search(rf'\b{name}\s*=\s*"([^"]*)"', _text(header, axis))
    if found is None:
        return f"WAT{axis}_nnn holds no {name}"
    numbers = [_number(word) for word in found[1].split()]
    if len(numbers) < _HEAD or not all(map(math.isfinite, numbers)):
        return f"{name} in WAT{axis}_nnn is no list of numbers"
    if numbers[0] not in _KINDS or numbers[3] not in _CROSS:
        return f"{name} in WAT{axis}_nnn is of a kind that is not read"
    wanted = _coefficients(numbers)
    if len(numbers) - _HEAD != wanted:
        return f"{name} in WAT{axis}_nnn has {len(numbers) - _HEAD} coefficients, not {wanted}"
    return ""


def _text(header: fits.Header, axis: int) -> str:
    """Join the cards WATi_001, WATi_002 and so on; one that is missing ends the text."""
    parts: list[str] = []
    while isinstance(part := header.get(f"WAT{axis}_{len(parts) + 1:03d}"), str):
        parts.append(part.ljust(_CARD))
    return "".join(parts)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan


def _coefficients(head: Sequence[float]) -> int:
    """Count the coefficients that the head promises."""
    x_order, y_order, cross = (int(number) for number in head[1:4])
    if cross == 0:
        return x_order + y_order - 1
    if cross == 1:
        return x_order * y_order
    return sum(min(x_order, max(x_order, y_order) - y) for y in range(y_order))
