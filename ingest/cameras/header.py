"""Header values that have passed the camera's rules."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.cameras.camera import Camera
from ingest.cameras.errors import ImpossibleValue, MissingKeyword


def vet(path: Path, cards: Mapping[str, Any], camera: Camera) -> dict[str, Any]:
    """Check the keywords that the camera's YAML lists.

    Parameters
    ----------
    path
        The file, for the sentence of an error.
    cards
        Keyword values; the primary header's and the extension's merged.
    camera
        The camera with its rules.

    Returns
    -------
        All the cards, with listed numbers as float or int even where the file has text, and without
        listed keywords that are optional and NaN.

    Raises
    ------
    MissingKeyword, ImpossibleValue
    """
    vetted = dict(cards)
    for name, rule in camera.keywords.items():
        value = vetted.pop(name, None)
        if value is None and rule.needed:
            raise MissingKeyword(path, name)
        if value is None or (not rule.needed and isinstance(value, float) and math.isnan(value)):
            continue
        if rule.limits is None:
            vetted[name] = _text(path, name, value, rule.one_of)
        else:
            vetted[name] = _number(path, name, value, rule.limits, rule.whole)
    return vetted


def _text(path: Path, name: str, value: object, one_of: tuple[str, ...]) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ImpossibleValue(path, name, value, "text")
    if one_of and value.strip().upper() not in one_of:
        raise ImpossibleValue(path, name, value, " or ".join(one_of))
    return value.strip()


def _number(path: Path, name: str, value: Any, limits: tuple[float, float], whole: bool) -> float:
    """Read a number, of text too: SDSS writes its exposure time so."""
    low, high = limits
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        raise ImpossibleValue(path, name, value, f"{kind} from {low:.10g} to {high:.10g}")
    return int(number) if whole else number
