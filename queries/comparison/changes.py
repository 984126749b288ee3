"""What differs between two JSON documents, path by path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ABSENT = "(absent)"


@dataclass(frozen=True)
class Change:
    """A place in a document where two differ; a value that one lacks is `ABSENT`."""

    path: str  # colour_terms.g[3]
    before: Any
    after: Any


def changes(a: Any, b: Any, path: str = "") -> Iterator[Change]:
    """Give every leaf in which two documents differ, in the order of their paths.

    Lists of one length are compared item by item; others differ as a whole, because nobody knows which item moved.
    1 and 1.0 are the same number, and true is none.
    """
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            here = f"{path}.{key}" if path else str(key)
            yield from changes(a.get(key, ABSENT), b.get(key, ABSENT), here)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for place, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from changes(one, other, f"{path}[{place}]")
    elif a != b or isinstance(a, bool) is not isinstance(b, bool):
        yield Change(path, a, b)
