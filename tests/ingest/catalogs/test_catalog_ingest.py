"""Catalogs made elsewhere in the ledger: rows, lineage, repeats, replacements, loads, deaths."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import Connection
from typer.testing import CliRunner

from ingest.catalogs import ingest
from ingest.catalogs.ingest import ingest_catalogs
from ingest.cli import mount
from ingest.report import Report
from schema.connect import connect
from schema.settings import Settings
from schema.store import Store
from tests.support.foreign import RECIPE, columns, forced, recipe, register_exposures, register_raw, write
from tests.support.portrait import ailments, portrait
from tests.support.processes import command, killed_at
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


def bring(owner: Connection[Any], ledger: Settings, paths: list[Path], **how: Any) -> Report:
    arguments: dict[str, Any] = {"recipe": recipe(), "name": "catalogs/toy", **how}
    return ingest_catalogs(owner, Store(ledger.store_root), paths, **arguments)


def current(owner: Connection[Any], name: str = "catalogs/toy") -> dict[int, int]:
    """Give the dataset of each visit in a run."""
    return dict(
        owner.execute(
            """select d.visit, d.dataset_id from member m join dataset d using (dataset_id)
               where m.collection = %s""",
            [name],
        ).fetchall()
    )


def test_a_row_leads_to_the_file_the_software_and_the_raw_frame(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 2)
    raw = register_raw(owner, ledger, tmp_path, 1)
    paths = [write(tmp_path, visit) for visit in (1, 2)]
    assert bring(owner, ledger, paths).counts() == {"new": 2}
    assert owner.execute("select count(*), count(distinct load_id) from source").fetchone() == (10, 1)
    rows = owner.execute(
        """select d.dataset_type, d.file_name, u.depth from source s
           cross join lateral registry.upstream(array[s.dataset_id]) u join dataset d on d.dataset_id = u.dataset_id
           where s.visit = 1 group by 1, 2, 3 order by 1"""
    ).fetchall()
    assert rows == [("catalog_file", paths[0].name, 1), ("raw_image", "raw1.txt", 1), ("source", None, 0)]
    (stored,) = owner.execute("select path from dataset where file_name = %s", [paths[0].name]).fetchall()[0]
    assert (ledger.store_root / stored).read_bytes() == paths[0].read_bytes()
    made_by = owner.execute(
        "select distinct config -> 'made_by' from dataset where task = 'convert_catalog'"
    ).fetchall()
    assert made_by == [
        ({"software": "SExtractor", "version": "2.28.2", "config": {"DETECT_THRESH": 1.5, "PHOT_APERTURES": [12, 24]}},)
    ]
    roles = owner.execute("select role, input_dataset_id = %s from lineage order by 1, 2", [raw]).fetchall()
    assert roles == [("file", False), ("file", False), ("raw_image", True)]


def test_the_same_files_again_change_nothing(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 3)
    paths = [write(tmp_path, visit) for visit in (1, 2, 3)]
    assert bring(owner, ledger, paths, dry_run=True).counts() == {"new": 3}
    assert owner.execute("select count(*) from registry.collection").fetchone() == (0,)
    assert not ledger.store_root.exists() or list(ledger.store_root.glob("*/*")) == []
    bring(owner, ledger, paths)
    before = portrait(owner, ledger.store_root)
    assert bring(owner, ledger, paths).counts() == {"known": 3}
    assert bring(owner, ledger, paths, dry_run=True).counts() == {"known": 3}
    assert portrait(owner, ledger.store_root) == before


def test_a_changed_file_takes_the_place_of_the_one_before(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 2)
    paths = [write(tmp_path, visit) for visit in (1, 2)]
    bring(owner, ledger, paths)
    before = current(owner)
    pq.write_table(pa.table(columns(8, seed=99)), paths[0])
    assert bring(owner, ledger, paths, dry_run=True).counts() == {"other content": 1, "known": 1}
    report = bring(owner, ledger, paths)
    assert report.counts() == {"other content": 1, "known": 1}
    assert report.sentences == [
        "cat_1_0.parquet: a catalog of the same image came before with other content; this one takes its place"
    ]
    after = current(owner)
    assert (after[1] > before[1], after[2]) == (True, before[2])
    rows = owner.execute("select count(*) from source where dataset_id = any(%s)", [list(after.values())]).fetchone()
    assert rows == (13,)


def test_a_raw_frame_that_came_later_is_found_by_converting_again(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 1)
    paths = [write(tmp_path, 1)]
    bring(owner, ledger, paths)
    register_raw(owner, ledger, tmp_path, 1)
    assert bring(owner, ledger, paths).counts() == {"converted again": 1}
    assert bring(owner, ledger, paths).counts() == {"known": 1}
    inputs = owner.execute(
        "select l.role from lineage l where l.dataset_id = %s order by 1", [current(owner)[1]]
    ).fetchall()
    assert inputs == [("file",), ("raw_image",)]


def test_two_runs_hold_two_recipes_of_one_file(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 1)
    paths = [write(tmp_path, 1)]
    bring(owner, ledger, paths)
    newer = recipe(made_by={"software": "SExtractor", "version": "2.30"})
    assert bring(owner, ledger, paths, recipe=newer, name="catalogs/newer").counts() == {"new": 1}
    assert current(owner, "catalogs/newer") != current(owner)
    files = owner.execute("select count(*) from dataset where dataset_type = 'catalog_file'").fetchone()
    assert files == (1,)


def test_what_is_marked_bad_stays_out(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 1)
    paths = [write(tmp_path, 1)]
    bring(owner, ledger, paths)
    owner.execute(
        """insert into registry.mark (dataset_id, verdict, reason)
           select dataset_id, 'bad', 'clouds' from registry.origin where file_name = 'cat_1_0.parquet'"""
    )
    report = bring(owner, ledger, paths, name="catalogs/second")
    assert report.sentences == ["cat_1_0.parquet: is marked bad in the ledger and stays out; revoke the mark to use it"]


def test_hundreds_of_files_are_one_load_and_few_statements(
    owner: Connection[Any], ledger: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_exposures(owner, 100, detectors=3)
    paths = [write(tmp_path, visit, detector=f"D{ccd}") for visit in range(1, 101) for ccd in range(3)]
    monkeypatch.setattr(ingest, "BATCH", 120)
    counted = Counted(owner)
    report = bring(counted, ledger, paths, recipe=forced())  # type: ignore[arg-type]
    assert report.counts() == {"new": 300}
    loads = owner.execute("select state, n_rows from ingest.load").fetchall()
    assert loads == [("published", 1500)]
    assert owner.execute("select count(distinct (visit, detector)) from forced_source").fetchone() == (300,)
    assert counted.statements < 150  # three batches and a load


class Counted:
    """A connection that counts statements."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self.statements = 0

    def execute(self, *arguments: Any, **how: Any) -> Any:
        self.statements += 1
        return self._connection.execute(*arguments, **how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_two_ingests_at_once_end_as_one(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    register_exposures(owner, 3)
    paths = [write(tmp_path, visit) for visit in (1, 2, 3)]

    def one(name: str) -> dict[str, int]:
        with connect("owner", ledger) as connection:
            return bring(connection, ledger, paths, name=name).counts()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(one, ["catalogs/toy", "catalogs/other", "catalogs/toy", "catalogs/other"]))
    assert all(sum(counts.values()) == 3 for counts in found)
    assert bring(owner, ledger, paths).counts() == {"known": 3}
    assert current(owner) == current(owner, "catalogs/other")
    assert owner.execute("select count(*) from registry.origin").fetchone() == (3,)
    assert owner.execute("select count(*), count(distinct dataset_id) from source").fetchone() == (15, 3)


@pytest.mark.parametrize("point", ["in_ingest", "after_open", "after_stage"])
def test_whoever_is_killed_finishes_by_a_repeat(
    point: str, owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 3)
    folder, said = tmp_path / "files", tmp_path / "toy.yaml"
    paths = [write(folder, visit) for visit in (1, 2, 3)]
    said.write_text(RECIPE)
    words = ("ingest", "catalog", "--recipe", said, folder)
    assert killed_at(point, tmp_path / "ticket", command, *words)
    assert owner.execute("select count(*) from source").fetchone() == (0,)
    registered = owner.execute("select count(*) from registry.dataset").fetchone()
    assert registered == ((0,) if point == "in_ingest" else (6,))
    assert bring(owner, ledger, paths).counts() == {"new" if point == "in_ingest" else "known": 3}
    assert owner.execute("select count(*), count(distinct dataset_id) from source").fetchone() == (15, 3)
    assert owner.execute("select count(*) from ingest.load where state = 'published'").fetchone() == (1,)
    assert ailments(ledger) == []


def test_the_command_line_tells_outcomes_and_ends_with_1_when_a_file_is_refused(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    register_exposures(owner, 2)
    folder, said = tmp_path / "files", tmp_path / "toy.yaml"
    said.write_text(RECIPE)
    for visit in (1, 2, 3):
        write(folder, visit)
    words = ["ingest", "catalog", "--recipe", str(said), str(folder), "--output", "json"]
    for more, answer in (
        (["--dry-run"], {"new": 2}),
        ([], {"new": 2}),
        (["--run", "other"], {"new": 2}),
        ([], {"known": 2}),
    ):
        result = CliRunner().invoke(app_of(mount), [*words, *more], catch_exceptions=False)
        assert result.exit_code == 1
        assert "cat_3_0.parquet: visit 3 of Toy is not registered" in result.stderr
        told = {row["outcome"]: row["files"] for row in json.loads(result.stdout)}
        assert told == {**answer, "refused": 1}
    (folder / "cat_3_0.parquet").unlink()
    assert CliRunner().invoke(app_of(mount), words).exit_code == 0
    assert set(current(owner)) == set(current(owner, "other")) == {1, 2}
