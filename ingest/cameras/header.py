"""Header values that have passed the camera's rules."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.cameras.camera import Camera, Keyword, PhysicalFilter
from ingest.cameras.errors import ImpossibleValue, MissingKeyword, NotKnown, UnknownFilter

_SEXAGESIMAL = re.compile(r"([+-]?)(\d{1,3}):([0-5]?\d):([0-5]?\d(?:\.\d*)?)")


def vet(path: Path, cards: Mapping[str, Any], camera: Camera, product: str = "") -> dict[str, Any]:
    """Check the keywords that the camera's YAML lists.

    Parameters
    ----------
    path
        The file, for the sentence of an error.
    cards
        Keyword values; the primary header's and the extension's merged.
    camera
        The camera with its rules.
    product
        Name of the layout whose rules hold instead.

    Returns
    -------
        All the cards, with listed numbers as float or int even where the file has text, and without
        listed keywords that are optional and NaN, and without those that a header correction gives up.

    Raises
    ------
    MissingKeyword, ImpossibleValue, NotKnown
    """
    vetted = {name: value for name, value in cards.items() if value is not None}
    rules = camera.products[product].keywords if product else camera.keywords
    for name, rule in rules.items():
        value = vetted.pop(name, None)
        if value is None:
            _verify_absence(path, name, rule, name in cards, camera)
        if value is None or (not rule.needed and isinstance(value, float) and math.isnan(value)):
            continue
        if rule.limits is None:
            vetted[name] = _text(path, name, value, rule)
        else:
            vetted[name] = _number(path, name, value, rule, rule.limits)
    return vetted


def _verify_absence(path: Path, name: str, rule: Keyword, given_up: bool, camera: Camera) -> None:
    """Check that an image can do without a keyword that is missing, or that nobody knows."""
    if given_up and rule.needed is True:
        raise NotKnown(path, name, camera.name)
    if not given_up and rule.needed:
        raise MissingKeyword(path, name)


def known_filter(path: Path, camera: Camera, name: str) -> PhysicalFilter:
    """Look a filter up by its physical name.

    Raises
    ------
    UnknownFilter
    """
    found = camera.filter(name)
    if found is None:
        raise UnknownFilter(path, name, camera.yaml)
    return found


def _text(path: Path, name: str, value: object, rule: Keyword) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ImpossibleValue(path, name, value, "text")
    text = value.strip()
    if rule.one_of and text.upper() not in rule.one_of:
        raise ImpossibleValue(path, name, value, " or ".join(rule.one_of))
    if not re.fullmatch(rule.pattern or ".*", text):
        raise ImpossibleValue(path, name, value, f"text that matches {rule.pattern}")
    return text


def _number(path: Path, name: str, value: Any, rule: Keyword, limits: tuple[float, float]) -> float:
    """Read a number, of text too: SDSS writes its exposure time so."""
    low, high = limits
    number = _sexagesimal(value) if rule.sexagesimal else _decimal(value)
    if not low <= number <= high or (rule.whole and number != int(number)):
        kind = "whole " if rule.whole else "sexagesimal " if rule.sexagesimal else ""
        raise ImpossibleValue(path, name, value, f"a {kind}number from {low:.10g} to {high:.10g}")
    return int(number) if rule.whole else number


def _decimal(value: Any) -> float:
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.nan


def _sexagesimal(value: object) -> float:
    """Read -12:34:56.7, in units of the first field."""
    match = _SEXAGESIMAL.fullmatch(str(value).strip())
    if match is None:
        return math.nan
    sign, first, minutes, seconds = match.groups()
    number = int(first) + int(minutes) / 60 + float(seconds) / 3600
    return -number if sign == "-" else number
