"""200 mutated files through the command line: sentences only, and no exposure by halves."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from ingest.cameras.read import read_observations
from schema.settings import Settings
from tests.ingest.cameras.test_mutated_files import KINDS, mutate

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
    "datasets without origin, artifact, region or member": """
        select from registry.dataset d
        where not exists (select from registry.origin o where o.dataset_id = d.dataset_id)
           or not exists (select from registry.artifact a where a.content_digest = d.content_digest)
           or not exists (select from registry.region r where r.dataset_id = d.dataset_id)
           or not exists (select from registry.member m where m.dataset_id = d.dataset_id)""",
}


def test_nothing_is_registered_by_halves(
    owner: Connection[Any],
    ledger: Settings,
    instcal: Path,
    small_frame: Path,
    tmp_path: Path,
    edit: Callable[..., Path],
) -> None:
    folder = tmp_path / "mutated"
    for seed in range(200):
        dice = random.Random(seed)
        source = small_frame if dice.random() < 0.2 else dice.choice(sorted(instcal.glob("*.fits")))
        (before,) = read_observations(source)
        place = folder / str(seed)
        place.mkdir(parents=True)
        made = mutate(KINDS[seed % len(KINDS)], source, before.instrument, dice, tmp_path, edit)
        made.rename(place / made.name)
    paths = [str(path) for place in folder.iterdir() for path in place.iterdir()]
    script = Path(sys.executable).with_name("skyledger")
    done = subprocess.run(
        [script, "ingest", "exposures", *paths, "--output", "csv"],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    outcomes = {outcome: int(n) for n, outcome in (line.split(",") for line in done.stdout.splitlines()[1:])}
    sentences = done.stderr.splitlines()
    assert outcomes["refused"] > 60
    assert len(sentences) == outcomes["refused"] + outcomes.get("other content", 0)
    assert all(len(sentence) < 400 for sentence in sentences)
    for what, query in HALVES.items():
        assert owner.execute(query.encode()).fetchall() == [], what
    assert owner.execute("select count(*) > 0 from exposure").fetchone() == (True,)
