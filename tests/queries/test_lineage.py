"""Lineage that is read: names of datasets, traces, sentences, PROV-JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from queries.errors import WrongCall
from queries.lineage.facts import sentences
from queries.lineage.naming import (
    Named,
    NoSuchCollection,
    NoSuchDataset,
    find_dataset,
    find_datasets,
    read_names,
    refuse_unknown,
)
from queries.lineage.prov import provenance
from queries.lineage.trace import COLUMNS, SUMMARY, summarise, trace
from schema.ledger.marks import Target, mark
from skyledger import app

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

GRAPH = (Path(__file__).parents[1] / "support" / "small_graph.sql").read_text()
FLAT, COADD = "f1a7", "c000"


@pytest.fixture
def graph(filled: Connection[Any]) -> Iterator[Connection[Any]]:
    """Give the ledger with the small graph, as a reader."""
    filled.execute(GRAPH)
    filled.execute("set local role skyledger_reader")
    yield filled
    filled.execute("reset role")


def key(connection: Connection[Any], name: str) -> int:
    return find_datasets(connection, [name])[0]


def walk(connection: Connection[Any], name: str, direction: Any, **options: Any) -> list[tuple[int, str]]:
    """Give steps and the beginnings of the uids."""
    rows = trace(connection, [key(connection, name)], direction, **options)
    return sorted((row[0], str(row[COLUMNS.index("uid")])[:2] + str(row[COLUMNS.index("uid")])[-1]) for row in rows)


def test_a_dataset_is_named_by_key_uid_or_type_and_data_id(graph: Connection[Any]) -> None:
    flat = key(graph, FLAT)
    assert key(graph, str(flat)) == flat
    assert key(graph, "F1A70000-0000-0000-0000-000000000000") == flat
    named = read_names(["flat", "instrument=Toy", "exposure=1", FLAT])
    assert [str(one) for one in named] == ["flat instrument=Toy exposure=1", FLAT]
    assert [find_dataset(graph, one) for one in named] == [flat, flat]
    (toy,) = find_datasets(graph, ["toy", "instrument=Toy"], "Toy/run")
    assert toy != flat


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["99999"], "99999: no such dataset is in this ledger"),
        (["dead0000"], "dead0000: no such dataset is in this ledger"),
        (["a000"], "a000: several datasets fit; name one by its key, or its --collection: .* .in no collection"),
        (["raw", "instrument=Toy"], "raw instrument=Toy: several datasets fit"),
        (["raw", "exposure=one"], "raw exposure=one: exposure is a whole number, not 'one'"),
        (
            ["flat", "exposure=2"],
            "flat exposure=2: no such dataset is in this ledger; `skyledger why` says what keeps it",
        ),
    ],
)
def test_a_name_that_is_none_or_several_is_refused(graph: Connection[Any], words: list[str], sentence: str) -> None:
    with pytest.raises(NoSuchDataset, match=sentence):
        find_datasets(graph, words)


def test_words_that_are_no_names_are_refused(graph: Connection[Any]) -> None:
    with pytest.raises(WrongCall, match="exposure=1 stands before any dataset type"):
        read_names(["exposure=1"])
    with pytest.raises(WrongCall, match="'ccd' is no dimension"):
        read_names(["raw", "ccd=1"])
    with pytest.raises(NoSuchCollection, match="no collection 'DR9' holds anything"):
        refuse_unknown(graph, "DR9")
    with pytest.raises(NoSuchDataset, match="no such dataset is in Toy/run"):
        find_dataset(graph, Named("flat", {"instrument": "Toy"}), "Toy/run")


def test_walks_meet_each_dataset_once_at_its_shortest_distance(graph: Connection[Any]) -> None:
    assert walk(graph, COADD, "back") == [(0, "c00"), (1, "b01"), (1, "b02"), (1, "f10"), (2, "a01"), (2, "a02")]
    assert walk(graph, FLAT, "forward") == [(0, "f10"), (1, "b01"), (1, "b02"), (1, "c00"), (1, "c10")]
    assert walk(graph, COADD, "back", depth=1) == [(0, "c00"), (1, "b01"), (1, "b02"), (1, "f10")]
    assert walk(graph, COADD, "back", dataset_type="raw") == [(2, "a01"), (2, "a02")]
    rows = summarise(graph, [key(graph, COADD)], "back")
    assert [dict(zip(SUMMARY, row, strict=True)) for row in rows if row[0] == "raw"] == [
        {"dataset_type": "raw", "task": None, "first_step": 2, "last_step": 2, "n_datasets": 2, "n_tainted": 0}
    ]


def test_a_trace_tells_marks_from_taint(graph: Connection[Any]) -> None:
    flat = key(graph, FLAT)
    graph.execute("reset role")
    mark(graph, Target(dataset_id=flat), "bad", "Light leak.")
    mark(graph, Target(dataset_id=key(graph, "b0000000-0000-0000-0000-000000000001")), "suspect", "Trail.")
    graph.execute("set local role skyledger_reader")
    rows = trace(graph, [key(graph, COADD)], "back")
    said = {str(row[-1])[:2] + str(row[-1])[-1]: row[-3:-1] for row in rows}
    assert said == {
        "c00": ("bad, suspect", False), "b01": ("bad, suspect", True), "b02": ("bad", False), "f10": ("bad", True),
        "a01": (None, False), "a02": (None, False),
    }  # fmt: skip
    told = "\n".join(sentences(graph, key(graph, COADD)))
    assert f"tainted: made from flat {flat}, 1 back; flat {flat} is marked bad: Light leak." in told
    assert "tainted: made from image" in told
    assert "held by no collection" in told


def test_deep_and_wide_graphs_are_walked_within_bounds(graph: Connection[Any]) -> None:
    """Every way through a ladder would be 2^30 ways; each dataset is met once."""
    graph.execute("reset role")
    graph.execute(
        """insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
           select sha256(('ladder' || n)::bytea), v.task_version_id, c.config_id, o.coordinate_id
           from generate_series(1, 30) n, registry.task_version v
           join registry.task t using (task_id)
           join registry.config c on c.digest = sha256('one') join registry.coordinate o on o.digest = sha256('one')
           where t.name = 'reduce';
           insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, output_name, content_digest)
           select gen_random_uuid(), y.dataset_type_id, q.coordinate_id, q.quantum_id, side, q.provenance_hash
           from generate_series(1, 30) n join registry.quantum q on q.provenance_hash = sha256(('ladder' || n)::bytea)
           cross join unnest(array['left', 'right']) side join registry.dataset_type y on y.name = 'image'
           order by n, side;
           insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
           select q.quantum_id, r.role_id, case d.output_name when 'left' then 0 else 1 end, d.dataset_id
           from generate_series(2, 30) n join registry.quantum q on q.provenance_hash = sha256(('ladder' || n)::bytea)
           join registry.quantum p on p.provenance_hash = sha256(('ladder' || n - 1)::bytea)
           join registry.dataset d on d.quantum_id = p.quantum_id join registry.role r on r.name = 'images'"""
    )
    graph.execute("set local role skyledger_reader")
    top = "select max(dataset_id) from dataset where dataset_type = 'image'"
    rows = graph.execute(f"select count(*), max(depth) from registry.upstream(array(({top})))").fetchall()  # noqa: S608
    assert rows == [(59, 29)]


def read_back(document: dict[str, Any]) -> tuple[set[tuple[str, str]], set[tuple[str, str, str, int]]]:
    """Read what was made by what, and what read what, from a PROV-JSON document by its own rules."""
    relations = {"wasGeneratedBy": ("entity", "activity"), "used": ("activity", "entity"),
                 "wasAssociatedWith": ("activity", "agent")}  # fmt: skip
    assert document.keys() <= {"prefix", "entity", "activity", "agent", *relations}
    prefixes = set(document["prefix"]) | {"_"}
    for part in document.keys() - {"prefix"}:
        for name, attributes in document[part].items():
            assert name.partition(":")[0] in prefixes, name
            assert all(key.partition(":")[0] in prefixes for key in attributes)
            assert all(
                isinstance(value, str | int | float) or value.keys() == {"$", "type"} for value in attributes.values()
            )
    for relation, ends in relations.items():
        for name, attributes in document.get(relation, {}).items():
            assert name.startswith("_:")
            for end in ends:
                assert attributes[f"prov:{end}"] in document[end]
            if "prov:plan" in attributes:
                assert document["entity"][attributes["prov:plan"]]["prov:type"]["$"] == "prov:Plan"
    made = {(one["prov:entity"], one["prov:activity"]) for one in document["wasGeneratedBy"].values()}
    read = {(one["prov:activity"], one["prov:entity"], one["prov:role"], one["sky:ordinal"])
            for one in document["used"].values()}  # fmt: skip
    return made, read


def test_a_prov_document_holds_the_lineage_and_gives_it_back(graph: Connection[Any]) -> None:
    document = json.loads(json.dumps(provenance(graph, [key(graph, COADD)])))
    made, read = read_back(document)
    uid = {str(row[0]): UUID(str(row[1])) for row in graph.execute("select dataset_id, uid from dataset")}
    rows = trace(graph, [key(graph, COADD)], "back")
    assert {name for name in document["entity"] if name.startswith("dataset:")} == {
        f"dataset:{row[-1]}" for row in rows
    }
    edges = graph.execute("select dataset_id, input_dataset_id, role, ordinal from lineage").fetchall()
    known = {row[1] for row in rows}
    activity = dict(made)
    want = {
        (activity[f"dataset:{uid[str(one)]}"], f"dataset:{uid[str(other)]}", role, ordinal)
        for one, other, role, ordinal in edges if one in known
    }  # fmt: skip
    assert read == want
    assert len(made) == 3
    assert {agent["prov:label"] for agent in document["agent"].values()} == {"reduce", "stack"}


def test_the_verbs_answer_for_readers(served_graph: None) -> None:
    run = CliRunner()
    rows = json.loads(run.invoke(app, ["trace", FLAT, "--forward", "--output", "json"], catch_exceptions=False).stdout)
    assert [row["dataset_type"] for row in rows] == ["flat", "coadd", "image", "image", "weight"]
    document = json.loads(run.invoke(app, ["prov", COADD], catch_exceptions=False).stdout)
    assert document == json.loads(run.invoke(app, ["trace", COADD, "--output", "prov"]).stdout)
    for more in (["--forward"], ["--summary"], ["--type", "flat"]):
        assert run.invoke(app, ["trace", COADD, *more, "--output", "prov"]).exit_code == 2
    found = json.loads(run.invoke(app, ["whatif", FLAT, "--output", "json"], catch_exceptions=False).stdout)
    assert (found["quanta"], found["datasets"], found["cpu_h"]) == (2, 3, None)
    # Both images are of one task and data ID: the newer one took the place of the other.
    told = run.invoke(app, ["whatif", FLAT], catch_exceptions=False).stdout
    assert "2 quanta, 3 datasets, unknown, 0.0 MB (the newest of 3 that were made so far)" in told


@pytest.fixture
def served_graph(ledger: Any, owner: Connection[Any]) -> None:
    """Commit the small graph."""
    from tests.support.rows import ROWS

    owner.execute(ROWS)
    owner.execute(GRAPH)
