"""Datasets made again from their record: identical, different column by column, or not reproducible and why."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from psycopg import Connection

from pipeline.definition import read
from pipeline.execute import execute
from pipeline.lineage.difference import difference, of_tables
from pipeline.lineage.recipe import NotReproducible
from pipeline.lineage.reproduce import draw, reproduce
from pipeline.running import make_plan, submit_or_find
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.lineage import NOW, do, key_of, make_all, read_toys, toy_pipeline
from tests.support.lineage import TOYS as PIPELINE

pytestmark = pytest.mark.database
UNLIKE = PIPELINE.replace("toy_count: {}", "toy_count: {unlike: true}")
STATE = """
select (select count(*) from registry.dataset), (select count(*) from registry.quantum),
       (select count(*) from registry.artifact), (select count(*) from registry.member),
       (select count(*) from work.execution), (select count(*) from quality.measurement)"""


def store_of(using: Settings) -> Store:
    return Store(using.store_root)


def verdicts(owner: Connection[Any]) -> list[tuple[Any, ...]]:
    """Give what is kept of reproductions."""
    return owner.execute("select dataset_id, verdict, difference from reproduction order by reproduction_id").fetchall()


def test_a_sample_comes_out_identical_and_nothing_else_is_registered(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    (run,) = make_all(owner, read_toys(tmp_path))
    before = owner.execute(STATE).fetchone()
    drawn = draw(owner, 5, 1, run)
    assert len(drawn) == 5
    assert drawn == draw(owner, 5, 1, run)
    assert any(draw(owner, 5, seed, run) != drawn for seed in range(2, 9))
    for dataset in drawn:
        found = reproduce(owner, store_of(toys), dataset)
        assert (found.verdict, found.difference) == ("identical", None)
    assert [row[:2] for row in verdicts(owner)] == [(dataset, "identical") for dataset in drawn]
    assert owner.execute(STATE).fetchone() == before
    assert list(store_of(toys).root.glob("staging/*")) == []


def test_what_comes_out_differently_is_kept_column_by_column(
    toys: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The toy writes its process into the table: another environment of another class may do the like to a flux."""
    (run,) = make_all(owner, read(str(toy_pipeline(tmp_path, UNLIKE))))
    count = key_of(owner, "toy_count", 1)
    monkeypatch.setattr("os.getpid", lambda: 7)
    monkeypatch.setenv("SKYLEDGER_COMPATIBILITY_CLASS", "other-1")
    settings.cache_clear()
    found = reproduce(owner, store_of(toys), count)
    assert (found.verdict, found.recorded_class, found.compatibility_class) == ("different", "toy", "other-1")
    assert found.difference is not None
    column = found.difference["columns"]["n"]
    assert column["n_different"] == 1
    assert verdicts(owner) == [(count, "different", found.difference)]
    # The double of it was made of what is registered, and comes out the same.
    assert reproduce(owner, store_of(toys), key_of(owner, "toy_double", 1)).verdict == "identical"
    # What somebody saw differ is not drawn.
    owner.execute(
        """insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got)
           select quantum_id, output_name, 1, content_digest, sha256('') from registry.dataset where dataset_id = %s""",
        [count],
    )
    assert count not in draw(owner, 8, 1, run)


