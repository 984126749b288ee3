"""Exposures are found by keys: what a plan costs grows as the number of exposures does, not as its square."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, sql

from pipeline.planner.calibrations import VALID
from pipeline.planner.search import KEEP
from schema.ledger.certification import Validity
from schema.ledger.collections import find
from schema.ledger.coordinates import register_coordinates
from schema.ledger.times import SHUTTER_NS, mjd_ns
from schema.settings import Settings
from tests.support.workshop import certify_biases

pytestmark = pytest.mark.database
N = 400  # exposures of one instrument
REMOVED = ("Rows Removed by Filter", "Rows Removed by Join Filter")
EXPOSURES = f"""
insert into registry.instrument (instrument, description) values ('Toy', 'A toy.');
insert into registry.detector (instrument, detector, name, purpose, nx, ny) values ('Toy', 0, 'D0', 'science', 9, 9);
insert into registry.visit select 'Toy', n, null, 20200101 from generate_series(1, {N}) n;
insert into registry.exposure (instrument, exposure, visit, obs_start_mjd_tai, exp_time, observation_type)
select 'Toy', n, n, 58849 + n, 0, case when n % 2 = 0 then 'bias' else 'science' end from generate_series(1, {N}) n;
analyze registry.exposure"""  # noqa: S608


@pytest.fixture
def places(ledger: Settings, owner: Connection[Any]) -> tuple[list[int], list[int]]:
    """Register the exposures; give the data IDs of exposures, and of visits."""
    owner.execute(EXPOSURES.encode())
    exposures = [{"instrument": "Toy", "exposure": n} for n in range(1, N + 1)]
    visits = [{"instrument": "Toy", "visit": n} for n in range(1, N + 1)]
    keys = register_coordinates(owner, [*exposures, *visits])
    owner.execute("analyze registry.coordinate")
    return keys[:N], keys[N:]


def thrown_away(owner: Connection[Any], statement: Any, arguments: Mapping[str, Any]) -> int:
    """Give how many rows PostgreSQL looked at for a question, and threw away again."""
    question = sql.SQL("explain (analyze, timing off, format json) ") + statement
    (plan,) = owner.execute(question, arguments).fetchall()[0]
    return sum(node.get(name, 0) * node["Actual Loops"] for node in nodes(plan[0]["Plan"]) for name in REMOVED)


def nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from nodes(below)


def test_what_was_observed_is_asked_by_key_for_exposures_and_for_visits(
    owner: Connection[Any], places: tuple[list[int], list[int]]
) -> None:
    exposures, visits = places
    asked = {"keys": [*exposures, *visits], "observed": "bias"}
    kept = {key for (key,) in owner.execute(KEEP, asked)}
    assert kept == {*exposures[1::2], *visits[1::2]}
    assert thrown_away(owner, sql.SQL(KEEP), asked) <= 2 * N


def test_the_time_of_a_calibration_is_asked_by_key_for_exposures_and_for_visits(
    owner: Connection[Any], places: tuple[list[int], list[int]], tmp_path: Path
) -> None:
    certify_biases(owner, tmp_path / "bias", {0: 1}, Validity(None, mjd_ns(58849 + N // 2)))
    keys = [*places[0], *places[1]]
    statement = sql.SQL(VALID).format(shutter=sql.SQL(SHUTTER_NS), dimensions=sql.Identifier("instrument"))
    ((of_type,),) = owner.execute(
        "select dataset_type_id from registry.dataset_type where name = 'toy_bias'"
    ).fetchall()
    asked = {"coordinates": keys, "timed_by": keys, "collections": find(owner, ["Toy/calib"]), "dataset_type": of_type}
    valid = {row[0] for row in owner.execute(statement, asked)}
    assert valid == {*places[0][: N // 2 - 1], *places[1][: N // 2 - 1]}
    assert thrown_away(owner, statement, asked) <= 2 * N
