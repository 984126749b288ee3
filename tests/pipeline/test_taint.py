"""A bad dataset: what needs it waits, its replacement runs and nothing else, a mark taken back leaves its history."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, ProgrammingError

from pipeline.lineage.invalidate import UnknownPipeline, plan_again
from pipeline.lineage.make import NothingToMakeFrom, make
from pipeline.lineage.targets import find_targets, roots_of
from pipeline.lineage.why import explain
from queries.lineage.naming import Named, NoSuchDataset, find_datasets
from queries.lineage.whatif import what_if
from schema.ledger.certification import Validity, certify
from schema.ledger.collections import find
from schema.ledger.curation import chain, seal
from schema.ledger.marks import BadMark, ShortDigest, Target, UnknownMark, UnknownTarget, mark, unmark
from schema.settings import Settings
from tests.support.lineage import NOW, data_id, do, key_of, make_all, read_toys, replace_raw, resubmit, toy_pipeline
from tests.support.runs import states

pytestmark = pytest.mark.database


def taint(owner: Connection[Any]) -> dict[int, tuple[str, bool]]:
    """Give what is tainted: dataset to verdict, and whether the mark is on itself."""
    return {key: (verdict, marked) for verdict, key, marked in owner.execute("select * from taint")}


def said(owner: Connection[Any], name: str, pipeline: Path) -> str:
    """Give what `why` says of a name."""
    word, *rest = name.split()
    given = Named(word, dict(pair.split("=") for pair in rest))
    return "\n".join(explain(owner, given, None, str(pipeline)))


def test_what_needs_a_bad_dataset_is_blocked_and_says_so(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    pipeline = read_toys(tmp_path)
    raw = key_of(owner, "raw_image", 2)
    mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
    with pytest.raises(NothingToMakeFrom, match=rf"raw_image {raw} is marked bad"):
        make(owner, pipeline, Named("toy_double", data_id(2)), NOW, lambda run: do(owner, run))
    make_all(owner, pipeline)
    assert owner.execute("select count(*) from dataset where dataset_type = 'toy_double'").fetchone() == (3,)
    reason = said(owner, "toy_double instrument=Toy detector=2", tmp_path / "toys.yaml")
    assert f"raw_image {raw} is marked bad: what needs it waits until it is replaced" in reason


def test_a_replaced_dataset_runs_its_descendants_and_nothing_else(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    old = [key_of(owner, kind, 2) for kind in ("raw_image", "toy_count", "toy_double")]
    mark(owner, Target(dataset_id=old[0]), "bad", "Light leak.")
    assert taint(owner) == {key: ("bad", key == old[0]) for key in old}
    new = replace_raw(owner, toys, tmp_path, 2, "a better file of detector 2")
    again, run = resubmit(owner, [old[0]], tmp_path / "toys.yaml")
    assert [(task, to_run, reused) for task, to_run, reused in again.plan.counts()] == [
        ("toy_count", 1, 3), ("toy_double", 1, 3),
    ]  # fmt: skip
    assert states(owner, find(owner, [run])[0]) == {"done": 2}
    # The new run is whole; what was bad is not in it, and is still there, tainted.
    held = {row[0] for row in owner.execute("select dataset_id from member where collection = %s", [run])}
    assert len(held) == 8
    assert held.isdisjoint(old)
    assert taint(owner).keys() == set(old)
    made = owner.execute(
        "select input_dataset_id from lineage where dataset_id = %s", [key_of(owner, "toy_count", 2)]
    ).fetchall()
    assert made == [(new,)]
    # Again: there is nothing left to do.
    (once_more,) = plan_again(owner, [old[0]], [str(tmp_path / "toys.yaml")])
    assert once_more.plan.to_run == []


def test_without_a_replacement_invalidation_computes_nothing_and_says_why(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    raw = key_of(owner, "raw_image", 1)
    mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
    (again,) = plan_again(owner, [raw], [str(tmp_path / "toys.yaml")])
    assert again.plan.to_run == []
    assert any(sentence.startswith(f"raw_image {raw} is marked bad") for sentence in again.plan.refused)
    assert {quantum.place.coordinate_id for quantum in again.plan.quanta}.isdisjoint(
        row[0]
        for row in owner.execute("select coordinate_id from registry.dataset where dataset_id = %s", [raw]).fetchall()
    )


def test_work_with_another_reason_is_left_out_of_an_invalidation(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    raw = key_of(owner, "raw_image", 0)
    mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
    replace_raw(owner, toys, tmp_path, 0, "another file of detector 0")
    # Somebody has changed the configuration meanwhile: everything would run.
    changed = toy_pipeline(
        tmp_path, (tmp_path / "toys.yaml").read_text().replace("toy_count: {}", "toy_count: {idle: 9}")
    )
    (again,) = plan_again(owner, [raw], [str(changed)])
    assert {quantum.task.name for quantum in again.plan.to_run} == {"toy_count", "toy_double"}
    assert len(again.plan.to_run) == 2
    assert again.left == 6
    assert again.plan.pipeline == "invalidate/toys"  # not whole: nobody goes on from it by default


def test_a_mark_taken_back_leaves_no_taint_and_its_history(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    raw = key_of(owner, "raw_image", 3)
    one = mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
    assert mark(owner, Target(dataset_id=raw), "bad", " Light  leak.") == one
    assert len(taint(owner)) == 3
    unmark(owner, one)
    assert taint(owner) == {}
    assert owner.execute("select reason, revoked_at is not null from mark").fetchall() == [("Light leak.", True)]
    with pytest.raises(UnknownMark, match="was taken back already"):
        unmark(owner, one)
    with pytest.raises(ProgrammingError, match="append-only"):
        owner.execute("update registry.mark set revoked_at = null")
    # What was planned under the mark is planned as before: nothing is to be done.
    assert make_all(owner, read_toys(tmp_path)) == []
    assert mark(owner, Target(dataset_id=raw), "bad", "Light leak.") > one


def test_marked_code_and_configurations_taint_what_they_made(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    counts = {key_of(owner, "toy_count", detector) for detector in range(4)}
    doubles = {key_of(owner, "toy_double", detector) for detector in range(4)}
    (code,) = find_targets(owner, ["task:toy_double"])
    assert set(roots_of(owner, [code])) == doubles
    mark(owner, code, "suspect", "It rounds.")
    assert taint(owner) == dict.fromkeys(doubles, ("suspect", True))
    (digest,) = owner.execute("select config_digest from dataset where dataset_id = %s", [min(counts)]).fetchone() or (
        "",
    )
    (config,) = find_targets(owner, [f"config:{digest[:10]}"])
    mark(owner, config, "superseded", "A better default.")
    found = owner.execute("select verdict, count(*), count(*) filter (where marked) from taint group by 1 order by 1")
    assert found.fetchall() == [("superseded", 8, 4), ("suspect", 4, 4)]
    reason = said(owner, str(min(doubles)), tmp_path / "toys.yaml")
    assert "suspect: the code of toy_double is marked so: It rounds." in reason
    assert "the configuration of toy_count" in reason


def test_what_cannot_be_marked_is_said(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    make_all(owner, read_toys(tmp_path))
    raw = Target(dataset_id=key_of(owner, "raw_image", 0))
    with pytest.raises(BadMark, match="'worse' is no verdict"):
        mark(owner, raw, "worse", "Why not.")
    with pytest.raises(BadMark, match="the reason is empty"):
        mark(owner, raw, "bad", " ")
    with pytest.raises(UnknownTarget, match="task:nothing is not in this ledger"):
        find_targets(owner, ["task:nothing"])
    with pytest.raises(ShortDigest, match="config: is too short: give at least 4 digits"):
        find_targets(owner, ["config:"])
    with pytest.raises(UnknownMark, match="mark 99 does not exist"):
        unmark(owner, 99)


def test_an_unknown_pipeline_must_be_given(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    make_all(owner, read_toys(tmp_path))
    with pytest.raises(UnknownPipeline, match="the pipeline toys is not shipped"):
        list(plan_again(owner, [key_of(owner, "raw_image", 0)]))


def test_what_if_counts_what_is_below_and_names_what_was_released(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    (run,) = make_all(owner, read_toys(tmp_path))
    owner.execute("insert into registry.collection (name, kind, doc) values ('DR1', 'tagged', 'A release.')")
    double = key_of(owner, "toy_double", 1)
    owner.execute(
        """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
           select c.collection_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'tagged'
           from registry.collection c, registry.dataset d where c.name = 'DR1' and d.dataset_id = %s""",
        [double],
    )
    owner.execute("insert into registry.collection (name, kind, doc) values ('DR', 'chained', 'All releases.')")
    owner.execute(
        """insert into registry.collection_chain (parent, position, child)
           select p.collection_id, 0, c.collection_id from registry.collection p, registry.collection c
           where p.name = 'DR' and c.name = 'DR1'"""
    )
    owner.execute("update registry.collection set sealed_at = now() where name in ('DR', 'DR1')")
    owner.execute(
        """insert into quality.specification (metric_id, name, operator, threshold, description)
           select metric_id, 'small', '<', 1, 'Files are small.' from quality.metric where name = 'toy_count.size'"""
    )
    found = what_if(owner, [key_of(owner, "raw_image", 1)])
    assert [row[:3] for row in found.work] == [("toy_count", 1, 1), ("toy_double", 1, 1)]
    assert (found.quanta, found.datasets) == (2, 2)
    assert found.cpu_h is not None
    sizes = owner.execute(
        """select sum(a.n_bytes)::int8 from registry.artifact a join registry.dataset d using (content_digest)
           where d.dataset_id = any(%s)""",
        [[double, key_of(owner, "toy_count", 1)]],
    ).fetchone()
    assert (found.n_bytes,) == sizes
    assert found.sealed == ["DR", "DR1"]
    assert {row[0]: row[3] for row in found.collections} == {"DR": 1, "DR1": 1, "Toy/raw": 1, run: 2}
    assert found.metrics[0] == ("toy_count.size", "byte", 1, "small", 0, 1)
    for release in ("DR1", "DR"):
        within = what_if(owner, [key_of(owner, "raw_image", 1)], release)
        assert [row[:3] for row in within.work] == [("toy_double", 1, 1)]
    assert find_datasets(owner, ["toy_double", "instrument=Toy"], "DR") == [double]
    with pytest.raises(NoSuchDataset, match=r"no such dataset is in DR; elsewhere there is \d+ "):
        find_datasets(owner, ["toy_count", "instrument=Toy", "detector=1"], "DR")
    assert found.document()["work"][0]["task"] == "toy_count"


def test_what_if_names_the_calibrations_that_were_certified_from_it(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    """What a calibration collection certifies is no member, and is released with the chain all the same."""
    (run,) = make_all(owner, read_toys(tmp_path))
    count = key_of(owner, "toy_count", 1)
    certify(owner, "Toy/calib", [count], Validity(None, None))
    chain(owner, "DR", ["Toy/calib"])
    for name in ("Toy/calib", "DR"):
        seal(owner, name)
    found = what_if(owner, [key_of(owner, "raw_image", 1)])
    assert found.sealed == ["DR", "Toy/calib"]
    assert {row[0]: row[3] for row in found.collections} == {"DR": 1, "Toy/calib": 1, "Toy/raw": 1, run: 2}
    assert what_if(owner, [key_of(owner, "raw_image", 2)]).sealed == []
