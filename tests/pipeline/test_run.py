"""A run from plan to end."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import find_run, submit
from schema.settings import Settings
from tests.support.ledgers import register_toy_camera
from tests.support.runs import contents, plan_toys, run_toys, states, work_off

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("toys")]


def test_a_run_computes_and_registers_everything(owner: Connection[Any]) -> None:
    assert run_toys(owner, "first") == {"done": 8}
    assert len(contents(owner, "first")) == 8
    rows = owner.execute(
        "select metric, value, detector from public.measurement where metric = 'toy_count.size' order by detector"
    ).fetchall()
    assert rows == [("toy_count.size", 18.0, detector) for detector in range(4)]
    assert owner.execute("select count(*) from registry.quantum_input").fetchone() == (8,)
    executions = owner.execute(
        "select count(*), bool_and(cpu_s >= 0 and max_rss_mb > 1 and host <> '' and wall_s >= 0) from public.execution"
    )
    assert executions.fetchone() == (8, True)


def test_the_same_plan_is_the_same_run_and_computes_nothing(owner: Connection[Any]) -> None:
    run_toys(owner, "first")
    again = plan_toys(owner)
    assert again.to_run == []
    assert find_run(owner, again) is not None
    second = submit(owner, again, "second")
    assert states(owner, second) == {}
    assert [row[:3] for row in contents(owner, "second")] == [row[:3] for row in contents(owner, "first")]
    assert {row[3] for row in contents(owner, "second")} == {"reused"}


def test_another_config_recomputes_and_equal_content_stops_there(owner: Connection[Any]) -> None:
    run_toys(owner, "first")
    # The sleep changes the recipe of `toy_count` but not what it makes: `toy_double` takes over what it finds.
    assert run_toys(owner, "second", sleep=0.001) == {"done": 4, "reused": 4}
    digests = [sorted(row[1] for row in contents(owner, name)) for name in ("first", "second")]
    assert digests[0] == digests[1]
    assert owner.execute("select count(*) from registry.nondeterminism").fetchone() == (0,)


def test_bad_input_is_final_and_blocks_what_needs_it(owner: Connection[Any]) -> None:
    assert run_toys(owner, "first", bad=2) == {"done": 6, "dead": 1, "blocked": 1}
    rows = owner.execute("select attempt, error_class, error from public.execution where outcome = 'error'").fetchall()
    assert rows == [(1, "BadInput", r"detector 2 is bad: \x00 \udcff")]
    traces = owner.execute("select traceback from work.execution where outcome = 'error'").fetchall()
    assert "raise BadInput" in traces[0][0]


def test_no_work_is_a_result_and_so_is_what_follows_from_it(owner: Connection[Any]) -> None:
    assert run_toys(owner, "first", idle=2) == {"done": 8}
    assert len(contents(owner, "first")) == 6
    logs = owner.execute("select log from work.execution where log <> '' order by execution_id").fetchall()
    assert ["nothing in it" in logs[0][0], "had nothing to do" in logs[1][0]] == [True, True]
    assert plan_toys(owner, idle=2).to_run == []  # it is known that there is nothing to do


def test_what_may_succeed_later_is_tried_again(owner: Connection[Any], tmp_path: Path) -> None:
    ticket = tmp_path / "ticket"
    ticket.touch()
    assert run_toys(owner, "first", flaky=1, ticket=str(ticket)) == {"done": 8}
    attempts = owner.execute("select outcome, attempt from public.execution where attempt > 1 or outcome <> 'ok'")
    assert sorted(attempts.fetchall()) == [("error", 1), ("ok", 2)]


def test_retry_frees_what_a_dead_unit_blocked(owner: Connection[Any], tmp_path: Path, toys: Settings) -> None:
    run_toys(owner, "first", bad=2)
    dead = owner.execute("select unit_id, run_id from public.work_unit where state = 'dead'").fetchone()
    assert dead is not None
    assert owner.execute("select work.retry(%s)", [[dead[0]]]).fetchone() == (1,)
    assert states(owner, dead[1]) == {"done": 6, "ready": 1, "waiting": 1}
    work_off(dead[1])
    assert states(owner, dead[1]) == {"done": 6, "dead": 1, "blocked": 1}


def test_one_poison_unit_in_fifty_kills_nobody_else(owner: Connection[Any], toys: Settings, tmp_path: Path) -> None:
    register_toy_camera(owner, toys, 50, tmp_path / "more")
    run_id = submit(owner, plan_toys(owner, tasks=["toy_count"], poison=17), "poisoned")
    work_off(run_id)
    assert states(owner, run_id) == {"done": 49, "dead": 1}
    lost = owner.execute(
        "select count(*) from public.execution where outcome = 'lost' and error_class = 'LeaseLost'"
    ).fetchone()
    assert lost is not None
    assert lost[0] >= 3
