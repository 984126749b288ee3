"""Comparisons from the documents that were kept of them."""

from collections.abc import Mapping
from functools import cache
from math import nan
from typing import Any

from pydantic import TypeAdapter

from queries.comparison.compare import FORMAT, Comparison
from queries.comparison.errors import UnknownFormat


def restored(document: Mapping[str, Any]) -> Comparison:
    """Give a comparison back from its document; nothing is asked of the database.

    Raises
    ------
    UnknownFormat
        Raised if another version of this software has written the document.
    """
    if document.get("format") != FORMAT:
        raise UnknownFormat(document.get("format"), FORMAT)
    return _reader().validate_python({**document, "rows": _with_nan(document["rows"])})


@cache
def _reader() -> TypeAdapter[Comparison]:
    return TypeAdapter(Comparison)


def _with_nan(rows: Any) -> Any:
    """Put NaN where the document of rows has null, because JSON has no such number."""
    match rows:
        case list():
            return [nan if one is None else _with_nan(one) for one in rows]
        case dict():
            return {key: nan if one is None else _with_nan(one) for key, one in rows.items()}
        case _:
            return rows
