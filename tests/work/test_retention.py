"""Retention: the long texts of old attempts may go, all else stays, and what failed for good keeps its texts."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection, errors, sql
from typer.testing import CliRunner

from pipeline.errors import BadAge
from pipeline.retention import age, forget, mount, size
from schema.settings import Settings
from tests.support.queue import add_units, enlist
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def attempts(connection: Connection[Any], units: list[int], days: float, log: str | None = "it went on") -> None:
    """Add an attempt at each unit that ended so long ago."""
    worker = enlist(connection)
    connection.execute(
        """insert into work.execution (
             unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, traceback, log)
           select u, 1, 0, %s, now() - make_interval(days => %s), now() - make_interval(days => %s),
                  'error', 'Toy', 'it broke', 'here', %s
           from unnest(%s::bigint[]) u""",
        [worker, days + 1, days, log, units],
    )


def texts(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute("select unit_id, log, traceback, error from work.execution order by 1").fetchall()


def test_old_texts_go_in_batches_and_nothing_else(scratch: Connection[Any]) -> None:
    old, young, dead = (add_units(scratch, n) for n in (5, 2, 1))
    attempts(scratch, old, 100)
    attempts(scratch, young, 3)
    attempts(scratch, dead, 100)
    scratch.execute("update work.unit set state = 'dead' where unit_id = any(%s)", [dead])
    before = scratch.execute("select now() - interval '90 days'").fetchall()[0][0]
    n, n_bytes = size(scratch, before)
    assert n == 5
    assert n_bytes >= 5 * len("it went onhere")
    assert forget(scratch, before, batch=2) == 5
    assert texts(scratch) == [
        *((unit, None, None, "it broke") for unit in old),
        *((unit, "it went on", "here", "it broke") for unit in young + dead),
    ]
    assert size(scratch, before) == (0, 0)
    assert forget(scratch, before) == 0


@pytest.mark.parametrize(
    "change",
    [
        "log = 'something else', traceback = null",
        "log = null, traceback = 'there'",
        "log = null",
        "log = null, traceback = null, error = null",
        "log = null, traceback = null, ended_at = now()",
        "log = null, traceback = null, outcome = 'ok'",
        "outcome = outcome",
    ],
)
def test_any_other_change_of_an_attempt_is_refused(scratch: Connection[Any], change: str) -> None:
    attempts(scratch, add_units(scratch, 1), 100)
    with pytest.raises(errors.Error, match=r"work\.execution is append-only: UPDATE refused") as refusal:
        scratch.execute(sql.SQL("update work.execution set {}").format(sql.SQL(change)))
    assert refusal.value.sqlstate == "P0A01"


def test_what_the_attempts_at_a_dead_unit_wrote_is_kept(scratch: Connection[Any]) -> None:
    (unit,) = add_units(scratch, 1)
    attempts(scratch, [unit], 100)
    scratch.execute("update work.unit set state = 'dead'")
    with pytest.raises(errors.Error, match=f"unit {unit} is dead: what its attempts wrote is kept"):
        scratch.execute("update work.execution set log = null, traceback = null")


@pytest.mark.parametrize("role", ["worker", "reader"])
def test_only_the_owner_may_forget(scratch: Connection[Any], role: str) -> None:
    attempts(scratch, add_units(scratch, 1), 100)
    scratch.execute(sql.SQL("set local role {}").format(sql.Identifier(f"skyledger_{role}")))
    with pytest.raises(errors.InsufficientPrivilege):
        scratch.execute("update work.execution set log = null, traceback = null")


def test_the_verb_says_how_much_it_is_before_it_does_it(owner: Connection[Any], ledger: Settings) -> None:
    attempts(owner, add_units(owner, 3), 100, log="a" * 1000)
    attempts(owner, add_units(owner, 1), 10)
    verb = ["--older-than", "90d"]
    said = CliRunner().invoke(app_of(mount), [*verb, "--dry-run"]).stdout
    assert said.startswith("would forget what 3 attempts before ")
    assert said.endswith("wrote: 3.0 kB\n")
    assert CliRunner().invoke(app_of(mount), verb).stdout.startswith("forgot what 3 attempts before ")
    assert CliRunner().invoke(app_of(mount), verb).stdout.startswith("forgot what 0 attempts before ")


@pytest.mark.parametrize(
    ("text", "meant"), [("90d", timedelta(90)), ("36 h", timedelta(hours=36)), ("30min", timedelta(minutes=30))]
)
def test_an_age_is_read(text: str, meant: timedelta) -> None:
    assert age(text) == meant


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5d", "90 years", "9999999d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(BadAge, match="is no age"):
        age(text)
