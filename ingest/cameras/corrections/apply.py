"""Headers as they should have been."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.cameras.corrections.correction import Change, Correction
from ingest.cameras.fitsfile import Hdu, main_hdu


def correct(
    path: Path, named: str, hdus: Sequence[Hdu], corrections: Sequence[Correction]
) -> tuple[list[Hdu], tuple[Change, ...]]:
    """Apply the first correction that is about a file, if any.

    A keyword is replaced wherever it stands, and comes into the primary header where it stands nowhere. One that nobody
    knows is None from then on. The stored bytes stay as they are.

    Parameters
    ----------
    path, named
        The file, and the name under which it came.

    Returns
    -------
        The HDUs with corrected cards, and what was changed.
    """
    found = next((correction for correction in corrections if correction.fits(path, named)), None)
    if found is None:
        return list(hdus), ()
    right = {keyword: replacement.value for keyword, replacement in found.keywords.items()}
    changes = tuple(
        Change(keyword, _told(hdus, keyword), replacement.value, replacement.reason)
        for keyword, replacement in found.keywords.items()
    )
    told = {keyword for hdu in hdus for keyword in hdu.cards}
    new = {keyword: value for keyword, value in right.items() if keyword not in told}
    main = main_hdu(hdus)
    return [_corrected(hdu, right, new if hdu is main else {}) for hdu in hdus], changes


def _told(hdus: Sequence[Hdu], keyword: str) -> Any:
    """Give what the file says, of the first HDU that says anything; what JSON does not have (NaN, complex) as text."""
    value = next((hdu.cards[keyword] for hdu in hdus if keyword in hdu.cards), None)
    plain = value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else str(value)


def _corrected(hdu: Hdu, right: dict[str, Any], new: dict[str, Any]) -> Hdu:
    cards = {keyword: right.get(keyword, value) for keyword, value in hdu.cards.items()}
    return replace(hdu, cards=cards | new)
