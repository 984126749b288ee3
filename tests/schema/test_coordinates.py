"""Coordinates: one row per data ID, whoever registers it and whenever dimensions are added."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection, errors, sql

from schema.canonical import coordinate_digest
from schema.dimensions import DIMENSIONS, spoken
from schema.ledger.coordinates import DataId, register_coordinates

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

TOY = {"instrument": "Toy", "exposure": 1}
IDS = st.fixed_dictionaries({}, optional={name: st.integers(0, 9) | st.none() for name in DIMENSIONS})


def test_a_data_id_has_one_key_however_often_it_is_registered(filled: Connection[Any]) -> None:
    data_ids: list[DataId] = [{**TOY, "detector": 1}, {"band": "g"}, {**TOY, "detector": 1}]
    keys = register_coordinates(filled, data_ids)
    assert keys[0] == keys[2] != keys[1]
    assert register_coordinates(filled, data_ids[::-1]) == keys[::-1]
    row = filled.execute(
        "select digest, instrument, exposure, detector, band from registry.coordinate where coordinate_id = %s",
        keys[:1],
    ).fetchone()
    assert row == (coordinate_digest(data_ids[0]), "Toy", 1, 1, None)


def test_the_order_of_dimensions_does_not_count(filled: Connection[Any]) -> None:
    forwards, backwards = {"tract": 1, "patch": 2}, {"patch": 2, "tract": 1}
    assert len(set(register_coordinates(filled, [forwards, backwards]))) == 1


def test_nothing_to_register_is_nothing(scratch: Connection[Any]) -> None:
    assert register_coordinates(scratch, []) == []


def test_a_run_without_dimensions_has_a_coordinate_too(scratch: Connection[Any]) -> None:
    assert len(set(register_coordinates(scratch, [{}, {"band": None}]))) == 1


@pytest.mark.parametrize("data_id", [{}, {"band": "g"}, {"tract": 1, "patch": 2}, {**TOY, "detector": 1}])
def test_the_same_data_id_under_another_digest_is_refused(filled: Connection[Any], data_id: dict[str, Any]) -> None:
    register_coordinates(filled, [data_id])
    columns = sql.SQL(", ").join(map(sql.Identifier, ["digest", *data_id]))
    values = sql.SQL(", ").join([sql.Placeholder()] * (len(data_id) + 1))
    statement = sql.SQL("insert into registry.coordinate ({}) values ({})").format(columns, values)
    with pytest.raises(errors.UniqueViolation, match="coordinate_dimensions_key"):
        filled.execute(statement, [bytes(32), *data_id.values()])


@pytest.mark.parametrize(
    "data_id",
    [
        {"instrument": "Nobody"},
        {"instrument": "Toy", "exposure": 2},
        {"instrument": "Toy", "visit": 2},
        {"instrument": "Toy", "detector": 2},
        {"instrument": "Toy", "physical_filter": "u"},
    ],
)
def test_a_data_id_of_something_unknown_is_refused(filled: Connection[Any], data_id: dict[str, Any]) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        register_coordinates(filled, [data_id])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(IDS)
def test_dimensions_that_are_absent_do_not_enter_the_digest(data_id: dict[str, Any]) -> None:
    present = {name: value for name, value in data_id.items() if value is not None}
    assert coordinate_digest(data_id) == coordinate_digest(present)
    assert coordinate_digest({**data_id, "a dimension of tomorrow": None}) == coordinate_digest(present)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(IDS, IDS)
def test_different_data_ids_have_different_digests(one: dict[str, Any], other: dict[str, Any]) -> None:
    def present(data_id: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data_id.items() if value is not None}

    assert (coordinate_digest(one) == coordinate_digest(other)) == (present(one) == present(other))


def test_people_tell_a_data_id_by_what_does_not_follow_from_the_rest() -> None:
    image = {"detector": 0, "instrument": "DECam", "exposure": 5, "physical_filter": "r DECam", "band": "r"}
    assert list(spoken(image).items()) == [("instrument", "DECam"), ("exposure", 5), ("band", "r"), ("detector", 0)]
    flat = {"instrument": "DECam", "physical_filter": "r DECam", "detector": 0}
    assert list(spoken(flat)) == ["instrument", "physical_filter", "detector"]
    assert spoken({"tract": 0, "patch": 7, "healpix": None, "task": "coadd"}) == {"tract": 0, "patch": 7}
