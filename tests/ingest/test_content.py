"""The content of a camera file can be made again from what the ledger says of it."""

from typing import Any

import pytest
from psycopg import Connection

from ingest.cameras.corrections.correction import Correction, Replacement
from ingest.content import part_content
from ingest.exposures import ingest_exposures
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DATA, DECAM

pytestmark = pytest.mark.database

SHIPPED = [
    DATA / "hsc_calexp_small" / "HSC-0908120-056-small.fits",
    DATA / "decam_sfft_ra318.4-66.0" / "DEC-OBS18b.mini.fits",
]
IMAGE = DECAM / "c4d_170329_044212_ooi_g_ls9.N3.fits"
TOLD = {"WEIGHT": 1.5e-7, "LENGTH": 30.0, "OBJECT": "M 1, β", "GUIDED": True, "NOTE": None, "NUMBER": 7}
SAID = """
select d.content_digest, a.file_digest, a.part, o.correction
from registry.dataset d join registry.artifact a using (content_digest) join registry.origin o using (dataset_id)"""


def test_content_is_made_of_bytes_part_and_corrections(owner: Connection[Any], ledger: Settings) -> None:
    """Also of numbers that the ledger writes in other signs than the file that told them."""
    keywords = {name: Replacement(value=value, reason="The log of the observer.") for name, value in TOLD.items()}
    store = Store(ledger.store_root)
    assert ingest_exposures(owner, store, SHIPPED).counts() == {"new": 2}
    corrections = [Correction(name="*", sha256="", keywords=keywords)]
    assert ingest_exposures(owner, store, [IMAGE], corrections=corrections).counts() == {"new": 1}
    found = owner.execute(SAID).fetchall()
    for content, file_digest, part, correction in found:
        assert part_content(file_digest, part, {one["keyword"]: one["value"] for one in correction or ()}) == content
    assert sorted(len(correction or ()) for *_, correction in found) == [5, 5, 6]
