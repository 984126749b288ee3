"""Campaigns: versions, turns, exclusions, cost, verdicts, schedules."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.campaigns.create import create, created
from pipeline.campaigns.definition import read_campaign, shipped
from pipeline.campaigns.errors import BadCampaign, NoReason, NoTurn, UnknownCampaign
from pipeline.campaigns.judge import judge
from pipeline.campaigns.run import due, run_due
from pipeline.campaigns.turns import begin, find_turn, next_due
from pipeline.errors import BadPipeline
from schema.connect import connect
from schema.ledger.collections import add_members, find
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.store import Store
from tests.support.campaigns import CAMPAIGN, MONDAY, SPECIFIED, WEEK, make, seen, turn
from tests.support.runs import contents, finish

pytestmark = pytest.mark.database


def test_a_changed_definition_is_a_new_version_and_the_same_one_is_none(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    make(owner, folder)
    assert created(owner, "weekly").version == 1
    make(owner, folder, "inputs: [Toy/raw]\n")
    assert created(owner, "weekly").version == 2
    assert created(owner, "weekly").campaign.inputs == ("Toy/raw",)
    rows = owner.execute("select version, definition ->> 'inputs' from registry.campaign_version order by 1").fetchall()
    assert rows == [(1, "[]"), (2, '["Toy/raw"]')]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("every: fortnightly", "is no cadence"),
        ("colour: red", "colour: Extra inputs"),
        ("overrides: {tasks: {toy_counts: {}}}", "names 'toy_counts'; its tasks are toy_count, toy_double"),
        ("overrides: {instruments: {HSC: {}}}", "names 'HSC'; those of toys are none"),
    ],
)
def test_a_bad_definition_is_refused_by_its_field(folder: Path, line: str, said: str) -> None:
    path = folder / "bad.yaml"
    path.write_text(CAMPAIGN.replace("every: 7 days\n", "") + line + "\n")
    with pytest.raises(BadCampaign, match=said):
        read_campaign(str(path))


def test_a_bad_parameter_is_refused_before_anything_is_registered(folder: Path) -> None:
    path = folder / "bad.yaml"
    path.write_text(CAMPAIGN + "overrides: {tasks: {toy_count: {sleep: long}}}\n")
    with pytest.raises(BadPipeline, match="sleep"):
        read_campaign(str(path))


def test_what_is_shipped_can_be_read() -> None:
    assert [read_campaign(name).name for name in shipped()] == shipped() == ["real_frames"]


def test_nobody_made_it(owner: Connection[Any]) -> None:
    with pytest.raises(UnknownCampaign, match="there is no campaign 'none'"):
        begin(owner, "none", MONDAY)


def test_the_second_turn_reuses_everything_and_is_the_same(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    assert [turn(owner, MONDAY), turn(owner, MONDAY + WEEK)] == ["reported", "reported"]
    assert seen(owner, "turn, run, n_to_run, n_reused, n_excluded, verdict, compared_with") == [
        (1, "campaign/weekly/0001", 8, 0, 0, "same", None),
        (2, "campaign/weekly/0002", 0, 8, 0, "same", 1),
    ]
    first, second = contents(owner, "campaign/weekly/0001"), contents(owner, "campaign/weekly/0002")
    assert [row[:3] for row in first] == [row[:3] for row in second]


def test_estimate_and_cost_stand_beside_each_other(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    make(owner, folder, "overrides: {tasks: {toy_count: {sleep: 0.001}}}\n")
    turn(owner, MONDAY + WEEK)
    (blind, *_), (estimated, cpu, wall, foreseen, n_bytes) = seen(
        owner, "estimated_cpu_s, cpu_s, wall_s, estimated_bytes, n_bytes"
    )
    assert blind is None
    spent = owner.execute("select sum(cpu_s) from execution where run = 'campaign/weekly/0001'").fetchone()
    assert estimated == pytest.approx(spent and spent[0])
    assert cpu > 0
    assert wall > 0
    sizes = owner.execute("select n_bytes from registry.artifact where path like '%.parquet'").fetchall()
    # What is counted is counted again with the same content: two files of each detector, or fewer.
    assert 0 < n_bytes <= sum(size for (size,) in sizes)
    assert foreseen == pytest.approx(8 * sum(size for (size,) in sizes) / len(sizes), rel=0.05)


def test_a_turn_keeps_pipeline_and_code_as_they_were(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder, "overrides: {tasks: {toy_count: {idle: 2}}}\n")
    turn(owner, MONDAY)
    ((pipeline, code),) = seen(owner, "pipeline, code")
    assert pipeline["tasks"] == {"toy_count": {"sleep": 0.0, "idle": 2}, "toy_double": {}}
    known = owner.execute(
        "select t.name, encode(v.code_digest, 'hex') from registry.task_version v join registry.task t using (task_id)"
    ).fetchall()
    assert code["tasks"].items() <= dict(known).items()
    assert code["tasks"].keys() == {"toy_count", "toy_double"}


@pytest.mark.parametrize(
    "question",
    [
        "select instrument, detector, exposure from dataset where detector in (1, 3)",
        "select uid from dataset where dataset_type = 'raw_image' and detector in (1, 3)",
        "select dataset_id, 'cloudy' as why from dataset where detector in (1, 3)",
        "select * from dataset where detector in (1, 3)",
    ],
)
def test_what_the_exclusion_selects_is_left_out_and_can_be_asked_for(
    owner: Connection[Any], folder: Path, question: str
) -> None:
    make(owner, folder, f'exclude: "{question}"\n')
    turn(owner, MONDAY)
    assert seen(owner, "n_excluded, n_to_run") == [(2, 4)]
    out = owner.execute(
        "select d.detector from campaign_exclusion x join dataset d using (dataset_id) where x.turn = 1 order by 1"
    )
    assert out.fetchall() == [(1,), (3,)]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("select 1 as one", "gives one: let it select uid"),
        ("select band from dataset", "gives band: let it select uid"),
        ("drop table registry.dataset", "is refused"),
        ("select pg_sleep(100), uid from dataset", "may do more than read"),
        ("select uid from registry.dataset", "is refused: permission denied"),
        ("select 'none' as uid", "its exclusion are no uid: "),
        ("select instrument, 0.5 as detector from dataset", "its exclusion are no data IDs: "),
    ],
)
def test_an_exclusion_that_is_no_selection_begins_nothing(
    owner: Connection[Any], folder: Path, question: str, said: str
) -> None:
    make(owner, folder, f"exclude: {question}\n")
    with pytest.raises(BadCampaign, match=said):
        begin(owner, "weekly", MONDAY)
    assert seen(owner, "turn") == []


def test_a_condition_and_an_exclusion_go_together(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder, "where: detector > 0\nexclude: select uid from dataset where detector < 2\n")
    turn(owner, MONDAY)
    assert seen(owner, "n_excluded, n_to_run") == [(1, 4)]


def test_a_dead_unit_fails_the_turn_and_the_next_one_does_what_is_left(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder, "overrides: {tasks: {toy_count: {bad: 2}}}\n")
    turn(owner, MONDAY)
    make(owner, folder)
    turn(owner, MONDAY + WEEK)
    assert seen(owner, "verdict, reason, compared_with") == [
        ("failed", "2 units are dead or blocked", None),
        ("same", "no earlier turn ended well: there is nothing to compare with", None),
    ]


def replace_raw(owner: Connection[Any], using: Settings, folder: Path, text: str) -> None:
    """Ingest another file of detector 0; it takes the place of the one before."""
    path = folder / "toy0.txt"
    path.write_text(text)
    stored = Store(using.store_root).take_in(path)
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 0}
    (fresh,) = register_external(
        owner, [ExternalFile("raw_image", data_id, stored.file_digest, stored, path.name)], "file"
    )
    (collection,) = find(owner, ["Toy/raw"])
    add_members(owner, collection, [fresh.dataset_id], "ingested")


def test_specifications_decide_and_a_person_has_the_last_word(
    owner: Connection[Any], toys: Settings, folder: Path
) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    owner.execute(SPECIFIED, [len("file of detector 0")])
    replace_raw(owner, toys, folder, "a longer file of detector 0")
    turn(owner, MONDAY + WEEK)
    replace_raw(owner, toys, folder, "file of detector 0")
    turn(owner, MONDAY + 2 * WEEK)
    assert seen(owner, "verdict, by_rule") == [("same", True), ("worse", True), ("better", True)]
    assert seen(owner, "reason")[1:] == [
        ("of 1 values with a specification that were made anew, 0 keep it now and did not before, 1 kept it before and "
         "do not now",),
        ("of 1 values with a specification that were made anew, 1 keep it now and did not before, 0 kept it before and "
         "do not now",),
    ]  # fmt: skip
    judge(owner, "weekly", find_turn(owner, "weekly", 2), "same", " The longer file is the right one.")
    assert seen(owner, "verdict, by_rule, reason")[1] == ("same", False, "The longer file is the right one.")
    said = owner.execute("select verdict, by_rule from campaign_verdict where turn = 2 order by 2").fetchall()
    assert said == [("same", False), ("worse", True)]


def test_what_a_person_says_needs_a_report_and_a_reason(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    first = begin(owner, "weekly", MONDAY)
    assert first
    with pytest.raises(NoTurn, match="weekly has no report on turn 1 yet: `skyledger campaign schedule` makes it"):
        judge(owner, "weekly", first, "better", "It is new.")
    turn(owner, MONDAY)
    with pytest.raises(NoReason, match="campaign weekly, turn 1: say with --reason in one sentence why"):
        judge(owner, "weekly", find_turn(owner, "weekly", 1), "better", " ")
    assert owner.execute("select verdict, by_rule from campaign_verdict").fetchall() == [("same", True)]


def test_turns_are_due_on_the_grid_of_the_cadence() -> None:
    assert next_due(None, WEEK, MONDAY) == MONDAY
    assert next_due(MONDAY, WEEK, MONDAY + WEEK - timedelta(seconds=1)) is None
    assert next_due(MONDAY, WEEK, MONDAY + WEEK) == MONDAY + WEEK
    # The server was off for a month: one turn, and the day of the week stays.
    assert next_due(MONDAY, WEEK, MONDAY + 4.5 * WEEK) == MONDAY + 4 * WEEK
    assert next_due(MONDAY, None, MONDAY + WEEK) is None


def test_the_schedule_does_what_is_due_once(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    (folder / "weekly.yaml").write_text(CAMPAIGN.replace("every: 7 days\n", "").replace("weekly", "by_hand"))
    create(owner, read_campaign(str(folder / "weekly.yaml")))
    assert due(owner, MONDAY) == ["weekly"]
    assert [one.state for one in run_due(owner, MONDAY, workers=0)] == ["going on"]
    finish(owner, find_turn(owner, "weekly", None).run_id)
    assert [one.state for one in run_due(owner, MONDAY, workers=0)] == ["reported"]
    assert list(run_due(owner, MONDAY + WEEK / 2, workers=0)) == []
    assert [one.state for one in run_due(owner, MONDAY + 2.5 * WEEK, workers=0)] == ["reported"]
    assert seen(owner, "turn, due_at") == [(1, MONDAY), (2, MONDAY + 2 * WEEK)]


def test_two_schedulers_at_once_make_one_turn(owner: Connection[Any], toys: Settings, folder: Path) -> None:
    make(owner, folder)
    with connect("owner") as other, owner.transaction():
        first = begin(owner, "weekly", MONDAY, only_if_due=True)
        with ThreadPoolExecutor(1) as pool:
            # It waits for the first to commit, whatever it does before that.
            second = pool.submit(begin, other, "weekly", MONDAY, only_if_due=True)
            owner.execute("commit")
            found = second.result(timeout=60)
            owner.execute("begin")
    assert first is not None
    assert found == first
    assert seen(owner, "turn") == [(1,)]


def test_one_campaign_that_cannot_be_done_does_not_stop_the_others(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    (folder / "weekly.yaml").write_text(CAMPAIGN.replace("weekly", "broken") + "inputs: [Toy/nothing]\n")
    create(owner, read_campaign(str(folder / "weekly.yaml")))
    done = list(run_due(owner, MONDAY, workers=0))
    assert [(one.campaign, one.state) for one in done] == [("broken", "refused"), ("weekly", "going on")]
    assert "there is no collection 'Toy/nothing'" in done[0].said
