"""Resources: who asks for what, who serves it, and that results do not depend on it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline import pool as pools
from pipeline.classes import (
    Memory,
    ResourceClass,
    TooLittleMemory,
    UnknownClass,
    allowance,
    choose,
    memory_here,
    share_out,
)
from pipeline.code import IDLE
from pipeline.definition import Pipeline, read
from pipeline.errors import BadPipeline
from pipeline.limits import families, family, memory_mb
from pipeline.planner.costs import estimate_ms
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.pool import Pool
from pipeline.running import work_until_ended
from pipeline.task import Resources, TaskConfig
from pipeline.unserved import NobodyServes
from schema import code
from schema.ledger.collections import find
from schema.settings import Settings
from tests.support.queue import enlist
from tests.support.runs import plan_toys, states

NORMAL, LARGE, HUGE = (
    ResourceClass(n, name, mb) for n, (name, mb) in enumerate({"normal": 4, "large": 16, "huge": 64}.items())
)
CLASSES = [NORMAL, LARGE, HUGE]
HEAD = "name: mine\ndescription: Mine.\n"


def write(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(HEAD + text)
    return str(path)


@pytest.mark.parametrize(
    ("workers", "memory", "first", "others"),
    [
        (1, 4, (0,), None),
        (1, 64, (2, 1, 0), None),
        (4, 16, (0,), (0,)),
        (4, 28, (1, 0), (0,)),  # 16 + 3 x 4
        (4, 64, (1, 0), (1, 0)),
        (4, 80, (2, 1, 0), (0,)),  # 64 + 3 x 5
        (4, 112, (2, 1, 0), (1, 0)),  # 64 + 3 x 16
    ],
)
def test_the_limits_of_all_workers_fit_into_the_memory(
    workers: int, memory: int, first: tuple[int, ...], others: tuple[int, ...] | None
) -> None:
    places = share_out(CLASSES, workers, memory)
    assert places == [first, *[others] * (workers - 1)]
    limits = {one.queue: one.memory_mb for one in CLASSES}
    assert sum(max(limits[queue] for queue in place) for place in places) <= memory


def test_who_has_no_room_for_a_unit_each_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLittleMemory, match=r"4 workers of class normal \(4 MiB each\) do not fit into 15 MiB"):
        share_out(CLASSES, 4, 15)
    with pytest.raises(TooLittleMemory, match="class large"):
        share_out(choose(CLASSES, ["huge", "large"]), 4, 63)
    with pytest.raises(
        UnknownClass, match="no resource class 'giant'; the classes of this ledger are normal, large, huge"
    ):
        choose(CLASSES, ["giant"])


def test_by_default_every_worker_has_room_for_the_smallest_class_and_too_much_is_said() -> None:
    room, told = allowance(CLASSES, 3, None, Memory(total=100, free=10))
    assert share_out(CLASSES, 3, room) == [(0,)] * 3
    assert (room, told) == (
        12,
        "3 workers may take 12 MiB of memory together, and 9 MiB are to be had: if all took what they may, the system "
        "would kill some; start fewer with --workers",
    )
    assert allowance(CLASSES, 2, None, Memory(total=100, free=10)) == (9, None)


def test_more_than_the_host_has_is_not_given_and_that_is_said() -> None:
    assert allowance(CLASSES, 3, 100, Memory(total=100, free=10)) == (100, None)
    told = "this host has 100 MiB of memory: the workers may take that, and not 101 MiB"
    assert allowance(CLASSES, 3, 101, Memory(total=100, free=10)) == (100, told)


def test_what_this_host_has_is_more_than_what_is_free_on_it() -> None:
    here = memory_here()
    assert 0 < here.free <= here.total <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20


def test_a_pool_says_that_it_gets_less_than_was_asked_for(toys: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    pool = Pool(1, memory_mb=1 << 40)
    pool.connection.close()
    said = capsys.readouterr().err
    assert said.startswith(f"skyledger: this host has {memory_here().total} MiB of memory: ")
    assert said.count("\n") == 1


def test_the_memory_of_a_process_is_that_of_its_family() -> None:
    taking = "held = b'x' * (64 << 20); print(len(held), flush=True); input()"
    command = ["sh", "-c", f'python3 -c "{taking}"; true']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        alone = memory_mb([shell.pid])
        assert memory_mb(family(shell.pid, families())) > 64 > alone
        shell.communicate(b"\n")
    assert memory_mb([shell.pid]) == 0
    assert os.getpid() in families()[os.getppid()]


def test_a_pipeline_says_what_its_tasks_may_take(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path,
            "tasks: {standardize: {layout: instcal, resources: {time_limit_s: 60}}, calibrate: {}}\n"
            "instruments:\n"
            "  DECam: {standardize: {resources: {queue: large}}}\n"
            "  SDSS: {standardize: {layout: sdss_frame}}\n",
        )
    )
    assert found.resources("standardize", "DECam") == Resources(queue="large", time_limit_s=60)
    assert found.resources("standardize", "SDSS") == Resources(queue="normal", time_limit_s=60)
    assert found.resources("calibrate", "SDSS") == Resources()
    assert "resources" not in found.config("standardize", "DECam").identity()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("{memory: 4}", "resources of standardize for None: memory: Extra inputs are not permitted"),
        ("{time_limit_s: 0}", "resources of standardize for None: time_limit_s: Input should be greater than 0"),
        ("large", "resources of standardize for None: .*valid dictionary"),
    ],
)
def test_resources_that_cannot_be_meant_are_one_sentence(tmp_path: Path, given: str, problem: str) -> None:
    with pytest.raises(BadPipeline, match=problem) as refusal:
        read(write(tmp_path, f"tasks: {{standardize: {{layout: instcal, resources: {given}}}}}"))
    assert "\n" not in str(refusal.value)


def test_no_parameter_is_called_resources() -> None:
    with pytest.raises(TypeError, match="a parameter cannot be called resources"):
        type("Config", (TaskConfig,), {"__annotations__": {"resources": int}, "resources": 1})


SOURCE = """
from pipeline.task import {}Task

