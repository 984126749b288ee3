"""Real reference files, damaged in many ways: sentences only, and nothing by halves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from ingest.refcats.ingest import ingest_refcat
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import GAIA
from tests.support.refcats import PS1, SDSS_HTM, TYCHO

SOURCES = (TYCHO, TYCHO.parent / "tycho2.kd.fits", PS1, SDSS_HTM / "903253.fits", GAIA / "chunk-03586.fits")
KINDS = ("cut off", "bytes changed", "header changed", "bytes lost", "stretch overwritten")
MUTANTS = 150
# Each of these must find nothing.
HALVES = {
    "files without origin or artifact": """
        select from registry.dataset d
        where not exists (select from registry.artifact a where a.content_digest = d.content_digest)
           or d.quantum_id is null and not exists (select from registry.origin o where o.dataset_id = d.dataset_id)""",
    "files that nothing was made of": """
        select from dataset f where f.dataset_type = 'refcat_file' and not exists (
          select from lineage l where l.input_dataset_id = f.dataset_id)""",
    "stars without region or member": """
        select from dataset d where d.dataset_type = 'reference_star' and (
          not exists (select from registry.region r where r.dataset_id = d.dataset_id)
          or not exists (select from registry.member m where m.dataset_id = d.dataset_id))""",
    "members whose stars are not in the table": """
        select from dataset d join member m using (dataset_id) where d.dataset_type = 'reference_star'
          and d.n_rows <> (select count(*) from reference_star s where s.dataset_id = d.dataset_id)""",
    "stars of no file": """
        select from reference_star s where not exists (
          select from lineage l where l.dataset_id = s.dataset_id and l.ordinal = s.fileordinal)""",
}


def mutate(content: bytearray, kind: str, dice: np.random.Generator) -> bytearray:
    """Damage the bytes of a file."""
    first, last = sorted(dice.integers(len(content), size=2).tolist())
    if kind == "cut off":
        return content[:last]
    if kind == "bytes lost":
        del content[first : min(last, first + 200)]
    elif kind == "stretch overwritten":
        content[first:last] = dice.bytes(last - first)
    else:
        end, low, high = (8640, 32, 127) if kind == "header changed" else (len(content), 0, 256)
        for place in dice.integers(min(end, len(content)), size=dice.integers(1, 20)).tolist():
            content[place] = int(dice.integers(low, high))
    return content


def test_mutated_files_are_read_or_refused_with_a_sentence(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    paths = []
    for seed in range(MUTANTS):
        source, kind = SOURCES[seed % len(SOURCES)], KINDS[seed // len(SOURCES) % len(KINDS)]
        paths.append(tmp_path / f"{seed}{source.suffix}")
        paths[-1].write_bytes(mutate(bytearray(source.read_bytes()), kind, np.random.default_rng(seed)))
    report = ingest_refcat(owner, Store(ledger.store_root), paths)
    counts = report.counts()
    assert counts["refused"] + counts["new"] == MUTANTS
    assert min(counts["refused"], counts["new"]) > 10
    assert len(report.sentences) == counts["refused"]
    assert all(len(sentence) < 500 and sentence.isprintable() for sentence in report.sentences)
    (files,) = owner.execute("select count(*) from dataset where dataset_type = 'refcat_file'").fetchone() or (0,)
    assert files <= counts["new"]
    for what, query in HALVES.items():
        assert owner.execute(query.encode()).fetchall() == [], what


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_damage_changes_the_file(kind: str) -> None:
    content = PS1.read_bytes()
    assert mutate(bytearray(content), kind, np.random.default_rng(5)) != content
