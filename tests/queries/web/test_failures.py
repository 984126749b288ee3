"""The pages of failures and units."""

from urllib.parse import quote

import pytest
from psycopg import Connection

from schema.connect import connect
from schema.settings import Settings
from tests.support.hostile import HOSTILE, RUN
from tests.support.site import Site

pytestmark = pytest.mark.database


def dead_unit(served: Settings, run: str) -> int:
    """Give the first unit of a run that failed for good."""
    with connect("reader", served) as reader:
        return one(reader, "select min(unit_id) from work_unit where state = 'dead' and run = %s", run)


def one(reader: Connection[tuple[int]], statement: str, *values: str) -> int:
    """Give a single number."""
    row = reader.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row[0]


def test_dead_units_stand_with_their_sentence_and_lead_to_the_unit(site: Site, served: Settings) -> None:
    page = site.get("/failures?run=first")
    assert "BadInput the image is damaged" in page.text
    assert f"/units/{dead_unit(served, 'first')}" in page.read.addresses
    assert HOSTILE not in page.text.replace(RUN, "")


def test_the_command_that_retries_is_quoted_for_the_shell(site: Site) -> None:
    assert "skyledger retry --run first" in site.get("/failures?run=first").text
    command = site.get(f"/failures?run={quote(RUN)}").text
    assert "skyledger retry --run 'hostile/<script>alert(\"a\")</script>'\"'\"'&lt;<b>'" in command


def test_a_unit_shows_its_attempts_with_log_and_traceback(site: Site, served: Settings) -> None:
    page = site.get(f"/units/{dead_unit(served, RUN)}")
    assert "Attempt 3: error" in page.text
    # Class and sentence of the error, traceback and log all say the same here.
    assert "".join(page.read.text).count(HOSTILE) >= 4
    assert "skyledger retry" in page.text


def test_a_unit_that_is_done_shows_what_it_made(site: Site) -> None:
    page = site.get("/units/1")
    assert "State done" in page.text
    assert "post_isr_image" in page.text
    assert "skyledger retry" not in page.text


def test_a_unit_shows_its_planned_inputs_before_they_exist(served: Settings, site: Site) -> None:
    with connect("reader", served) as reader:
        assert one(reader, "select count(*) from unit_input") == 0
    assert "It reads nothing that another unit made or that came in." in site.get("/units/1").text