class Mine(Task):
    name = "mine"
    {}
"""


def test_resources_are_no_part_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def digest(folder: str, imported: str, line: str) -> bytes:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine_task.py").write_text(SOURCE.format(imported, line))
        code.code_digest.cache_clear()
        with monkeypatch.context() as patch:
            patch.syspath_prepend(tmp_path / folder)
            return code.code_digest("mine_task", (), idle=IDLE)

    plain = digest("plain", "", "")
    assert digest("asks", "Resources, ", "resources = Resources(queue='huge')") == plain
    assert digest("annotated", "Resources, ", "resources: object = Resources(time_limit_s=5)") == plain
    assert digest("other", "", "sigma = 5.0") != plain
    assert digest("alien", "", "resources = dict(queue='huge')") != plain
    assert digest("used", "Resources, ", "sigma = Resources().time_limit_s") != plain


def planned(owner: Connection[Any], **resources: Any) -> Plan:
    pipeline = Pipeline(name="toys", description="Toys.", tasks={"toy_count": {"resources": resources}})
    return plan(owner, pipeline, find(owner, ["Toy/raw"]))


@pytest.mark.database
def test_resources_are_no_part_of_the_plan(owner: Connection[Any], toys: Settings) -> None:
    modest, greedy = planned(owner), planned(owner, queue="huge", time_limit_s=9)
    assert greedy.digest == modest.digest
    assert [one.provenance for one in greedy.quanta] == [one.provenance for one in modest.quanta]
    with pytest.raises(BadPipeline, match="name the class 'giant'; the classes of this ledger are normal, large, huge"):
        planned(owner, queue="giant")


@pytest.mark.database
def test_the_same_plan_with_other_resources_renews_what_is_not_done(owner: Connection[Any], toys: Settings) -> None:
    run_id = submit(owner, planned(owner, queue="large", time_limit_s=5), "run")
    wanted = "select queue, time_limit_s, state from work.unit order by unit_id"
    assert owner.execute(wanted).fetchall() == [(1, 5, "ready")] * 4
    assert owner.execute("select distinct queue from work.ready").fetchall() == [(1,)]
    owner.execute("select work.cancel(%s)", [run_id])
    owner.execute("update work.unit set queue = 2 where unit_id = (select min(unit_id) from work.unit)")
    owner.execute("update work.unit set state = 'done' where unit_id = (select max(unit_id) from work.unit)")
    assert submit(owner, planned(owner, queue="normal", time_limit_s=7), "run") == run_id
    assert owner.execute(wanted).fetchall() == [
        (2, 7, "cancelled"),
        (1, 7, "cancelled"),
        (1, 7, "cancelled"),
        (1, 5, "done"),
    ]


@pytest.mark.database
def test_a_run_that_nobody_here_can_end_says_so_and_ends(
    owner: Connection[Any], toys: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pools, "HEARTBEAT", 0.1)
    monkeypatch.setattr(pools, "memory_here", lambda: Memory(100_000, 100_000))
    run_id = submit(owner, planned(owner), "run")
    owner.execute("update work.ready set queue = 2 where unit_id = (select min(unit_id) from work.ready)")
    owner.execute("update work.unit set queue = 2 where unit_id = (select min(unit_id) from work.unit)")
    with pytest.raises(NobodyServes, match=r"class huge \(65536 MiB\), which no worker serves: start `skyledger work"):
        work_until_ended("run", 1, memory_mb=5000)
    assert states(owner, run_id) == {"done": 3, "ready": 1}
    assert capfd.readouterr().err.count("units wait in class huge") == 1
    with pytest.raises(TooLittleMemory, match="3 workers of class huge"):
        Pool(3, ["huge"], 70_000)
    with Pool(2, memory_mb=80_000) as pool:
        assert pool.places == [(2, 1, 0), (0,)]
        pool.watch(lambda _: states(owner, run_id) == {"done": 4})
    served = owner.execute("select queues from work.worker where stopped_at is not null order by 1 desc").fetchall()
    assert served == [([2, 1, 0],), ([0],), ([0],)]


@pytest.mark.database
def test_units_are_expected_to_take_as_long_as_those_before(owner: Connection[Any], toys: Settings) -> None:
    wanted = "select distinct est_ms from work.unit join registry.collection on collection_id = run_id where name = %s"
    first = submit(owner, planned(owner), "first")
    assert owner.execute(wanted, ["first"]).fetchall() == [(1000,)]
    enlist(owner)
    owner.execute(
        """insert into work.execution (unit_id, attempt, token, worker_id, outcome, started_at, ended_at)
           select unit_id, 1, unit_id, worker_id, o.outcome, now() - o.took, now()
           from work.unit, work.worker,
                (values ('ok', interval '3 s'), ('ok', '5 s'), ('error', '1 h')) o (outcome, took)
           where run_id = %s""",
        [first],
    )
    assert estimate_ms(owner) == {("toy_count", "Toy"): 4000}
    submit(owner, planned(owner), "second")
    assert owner.execute(wanted, ["second"]).fetchall() == [(4000,)]
    submit(owner, plan_toys(owner, ["toy_count", "toy_double"]), "both")
    assert owner.execute(wanted, ["both"]).fetchall() == [(4000,)]
