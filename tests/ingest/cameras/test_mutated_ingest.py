"""500 mutated files of all cameras through the command line: sentences only, and no exposure by halves."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from schema.settings import Settings
from tests.support.corrections import write_corrections
from tests.support.mutations import CORRECTIONS, KINDS, Source, mutate

pytestmark = pytest.mark.database

# Each of these must find nothing.
HALVES = {
    "exposures without a file": """
        select from registry.exposure e where not exists (
          select from registry.coordinate c join registry.dataset d using (coordinate_id)
          where c.instrument = e.instrument and c.exposure = e.exposure)""",
    "visits without an exposure": """
        select from registry.visit v where not exists (
          select from registry.exposure e where e.instrument = v.instrument and e.visit = v.visit)""",
    "images whose visit is not in the catalog": """
        select from dataset d where d.dataset_type = 'raw_image' and not exists (
          select from visit v where v.instrument = d.instrument and v.visit = d.visit)""",
    "datasets without origin, artifact or member": """
        select from registry.dataset d
        where not exists (select from registry.origin o where o.dataset_id = d.dataset_id)
           or not exists (select from registry.artifact a where a.content_digest = d.content_digest)
           or not exists (select from registry.member m where m.dataset_id = d.dataset_id)""",
    "images without a region, but those of PANOPTES, that may be unsolved": """
        select from dataset d where d.dataset_type = 'raw_image' and d.instrument <> 'PANOPTES' and not exists (
          select from registry.region r where r.dataset_id = d.dataset_id)""",
    "masks of SDSS without their frame": """
        select from dataset m where m.instrument = 'SDSS' and m.dataset_type = 'raw_mask' and not exists (
          select from dataset d
          where d.instrument = 'SDSS' and d.exposure = m.exposure and d.dataset_type = 'raw_image')""",
}


def test_nothing_is_registered_by_halves(
    owner: Connection[Any], ledger: Settings, sources: list[Source], tmp_path: Path, edit: Callable[..., Path]
) -> None:
    folder = tmp_path / "mutated"
    for seed in range(500):
        place = folder / str(seed)
        place.mkdir(parents=True)
        source, kind = sources[seed % len(sources)], KINDS[seed // len(sources) % len(KINDS)]
        made = mutate(kind, source, random.Random(seed), tmp_path, edit)
        made.rename(place / made.name)
    paths = [str(path) for place in folder.iterdir() for path in place.iterdir()]
    known = write_corrections(tmp_path / "corrections.yaml", CORRECTIONS)
    script = Path(sys.executable).with_name("skyledger")
    done = subprocess.run(
        [script, "ingest", "exposures", *paths, "--corrections", known, "--output", "csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    outcomes = {outcome: int(n) for n, outcome in (line.split(",") for line in done.stdout.splitlines()[1:])}
    sentences = done.stderr.splitlines()
    assert outcomes["refused"] > 200
    assert outcomes["new"] + outcomes["other content"] > 100
    assert len(sentences) == outcomes["refused"] + outcomes.get("other content", 0)
    assert all(len(sentence) < 400 for sentence in sentences)
    for what, query in HALVES.items():
        assert owner.execute(query.encode()).fetchall() == [], what
    cameras = {name for (name,) in owner.execute("select distinct instrument from exposure").fetchall()}
    assert cameras == {"90Prime", "DECam", "HSC", "Mosaic3", "PANOPTES", "SDSS"}
