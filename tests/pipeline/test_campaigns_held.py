"""Turns that are interrupted, held or called off: what goes on by itself, and what an operator has decided."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from pipeline.campaigns.alone import alone
from pipeline.campaigns.create import create
from pipeline.campaigns.definition import read_campaign
from pipeline.campaigns.errors import NoLock
from pipeline.campaigns.run import due, run_due, run_turn
from pipeline.campaigns.turns import Turn, begin
from schema.settings import Settings
from tests.support.campaigns import CAMPAIGN, MONDAY, WEEK, make, seen, turn
from tests.support.queue import claim, count, enlist, settle, silence
from tests.support.runs import finish, states

pytestmark = pytest.mark.database


def begun(owner: Connection[Any], folder: Path) -> Turn:
    """Begin the first turn of the campaign."""
    make(owner, folder)
    found = begin(owner, "weekly", MONDAY)
    assert found
    return found


def test_a_turn_that_was_begun_goes_on_instead_of_a_second(owner: Connection[Any], folder: Path) -> None:
    first = begun(owner, folder)
    assert begin(owner, "weekly", MONDAY + 5 * WEEK) == first
    assert run_turn(owner, "weekly", MONDAY, workers=0).state == "going on"
    finish(owner, first.run_id)
    assert run_turn(owner, "weekly", MONDAY, workers=0).state == "reported"
    assert seen(owner, "turn, verdict, n_failed") == [(1, "same", 0)]


def test_what_a_killed_worker_had_goes_on(owner: Connection[Any], folder: Path) -> None:
    first = begun(owner, folder)
    killed = enlist(owner)
    assert len(claim(owner, killed, 3)) == 3
    silence(owner, killed)
    done = run_turn(owner, "weekly", MONDAY, workers=1)
    assert (done.state, done.verdict, done.failed) == ("reported", "same", False)
    assert states(owner, first.run_id) == {"done": 8}
    lost = owner.execute("select count(*) from execution where outcome = 'lost'").fetchone()
    assert lost == (3,)


def test_what_was_cancelled_stays_so_and_fails_the_turn(owner: Connection[Any], folder: Path) -> None:
    first = begun(owner, folder)
    settle(owner, claim(owner, enlist(owner), 1))
    owner.execute("select work.cancel(%s)", [first.run_id])
    done = run_turn(owner, "weekly", MONDAY, workers=1)
    assert (done.state, done.verdict, done.failed) == ("reported", "failed", True)
    assert states(owner, first.run_id) == {"done": 1, "cancelled": 7}
    assert seen(owner, "verdict, reason") == [("failed", "7 units were cancelled")]
    assert due(owner, MONDAY) == []
    # What is left is for the next turn, when that is due.
    assert turn(owner, MONDAY + WEEK) == "reported"
    assert seen(owner, "turn, n_failed, verdict")[1] == (2, 0, "same")


def test_what_the_operator_takes_up_again_goes_on(owner: Connection[Any], folder: Path) -> None:
    first = begun(owner, folder)
    owner.execute("select work.cancel(%s)", [first.run_id])
    owner.execute("select work.resume(%s)", [first.run_id])
    assert run_turn(owner, "weekly", MONDAY, workers=0).state == "going on"
    finish(owner, first.run_id)
    assert run_turn(owner, "weekly", MONDAY, workers=0).verdict == "same"


def test_a_paused_turn_is_left_alone_and_is_no_failure(owner: Connection[Any], folder: Path) -> None:
    first = begun(owner, folder)
    owner.execute("select work.pause(%s)", [first.run_id])
    done = run_turn(owner, "weekly", MONDAY, workers=1)
    said = "its run is paused: `skyledger resume campaign/weekly/0001` lets it go on"
    assert (done.state, done.said, done.failed) == ("paused", said, False)
    assert count(owner, "work.worker") == 0


def test_one_process_works_on_a_campaign_and_others_leave_it_alone(
    owner: Connection[Any], toys: Settings, folder: Path
) -> None:
    begun(owner, folder)
    with alone(toys, "weekly") as mine:
        assert mine
        with alone(toys, "nightly") as other:
            assert other
        done = run_turn(owner, "weekly", MONDAY, workers=2)
        said = "another process of this host is working on it: nothing to do here"
        assert (done.state, done.said, done.failed) == ("worked on", said, False)
        # Who brings no workers needs no turn.
        assert run_turn(owner, "weekly", MONDAY, workers=0).state == "going on"
    assert count(owner, "work.worker") == 0
    assert run_turn(owner, "weekly", MONDAY, workers=1).state == "reported"
    assert count(owner, "work.worker") == 1


def test_each_ledger_has_locks_of_its_own(toys: Settings) -> None:
    """Two ledgers of one home may have campaigns of one name; a password that is changed makes no other ledger."""
    other, same = (
        toys.model_copy(update={"database_url": SecretStr(make_conninfo(url(toys), **changed))})
        for changed in ({"dbname": "other"}, {"password": "changed"})
    )
    with alone(toys, "weekly"), alone(other, "weekly") as mine, alone(same, "weekly") as again:
        assert (mine, again) == (True, False)


def url(using: Settings) -> str:
    assert using.database_url
    return using.database_url.get_secret_value()


def test_a_lock_that_cannot_be_opened_is_one_sentence(toys: Settings) -> None:
    with alone(toys, "weekly"):
        (path,) = (toys.home / "campaigns").iterdir()
    path.unlink()
    path.mkdir()
    said = r"campaign weekly: its lock .*weekly-[0-9a-f]{12}.lock cannot be opened \(Is a"
    with pytest.raises(NoLock, match=said), alone(toys, "weekly"):
        pass


def test_the_schedule_finishes_what_was_begun_by_hand(owner: Connection[Any], folder: Path) -> None:
    (folder / "by_hand.yaml").write_text(CAMPAIGN.replace("every: 7 days\n", "").replace("weekly", "by_hand"))
    create(owner, read_campaign(str(folder / "by_hand.yaml")))
    assert due(owner, MONDAY) == []
    done = run_turn(owner, "by_hand", MONDAY, workers=0)
    assert done.turn
    assert due(owner, MONDAY) == ["by_hand"]
    finish(owner, done.turn.run_id)
    assert [one.verdict for one in run_due(owner, MONDAY, workers=0)] == ["same"]
    assert due(owner, MONDAY + 5 * WEEK) == []
