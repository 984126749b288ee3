"""Canonical JSON, and the digests and uids made from it."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1c2c5e-8a52-5a0b-9a4f-5d1e7f1b0c11")  # of SkyLedger's datasets; never changes


def canonical(value: Any) -> bytes:
    """Give the one JSON text of a value: keys sorted, no blanks, no NaN, floats as Python's `repr`.

    Raises
    ------
    ValueError
        Raised for NaN and infinities, which are not equal to themselves or not JSON.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def digest(value: Any) -> bytes:
    """Give the SHA-256 of the canonical JSON of a value, 32 bytes."""
    return sha256(canonical(value)).digest()


def coordinate_digest(data_id: Mapping[str, Any]) -> bytes:
    """Give the digest of a data ID; absent dimensions do not enter, so a new dimension changes no digest."""
    return digest({name: value for name, value in data_id.items() if value is not None})


def provenance_hash(
    task: str,
    code: bytes,
    config: bytes,
    compatibility: str,
    coordinate: bytes,
    inputs: Sequence[tuple[str, int, str]],
    salt: int = 0,
) -> bytes:
    """Give the identity of a quantum, known before it runs.

    Parameters
    ----------
    code, config, coordinate
        Digests, 32 bytes each.
    compatibility
        Class of environments that are declared bit-compatible.
    inputs
        Name in the task, ordinal, and key: `producer's hash/output name` for what a quantum makes,
        the content digest (hexadecimal) for what came from outside. With the content digest for
        every input the result is the action key instead, which finds equal work on equal content.
    salt
        Above 0: recomputed on purpose.
    """
    return digest(
        {
            "v": 1,
            "task": task,
            "code": code.hex(),
            "config": config.hex(),
            "compat": compatibility,
            "coord": coordinate.hex(),
            "salt": salt,
            "inputs": sorted(inputs),
        }
    )


def output_key(provenance: bytes, output: str) -> str:
    """Give the input key of a quantum's output."""
    return f"{provenance.hex()}/{output}"


def output_uid(provenance: bytes, output: str) -> UUID:
    """Give the uid of a quantum's output: the same at every site."""
    return uuid5(NAMESPACE, output_key(provenance, output))


def external_uid(dataset_type: str, coordinate: bytes, content: bytes) -> UUID:
    """Give the uid of a dataset that came from outside."""
    return uuid5(NAMESPACE, f"external/{dataset_type}/{coordinate.hex()}/{content.hex()}")
