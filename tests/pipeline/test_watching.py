"""How a run goes: what is counted, at what pace, and how long the rest takes."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline import operate
from pipeline.pool import Pool
from pipeline.watching import Bars, Look, look, pause_after
from schema.progress import progress
from tests.support.queue import Leases, add_units, by_token, call, claim, count, drain, enlist, fail, settle
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
# Another session has looked at a run and waits before it looks again.
LOOKED = """
select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
and query like '%public.run_pace%' and state = 'idle'"""


def settle_after(connection: Connection[Any], leases: Leases, started: str, ended: str = "0") -> None:
    """Complete units that began and ended so long ago."""
    for token, units in by_token(leases):
        n = len(units)
        connection.execute(
            """select work.settle_ok(%s, %s, %s, array_fill(now() - %s::interval, array[%s]),
                                     array_fill(now() - %s::interval, array[%s]), %s, %s, %s)""",
            [token, units, [False] * n, started, n, ended, n, [0.5] * n, [64.0] * n, [""] * n],
        )


def seen(connection: Connection[Any]) -> Sequence[Any]:
    """Give what is said of the run of toys: units per minute, seconds left."""
    found = look(connection, "toys")
    return found.units_per_minute, found.remaining_s


def test_the_rest_takes_as_long_as_its_units_are_expected_to_at_the_pace_of_the_last_minutes(
    scratch: Connection[Any],
) -> None:
    worker = enlist(scratch)
    add_units(scratch, 10, est_ms=1000)
    assert seen(scratch) == (None, None)
    settle_after(scratch, claim(scratch, worker, 4), "2 min")
    assert seen(scratch) == (pytest.approx(2), pytest.approx(6 * 30))
    add_units(scratch, 2, est_ms=60_000)
    assert seen(scratch) == (pytest.approx(2), pytest.approx((6 + 120) * 30))


def test_what_ended_long_ago_says_nothing_about_the_pace_of_now(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    add_units(scratch, 10)
    settle_after(scratch, claim(scratch, worker, 4), "20 min", "11 min")
    assert seen(scratch) == (None, None)
    settle_after(scratch, claim(scratch, worker, 1), "15 min")
    assert seen(scratch) == (pytest.approx(0.1), pytest.approx(5 * 600))


def test_runs_have_their_own_pace(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    add_units(scratch, 4)
    settle_after(scratch, claim(scratch, worker, 2), "1 min")
    add_units(scratch, 40, run="other")
    settle_after(scratch, claim(scratch, worker, 40), "2 min")
    rows = scratch.execute("select run, units_per_minute from run_pace order by run").fetchall()
    assert dict(rows) == {"other": pytest.approx(19), "toys": pytest.approx(2)}


def test_a_paused_run_has_no_end_in_sight_and_says_so_once(
    scratch: Connection[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    worker = enlist(scratch)
    units = add_units(scratch, 4)
    settle_after(scratch, claim(scratch, worker, 2), "1 min")
    run = scratch.execute("select run_id from work.unit where unit_id = %s", units[:1]).fetchall()[0][0]
    shown = Bars(progress(own_pace=True))
    call(scratch, "pause", run)
    for _ in range(2):
        shown.show(look(scratch, "toys"))
    assert look(scratch, "toys").remaining_s is None
    call(scratch, "unpause", run)
    shown.show(look(scratch, "toys"))
    said = ["toys is paused by an operator; `skyledger resume toys` takes it up", "toys goes on"]
    assert capsys.readouterr().err.splitlines() == said


def test_bars_show_what_runs_what_failed_and_the_time_left(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    add_units(scratch, 10, hard=[(0, 9)])
    leases = claim(scratch, worker, 4)
    fail(scratch, *leases.popitem())
    first, *rest = leases.items()
    fail(scratch, *first)
    settle_after(scratch, dict(rest), "4 min")
    call(scratch, "resolve")
    claim(scratch, worker, 1)
    display = progress(own_pace=True)
    shown = Bars(display)
    shown.show(look(scratch, "toys"))
    assert [(bar.description, bar.completed, bar.total, bar.fields["note"]) for bar in display.tasks] == [
        ("toys", 5, 10, "0.5 units/min, 1 worker, 10 min left"),
        ("  toy", 5, 10, "1 running, 2 dead, 1 blocked"),
    ]


def test_a_look_ends_when_all_is_settled() -> None:
    assert Look("nothing", (), False, 0, None, None).ended


def test_programs_get_a_line_for_each_look(owner: Connection[Any]) -> None:
    add_units(owner, 2)
    worker = enlist(owner)
    app = app_of(operate.mount)
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(CliRunner().invoke, app, ["watch", "toys", "--output", "json"])
        while owner.execute(LOOKED).fetchone() is None:
            assert not watching.done()
        settle(owner, claim(owner, worker))
        lines = [json.loads(line) for line in watching.result().stdout.splitlines()]
    assert [lines[0][name] for name in ("run", "n_total", "n_ended", "paused", "ended")] == ["toys", 2, 0, False, False]
    assert [lines[-1][name] for name in ("n_total", "n_ended", "remaining_s", "ended")] == [2, 2, None, True]
    assert count(owner, "work.lease") == 0
    assert drain(owner, worker) == []


def test_nobody_asks_in_step_and_long_questions_are_asked_rarely() -> None:
    assert len({pause_after(0, 1.0) for _ in range(20)}) == 20
    assert all(0.5 <= pause_after(0.01, 1.0) <= 1.5 for _ in range(100))
    assert all(50 <= pause_after(10, 1.0) <= 150 for _ in range(100))


@pytest.mark.usefixtures("toys")
def test_workers_are_looked_after_however_rarely_a_long_question_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    heartbeat = Pool._heartbeat

    def counted(pool: Pool) -> None:
        calls.append("heartbeat")
        heartbeat(pool)

    monkeypatch.setattr(Pool, "_heartbeat", counted)

    def ended(connection: Connection[Any]) -> bool:
        calls.append("question")
        connection.execute("select pg_sleep(0.1)")
        return calls.count("question") == 2

    with Pool(1) as pool:
        pool.watch(ended, pause=0.02)
    first, last = (number for number, name in enumerate(calls) if name == "question")
    assert last - first > 5
