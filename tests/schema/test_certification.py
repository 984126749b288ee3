"""Certification: one calibration at a time, and whatever held once stays known."""

from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from schema.ledger.certification import Validity, certify, decertify
from schema.ledger.collections import find
from schema.ledger.curation import seal
from schema.ledger.errors import BadTime, CollectionRefused, HoldsAlready
from schema.ledger.times import DAY_NS, SHUTTER_NS, bound, mjd_ns, moment, tai_ns
from tests.schema.test_collections import add_datasets
from tests.schema.test_curation import clock, place

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
ALWAYS = Validity(None, None)


def held(connection: Connection[Any], at: Any = None) -> list[tuple[int, int | None, int | None]]:
    """Give what holds now, or held at a time, in the order of its beginning."""
    return connection.execute(
        """select t.dataset_id, lower(t.valid), upper(t.valid) from public.tenure t
           join public.collection c using (collection_id)
           where c.collection = 'calib' and case when %(at)s::timestamptz is null then t.until = 'infinity'
             else t.since <= %(at)s and %(at)s < t.until end
           order by t.valid""",
        {"at": at},
    ).fetchall()


def holds_at(connection: Connection[Any], *times: int) -> list[int | None]:
    rows = connection.execute(
        """select tai_ns, dataset_id from registry.find_calibration(
             %s, (select dataset_type_id from registry.dataset_type where name = 'toy'), %s, %s)""",
        [find(connection, ["calib"]), [place(connection)] * len(times), list(times)],
    )
    found = dict(rows.fetchall())
    return [found.get(time) for time in times]


def test_a_calibration_holds_between_its_ends(filled: Connection[Any]) -> None:
    (one,) = add_datasets(filled, "a")
    assert certify(filled, "calib", [one], Validity(10, 20)) == (1, 0)
    assert certify(filled, "calib", [one], Validity(10, 20)) == (0, 0)
    assert holds_at(filled, 9, 10, 19, 20) == [None, one, one, None]


def test_what_holds_already_is_named(filled: Connection[Any]) -> None:
    one, two = add_datasets(filled, "a", "b")
    certify(filled, "calib", [one], Validity(0, DAY_NS))
    ((uid,),) = filled.execute("select uid from registry.dataset where dataset_id = %s", [one])
    with pytest.raises(HoldsAlready) as refusal:
        certify(filled, "calib", [two], Validity(DAY_NS - 1, None))
    assert str(refusal.value) == (
        f"'calib' has a calibration already: {uid} holds for instrument Toy, exposure 1 from MJD 40587.000000"
        " until MJD 40588.000000; choose another validity, or give --replace"
    )
    assert certify(filled, "calib", [two], Validity(DAY_NS, None)) == (1, 0)
    with pytest.raises(HoldsAlready):
        certify(filled, "other", [one, two], ALWAYS, replace=True)


@pytest.mark.parametrize(
    ("new", "left"),
    [
        (Validity(40, 60), [(10, 40), (60, 90)]),
        (Validity(0, 50), [(50, 90)]),
        (Validity(50, None), [(10, 50)]),
        (Validity(10, 90), []),
        (ALWAYS, []),
        (Validity(90, 95), [(10, 90)]),
    ],
)
def test_a_replacement_cuts_what_held(filled: Connection[Any], new: Validity, left: list[tuple[int, int]]) -> None:
    old, fresh = add_datasets(filled, "a", "b")
    certify(filled, "calib", [old], Validity(10, 90))
    before = clock(filled)
    n, cut = certify(filled, "calib", [fresh], new, replace=True)
    assert (n, cut) == (1, int(left != [(10, 90)]))
    assert [row[1:] for row in held(filled) if row[0] == old] == left
    assert [row[1:] for row in held(filled) if row[0] == fresh] == [(new.begin, new.end)]
    assert held(filled, before) == [(old, 10, 90)]


def test_what_is_taken_back_stays_known(filled: Connection[Any]) -> None:
    (one,) = add_datasets(filled, "a")
    certify(filled, "calib", [one], ALWAYS)
    first = clock(filled)
    assert decertify(filled, "calib", [one], Validity(40, 60)) == 1
    assert held(filled) == [(one, None, 40), (one, 60, None)]
    second = clock(filled)
    assert decertify(filled, "calib", [one], ALWAYS) == 2
    assert decertify(filled, "calib", [one], ALWAYS) == 0
    assert held(filled) == []
    assert held(filled, first) == [(one, None, None)]
    assert held(filled, second) == [(one, None, 40), (one, 60, None)]


