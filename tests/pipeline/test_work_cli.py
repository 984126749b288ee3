"""The verbs of work and of operators on the command line."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline import control, operate
from pipeline.cli import mount
from pipeline.definition import read
from pipeline.errors import BadPipeline, BadWhere, UnknownRun, UnknownUnit
from pipeline.planner.submit import submit
from pipeline.running import make_plan, submit_or_find
from schema.settings import Settings
from tests.support.runs import plan_toys, run_toys
from tests.support.typer_app import app_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("toys")]
LOOKED = """
select from pg_stat_activity a, pg_stat_activity b
where a.datname = current_database() and a.query like '%public.run_pace%' and a.state = 'idle'
  and a.pid <> pg_backend_pid() and b.datname = current_database() and b.query like '%work.resolve()%'"""
TOYS = """
name: toys
description: Toys.
tasks:
  toy_count: {bad: 2}
  toy_double: {}
"""


def call(*arguments: str) -> Any:
    """Call a verb; what the user can mend is raised, as the face catches it."""
    app = app_of(mount)
    operate.mount(app)
    control.mount(app)
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def toys_yaml(toys: Settings) -> str:
    path = toys.home / "toys.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TOYS)
    return str(path)


def test_plan_run_logs_retry(toys_yaml: str, owner: Connection[Any]) -> None:
    planned = call("plan", toys_yaml)
    assert planned.exit_code == 0
    assert "8 to run / 0 reused / estimated unknown" in planned.stdout
    ran = call("run", toys_yaml, "--run", "mine", "--workers", "1", "--output", "csv")
    assert ran.exit_code == 1
    assert ran.stdout.splitlines()[1] == "mine,8,6,0,1,1,0"
    assert "1 units are dead" in ran.stderr
    (dead,) = [row[0] for row in owner.execute("select unit_id from work_unit where state = 'dead'")]
    logged = call("logs", str(dead))
    assert "attempt 1: error" in logged.stdout
    assert "BadInput: detector 2 is bad" in logged.stdout
    assert "Traceback" in logged.stdout  # the record's, which is what was asked for
    assert f"would retry 1 units: {dead}" in call("retry", "--run", "mine", "--dry-run").stdout
    assert owner.execute("select count(*) from work_unit where state = 'dead'").fetchone() == (1,)
    assert f"retrying 1 units: {dead}" in call("retry", str(dead)).stdout
    assert owner.execute("select count(*) from work_unit where state = 'ready'").fetchone() == (1,)


def test_a_condition_chooses_what_is_planned(toys_yaml: str) -> None:
    chosen = call("plan", toys_yaml, "--where", "detector in (1, 3) and file_name like '%.txt'", "--output", "csv")
    assert chosen.stdout.splitlines() == ["task,to_run,reused,cpu_h", "toy_count,2,0,", "toy_double,2,0,"]


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("bogus = 1", "does not exist"),
        ("1 = 1); drop table registry.run; --", "syntax error"),
        ("exists (select from registry.run)", "permission denied"),
    ],
)
def test_a_bad_condition_is_one_sentence(toys_yaml: str, where: str, problem: str) -> None:
    error = call("plan", toys_yaml, "--where", where).exception
    assert isinstance(error, BadWhere)
    assert problem in str(error)
    assert "\n" not in str(error)


def test_what_does_not_exist_is_said(toys_yaml: str, owner: Connection[Any]) -> None:
    assert isinstance(call("plan", "nosuch").exception, BadPipeline)
    assert isinstance(call("logs", "999").exception, UnknownUnit)
    assert isinstance(call("retry").exception, UnknownUnit)
    run_toys(owner, "fine")
    assert "nothing to retry" in str(call("retry", "--run", "fine").exception)


def test_a_bad_mark_keeps_what_needs_it_out_of_the_plan(toys_yaml: str, owner: Connection[Any]) -> None:
    owner.execute(
        "insert into registry.mark (dataset_id, verdict, reason) select min(dataset_id), 'bad', 'test' from dataset"
    )
    planned = call("plan", toys_yaml, "--output", "csv")
    assert planned.stdout.splitlines()[1:] == ["toy_count,3,0,", "toy_double,3,0,"]
    assert "is marked bad" in planned.stderr
    owner.execute("update registry.mark set revoked_at = now()")
    assert call("plan", toys_yaml, "--output", "csv").stdout.splitlines()[1] == "toy_count,4,0,"


def test_condemned_code_is_not_planned_again(owner: Connection[Any]) -> None:
    run_toys(owner, "first")
    owner.execute(
        """insert into registry.mark (task_version_id, verdict, reason)
           select task_version_id, 'bad', 'a wrong sign' from registry.task_version join registry.task using (task_id)
           where name = 'toy_double'"""
    )
    again = plan_toys(owner)
    assert [quantum.task.name for quantum in again.quanta] == ["toy_count"] * 4
    assert again.refused == [
        "4 results of toy_double are marked bad: change code, config or inputs, or revoke the mark"
    ]
    owner.execute("update registry.mark set revoked_at = now()")
    assert len(plan_toys(owner).quanta) == 8


def test_a_cancelled_run_is_taken_up_by_the_same_plan(toys_yaml: str, owner: Connection[Any]) -> None:
    submit(owner, make_plan(owner, read(toys_yaml), [], None), "mine")
    assert "would cancel 8 units of mine" in call("cancel", "mine", "--dry-run").stdout
    assert call("status", "--output", "csv").stdout.splitlines()[1].endswith(",8,4,4,0,0,0,0,0,false,1.0,,,false")
    assert "cancelled 8 units of mine" in call("cancel", "mine").stdout
    assert call("status", "--output", "csv").stdout.splitlines()[1].endswith(",8,0,0,0,0,0,0,8,false,1.0,,,true")
    watched = call("watch", "mine")
    assert "0 of 8 units are done, 0 are dead, 8 are cancelled" in watched.stdout
    assert watched.exit_code == 1
    ran = call("run", toys_yaml, "--workers", "1", "--output", "csv")
    assert ran.stdout.splitlines()[1] == "mine,8,6,0,1,1,0"
    watched = call("watch")
    assert "mine has ended: 6 of 8 units are done, 1 are dead, 0 are cancelled" in watched.stdout
    assert watched.exit_code == 1
    assert call("status", "--workers", "--output", "csv").stdout.startswith("host,workers,busy,units,silent_s\n")


def test_a_cancelled_run_is_taken_up_by_its_name_too(toys_yaml: str, owner: Connection[Any]) -> None:
    command = ["run", toys_yaml, "--run", "mine", "--workers", "1", "--output", "csv"]
    submit(owner, make_plan(owner, read(toys_yaml), [], None), "mine")
    call("cancel", "mine")
    assert call(*command, "--weight", "3").stdout.splitlines()[1] == "mine,8,6,0,1,1,0"
    assert owner.execute("select weight from run where run = 'mine'").fetchone() == (3.0,)


def test_a_cancelled_run_goes_on_even_when_another_one_computed_all_of_it(
    toys_yaml: str, owner: Connection[Any]
) -> None:
    planned = make_plan(owner, read(toys_yaml), [], "detector in (1, 3)")
    submit(owner, planned, "part")
    call("cancel", "part")
    call("run", toys_yaml, "--run", "all", "--workers", "1")
    again = call("run", toys_yaml, "--where", "detector in (1, 3)", "--workers", "1", "--output", "csv")
    assert again.exit_code == 0
    assert again.stdout.splitlines()[1].startswith("part,4,")
    assert owner.execute("select n_ready + n_waiting + n_cancelled from run where run = 'part'").fetchone() == (0,)


def test_a_run_that_is_cancelled_meanwhile_ends_and_says_so(
    toys_yaml: str, toys: Settings, owner: Connection[Any]
) -> None:
    path = toys.home / "slow.yaml"
    path.write_text("name: slow\ndescription: Slow toys.\ntasks:\n  toy_count: {sleep: 0.5}\n  toy_double: {}\n")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(call, "run", str(path), "--run", "slow", "--workers", "1", "--output", "csv")
        while owner.execute("select from work.lease").fetchone() is None:
            assert not running.done()
        cancelled = call("cancel", "slow")
        ended = running.result()
    n = int(cancelled.stdout.split()[1])
    assert n >= 4  # the doubles cannot have begun
    assert ended.exit_code == 1
    assert f"{n} units were cancelled: the same command takes them up again" in ended.stderr
    assert call("run", str(path), "--run", "slow", "--workers", "1").exit_code == 0
    assert owner.execute("select n_done from run where run = 'slow'").fetchone() == (8,)


def test_a_run_that_is_paused_meanwhile_says_so_and_goes_on_when_it_is_resumed(
    toys_yaml: str, toys: Settings, owner: Connection[Any]
) -> None:
    path = toys.home / "slow.yaml"
    path.write_text("name: slow\ndescription: Slow toys.\ntasks:\n  toy_count: {sleep: 0.5}\n  toy_double: {}\n")
    planned = make_plan(owner, read(str(path)), [], None)
    submit_or_find(owner, planned, "slow", datetime.now(UTC), 2.0)
    owner.execute("select work.pause(run_id) from run where run = 'slow'")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(call, "run", str(path), "--workers", "1", "--output", "csv")
        # The parent has looked at the run, and a worker has found nothing to claim.
        while owner.execute(LOOKED).fetchone() is None:
            assert not running.done()
        assert owner.execute("select n_ready, n_leased, weight from run where run = 'slow'").fetchone() == (4, 0, 2.0)
        owner.execute("select work.unpause(run_id) from run where run = 'slow'")
        ended = running.result()
    assert ended.exit_code == 0
    assert ended.stdout.splitlines()[1] == "slow,8,8,0,0,0,0"
    assert ended.stderr.splitlines()[:3] == [
        "8 to run / 0 reused / estimated unknown",
        "slow is paused by an operator; `skyledger resume slow` takes it up",
        "slow goes on",
    ]


def test_a_run_that_does_not_exist_is_said() -> None:
    for verb in (["watch", "nosuch"], ["watch"]):
        assert isinstance(call(*verb).exception, UnknownRun)