def test_an_input_without_a_file_is_made_again_first(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    make_all(owner, read_toys(tmp_path))
    count = key_of(owner, "toy_count", 1)
    owner.execute(
        """update registry.artifact a set state = 'deleted' from registry.dataset d
           where d.dataset_id = %s and a.content_digest = d.content_digest""",
        [count],
    )
    assert reproduce(owner, store_of(toys), key_of(owner, "toy_double", 1)).verdict == "identical"
    assert reproduce(owner, store_of(toys), count).verdict == "identical"


def test_two_lost_outputs_of_one_quantum_are_made_again_by_one_execution(
    toys: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "name: toys\ndescription: Toys.\ntasks: {toy_count: {}, toy_split: {}, toy_join: {}}\n"
    run = submit_or_find(owner, make_plan(owner, read(str(toy_pipeline(tmp_path, text))), [], None), None, NOW)
    do(owner, run)
    lost = [key_of(owner, kind, 2) for kind in ("toy_bytes", "toy_place")]
    owner.execute(
        """update registry.artifact a set state = 'deleted' from registry.dataset d
           where d.dataset_id = any(%s) and a.content_digest = d.content_digest""",
        [lost],
    )
    executed: list[str] = []
    monkeypatch.setattr(
        "pipeline.lineage.reproduce.execute",
        lambda unit, *rest: executed.append(unit.task_name) or execute(unit, *rest),  # type: ignore[func-returns-value]
    )
    assert reproduce(owner, store_of(toys), key_of(owner, "toy_joined", 2)).verdict == "identical"
    assert executed == ["toy_split", "toy_join"]


def test_what_cannot_be_executed_is_said(
    toys: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_all(owner, read_toys(tmp_path))
    raw, count = key_of(owner, "raw_image", 1), key_of(owner, "toy_count", 1)
    with pytest.raises(NotReproducible, match="it came from outside"):
        reproduce(owner, store_of(toys), raw)
    with pytest.raises(NotReproducible, match="dataset 999 cannot be made again: it is not in this ledger"):
        reproduce(owner, store_of(toys), 999)
    (path,) = owner.execute("select path from dataset where dataset_id = %s", [raw]).fetchone() or ("",)
    file = store_of(toys).root / path
    file.chmod(0o644)
    file.write_text("something else")
    with pytest.raises(NotReproducible, match=f"the file of its input {raw} is not what was stored"):
        reproduce(owner, store_of(toys), count)
    monkeypatch.setattr("pipeline.lineage.recipe.code_digest", lambda task: bytes(32))
    with pytest.raises(NotReproducible, match=r"the code of toy_count was \w{12}.* and is 000000000000 today"):
        reproduce(owner, store_of(toys), count)
    assert verdicts(owner) == []


def test_tables_are_compared_by_their_ids_or_their_places() -> None:
    before = pa.table(
        {"sourceId": [1, 2, 3], "flux": [1.0, float("nan"), 3.0], "band": ["g", "g", "r"], "x": [1, 2, 3]}
    )
    after = pa.table({"sourceId": [3, 4, 2], "flux": [3.3, 9.0, 5.0], "band": ["r", "g", "i"], "y": [1, 2, 3]})
    found = of_tables(before, after)
    assert found["rows"] == [3, 3]
    assert found["ids"] == {"column": "sourceId", "lost": 1, "gained": 1}
    assert (found["missing"], found["new"]) == (["x"], ["y"])
    flux = found["columns"].pop("flux")
    assert (flux["n_different"], flux["n_nan"]) == (2, 1)
    assert (flux["max_abs"], flux["max_rel"]) == pytest.approx((0.3, 0.1))
    assert found["columns"] == {"band": {"n_different": 1}}
    places = of_tables(pa.table({"n": [1, 2]}), pa.table({"n": [1, 4, 5]}))
    assert places == {
        "rows": [2, 3], "missing": [], "new": [],
        "columns": {"n": {"n_different": 1, "n_nan": 0, "max_abs": 2.0, "max_rel": 1.0}},
    }  # fmt: skip


def test_images_are_compared_plane_by_plane_and_card_by_card(tmp_path: Path) -> None:
    pixels = np.arange(6, dtype=np.float32).reshape(2, 3)
    one, other = tmp_path / "one.fits", tmp_path / "other.fits"
    for path, scale, zero in ((one, 1.0, 25.0), (other, 2.0, 25.5)):
        planes = [fits.PrimaryHDU(), fits.ImageHDU(pixels * scale, name="IMAGE"), fits.ImageHDU(pixels, name="MASK")]
        planes[0].header["MAGZERO"] = zero
        fits.HDUList(planes).writeto(path)
    found = difference("image", one, other)
    assert found["planes"] == {"IMAGE": {"n_different": 5, "n_nan": 0, "max_abs": 5.0, "max_rel": 1.0}}
    assert found["cards"] == {"PRIMARY.MAGZERO": [25.0, 25.5]}
    shutil.copyfile(one, other)
    assert difference("image", one, other) == {"planes": {}, "cards": {}, "missing": [], "new": []}