def test_only_the_given_calibration_is_taken_back(filled: Connection[Any]) -> None:
    one, two = add_datasets(filled, "a", "b")
    certify(filled, "calib", [one], Validity(0, 10))
    certify(filled, "calib", [two], Validity(10, 20))
    assert decertify(filled, "calib", [two], ALWAYS) == 1
    assert held(filled) == [(one, 0, 10)]


def test_a_sealed_calibration_collection_stays(filled: Connection[Any]) -> None:
    one, two = add_datasets(filled, "a", "b")
    certify(filled, "calib", [one], Validity(0, 10))
    seal(filled, "calib")
    for change in (
        lambda: certify(filled, "calib", [two], Validity(20, 30)),
        lambda: certify(filled, "calib", [two], ALWAYS, replace=True),
        lambda: decertify(filled, "calib", [one], ALWAYS),
        lambda: decertify(filled, "calib", [two], ALWAYS),
    ):
        with pytest.raises(CollectionRefused, match="sealed"):
            change()
    assert held(filled) == [(one, 0, 10)]


def test_calibrations_go_into_calibration_collections(filled: Connection[Any]) -> None:
    with pytest.raises(CollectionRefused, match="'Toy/run' cannot be used so: it is a run collection"):
        certify(filled, "Toy/run", add_datasets(filled, "a"), ALWAYS)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01", 8_000_082_000),  # TAI - UTC before there were leap seconds
        ("2017-01-01", 1_483_228_800_000_000_000 + 37_000_000_000),
        ("2017-01-01T12:00:00.5+02:00", 1_483_228_800_000_000_000 + 36_000_500_000_000 + 37_000_000_000),
        ("40588", DAY_NS),
        ("40587.25", DAY_NS // 4),
        ("58849.5", (58849 - 40587) * DAY_NS + DAY_NS // 2),
    ],
)
def test_instants_are_dates_of_clocks_or_mjd(text: str, ns: int) -> None:
    assert abs(tai_ns(text) - ns) <= 1000


def test_an_exposure_is_an_end(filled: Connection[Any]) -> None:
    start = (58849 - 40587) * DAY_NS
    assert bound(filled, "Toy/1", end=False) == start
    assert bound(filled, "Toy/1", end=True) == start + 30_000_000_000
    with pytest.raises(BadTime, match="'Toy/2' is no time: give an exposure whose time is known"):
        bound(filled, "Toy/2", end=False)


def test_an_exposure_that_begins_a_validity_lies_in_it(filled: Connection[Any]) -> None:
    given = np.random.default_rng(7).uniform(50000, 62000, 100).tolist()
    rows = filled.execute(
        f"select {SHUTTER_NS} from unnest(%s::float8[]) with ordinality e (obs_start_mjd_tai, place) order by place",  # noqa: S608
        [given],
    ).fetchall()
    assert [row[0] for row in rows] == [mjd_ns(one) for one in given] == [tai_ns(repr(one)) for one in given]


def test_a_named_exposure_is_rounded_as_the_planner_does(filled: Connection[Any]) -> None:
    """The start of exposure 9 has digits that decimal text and doubles round differently."""
    filled.execute(
        """insert into registry.exposure (instrument, exposure, visit, obs_start_mjd_tai, exp_time)
           select instrument, 9, visit, 57123.123456789, 30 from registry.exposure where exposure = 1"""
    )
    ((began,),) = filled.execute(f"select {SHUTTER_NS} from registry.exposure e where e.exposure = 9").fetchall()  # noqa: S608
    assert bound(filled, "Toy/9", end=False) == began
    decimal = (57123 - 40587) * DAY_NS + round(0.123456789 * DAY_NS)
    assert began != decimal


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9999-12-31", "the years 1678 to 2261"),
        ("0001-01-01", "the years 1678"),
        ("2015", "a date"),
        ("201504", "a date"),
    ],
)
def test_an_instant_out_of_reach_is_one_sentence(text: str, problem: str) -> None:
    with pytest.raises(BadTime, match=problem):
        tai_ns(text)


def test_old_and_far_dates_warn_of_nothing() -> None:
    assert tai_ns("1900-01-01") < 0 < tai_ns("2200-01-01")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "12:00"])
def test_what_is_no_time_is_one_sentence(text: str) -> None:
    with pytest.raises(BadTime, match="is no time: give a date or time such as 2026-11-17T12:00"):
        moment(text)
