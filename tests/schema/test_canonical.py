"""Canonical JSON and the identities made from it: fixed for ever, because they are stored."""

import math
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.canonical import (
    canonical,
    digest,
    external_uid,
    output_key,
    output_uid,
    provenance_hash,
)

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=200)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
RECIPE: dict[str, Any] = {
    "task": "calibrate",
    "code": bytes([1] * 32),
    "config": bytes([2] * 32),
    "compatibility": "cpu-1",
    "coordinate": bytes([3] * 32),
    "inputs": [("image", 0, "abc/image"), ("reference", 0, "def")],
    "salt": 0,
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1.0, 0.1, -0.0, 1e22, 1e-7]}, '{"a":[1.0,0.1,-0.0,1e+22,1e-07],"b":1}'),
        ({"é": "ß", "z": None, "Z": True}, '{"Z":true,"z":null,"é":"ß"}'),
        ([], "[]"),
        ((1, 2), "[1,2]"),
        ("a\n", '"a\\n"'),
    ],
)
def test_the_text_of_a_value_is_fixed(value: Any, text: str) -> None:
    assert canonical(value) == text.encode()


@REPEATABLE
@given(st.dictionaries(st.text(), VALUES))
def test_the_order_of_keys_does_not_count(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@REPEATABLE
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_equal_in_text_exactly_when_they_are_equal_in_bits(one: float, other: float) -> None:
    same = one == other and math.copysign(1, one) == math.copysign(1, other)
    assert (canonical(one) == canonical(other)) == same


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": [-math.inf]}])
def test_what_is_no_number_in_json_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest(value)


def test_digests_are_those_of_the_first_release() -> None:
    assert digest({"a": 1}).hex() == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert provenance_hash(**RECIPE).hex() == KNOWN_PROVENANCE
    assert output_uid(bytes(32), "out") == UUID(KNOWN_OUTPUT)
    assert external_uid("raw_image", bytes(32), bytes(32)) == UUID(KNOWN_EXTERNAL)


KNOWN_PROVENANCE = "46e186ab618eb31d677933772ed275a18982914b943d9cb5a8a75be86e280419"
KNOWN_OUTPUT = "4b5ec5b4-d102-5b02-b105-02068646a43a"
KNOWN_EXTERNAL = "0c9fe890-465c-55ae-adde-cfc55c45bd18"

CHANGES: list[dict[str, Any]] = [
    {"task": "other"},
    {"code": bytes(32)},
    {"config": bytes(32)},
    {"compatibility": "cpu-2"},
    {"coordinate": bytes(32)},
    {"salt": 1},
    {"inputs": RECIPE["inputs"][:1]},
    {"inputs": [("image", 1, "abc/image"), ("reference", 0, "def")]},
    {"inputs": [("image", 0, "abc/other"), ("reference", 0, "def")]},
    {"inputs": [("picture", 0, "abc/image"), ("reference", 0, "def")]},
]


def test_everything_in_the_recipe_counts() -> None:
    hashes = {provenance_hash(**{**RECIPE, **change}) for change in [{}, *CHANGES]}
    assert len(hashes) == len(CHANGES) + 1
    assert {len(one) for one in hashes} == {32}


def test_the_order_of_the_inputs_does_not_count() -> None:
    assert provenance_hash(**{**RECIPE, "inputs": RECIPE["inputs"][::-1]}) == provenance_hash(**RECIPE)


def test_an_output_is_identified_by_its_maker_and_name() -> None:
    one, other = bytes([1] * 32), bytes([2] * 32)
    assert output_key(one, "image") == "01" * 32 + "/image"
    uids = {output_uid(one, "image"), output_uid(one, "table"), output_uid(other, "image")}
    assert len(uids) == 3
    assert output_uid(one, "image") in uids
    assert {uid.version for uid in uids} == {5}


def test_a_file_from_outside_is_identified_by_type_place_and_content() -> None:
    one, other = bytes([1] * 32), bytes([2] * 32)
    uids = {
        external_uid("raw", one, one),
        external_uid("raw", one, other),
        external_uid("raw", other, one),
        external_uid("bias", one, one),
    }
    assert len(uids) == 4
