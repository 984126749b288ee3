"""Content of files from outside: their bytes, which part of them, and what was corrected of the header."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def part_content(file_digest: bytes, part: str, right: Mapping[str, Any]) -> bytes:
    """Give the content digest of a part of a file.

    Parameters
    ----------
    file_digest
        SHA-256 of the bytes of the file.
    part
        HDU; empty for the whole file.
    right
        What cards of the header are taken for, by keyword: the same bytes read in another way are other content.
    """
    said = json.dumps(right, sort_keys=True) if right else ""
    return sha256(file_digest + part.encode() + said.encode()).digest()
