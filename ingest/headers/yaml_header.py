"""Headers as YAML, with the tags of LSST's property lists."""

import re
from typing import Any

import yaml

_NUMBER = "-+.0123456789"


class _HeaderLoader(yaml.SafeLoader):
    """The safe loader without YAML 1.1's guesses: dates stay text, and 02:51:16.686 and NO do, too."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (the base class has it so)


for _kind, _pattern, _first in (
    ("bool", "true|false", "tf"),
    ("null", "~|null|", ["~", "n", ""]),
    ("int", "[-+]?(0|[1-9][0-9]*)", _NUMBER),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", _NUMBER),
):
    _HeaderLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), list(_first))


def _cards(loader: yaml.SafeLoader, node: yaml.Node) -> dict[str, Any]:
    """Make keywords with values of a list of [keyword, type, value, comment]; a value is a list where it stood twice.

    Raises
    ------
    ValueError
        A card is not of that form.
    """
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("a property list is a list of cards")
    cards: dict[str, Any] = {}
    for keyword, _, value, _ in loader.construct_sequence(node, deep=True):
        first = value[0] if isinstance(value, list) and value else value
        cards.setdefault(str(keyword), first)
    return cards


_HeaderLoader.add_constructor("lsst.daf.base.PropertyList", _cards)


def load_yaml(text: str) -> Any:
    """Read one YAML document; only plain values and property lists are made of it.

    Raises
    ------
    yaml.YAMLError, ValueError, TypeError, RecursionError
        It is no such YAML.
    """
    return yaml.load(text, _HeaderLoader)
