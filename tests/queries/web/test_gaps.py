"""Pages where something is missing: an empty ledger, headers that say nothing, lost and damaged files, no database."""

import re
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from ingest.exposures import ingest_exposures
from ingest.report import files_in
from queries.web.app import create_app
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import HSC, PANOPTES
from tests.support.site import Site, serving

pytestmark = pytest.mark.database
# What the pages of a damaged file say. The header of one that was cut is whole: its picture alone cannot be drawn.
SAID = {"gone": "is missing", "junk": "there is no picture of it", "cut": "unsolved.fits"}


def test_every_page_of_an_empty_ledger_stands_and_says_how_to_fill_it(ledger: Settings) -> None:
    navigation = [nav.path for nav in create_app(ledger).state.navigation]
    with serving(ledger) as site:
        views = {path for path in site.get("/catalogs").read.addresses if re.fullmatch(r"/catalogs/\w+", path)}
        for path in ("/", *navigation, *sorted(views)):
            page = site.get(path)
            assert page.status == 200, path
            drawn = [attributes for tag, attributes in page.read.tags if attributes.get("class") == "chart"]
            # An empty chart says nothing; tables have a size even when they are empty.
            assert drawn == [] or path == "/catalogs/table_size", path
        for path in ("/", "/runs", "/quality", "/visits", "/sky", "/catalogs/source"):
            assert "skyledger " in site.get(path).text, path


def test_what_a_header_does_not_say_is_unknown(ledger: Settings, owner: Connection[Any]) -> None:
    # The calexp of HSC: its header tells neither time nor filter nor pointing.
    ingest_exposures(owner, Store(ledger.store_root), files_in([HSC]))
    with serving(ledger) as site:
        page = site.get("/visit/HSC/908120")
        facts = page.text.partition("Image of detector")[0]
        assert "Start unknown Filter unknown Exposure unknown Pointing unknown" in facts
        assert "nan" not in facts.lower()
        assert "No run has taken this visit yet" in page.text
        visits = site.get("/visits")
        assert "Not drawn: 1 of 1 visits without this number or a date." in visits.text
        assert visits.text.count("No visit in the list has a date and this number") == 3


@pytest.mark.parametrize("damage", SAID)
def test_a_damaged_file_is_said_and_its_pages_stand(ledger: Settings, owner: Connection[Any], damage: str) -> None:
    ingest_exposures(owner, Store(ledger.store_root), [PANOPTES / "unsolved.fits"])
    row = owner.execute("select dataset_id, visit, path from dataset where dataset_type = 'raw_image'").fetchone()
    assert row is not None
    path = Store(ledger.store_root).locate(row[2])
    if damage == "gone":
        path.unlink()
    else:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:6000] if damage == "cut" else bytes(5000))
    with serving(ledger) as site:
        for address in (f"/dataset/{row[0]}", f"/visit/PANOPTES/{row[1]}"):
            page = site.get(address)
            assert page.status == 200, address
            assert SAID[damage] in page.text, address
        picture = site.get(f"/picture/{row[0]}.png")
        assert picture.status == 404
        assert ("is missing" if damage == "gone" else "is no FITS file that can be read") in picture.text


def test_a_database_that_is_taken_away_between_two_pages_is_one_sentence(
    ledger: Settings, administrator: str, site: Site
) -> None:
    name = conninfo_to_dict(ledger.database_url.get_secret_value() if ledger.database_url else "")["dbname"]
    with serving(ledger) as pages:
        assert pages.get("/runs").status == 200
        with psycopg.connect(administrator, autocommit=True) as admin:
            admin.execute(f"alter database {name} with allow_connections false".encode())
            try:
                page = pages.get("/runs")
            finally:
                admin.execute(f"alter database {name} with allow_connections true".encode())
        assert page.status == 503
        assert "The database does not answer" in page.text
        assert pages.get("/runs").status == 200
    assert site.get("/runs").status == 200  # another ledger of the same server did not notice
