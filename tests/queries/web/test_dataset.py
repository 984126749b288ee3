"""The page of a dataset: identity, lineage, marks, measurements, picture, first rows, file."""

import csv
import io
import re
from collections import Counter
from typing import Any

import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from queries.readonly import Limits, answer
from schema.settings import Settings
from tests.support.measured import VISITS
from tests.support.site import Site

pytestmark = pytest.mark.database


def facts(using: Settings, dataset_type: str, visit: int | None = VISITS[0]) -> dict[str, Any]:
    """Give the row of a dataset in the view `dataset`; the last one that fits."""
    statement = """select * from dataset where dataset_type = $1 and visit is not distinct from $2::int8
                   order by dataset_id desc limit 1"""
    found = answer(statement, [dataset_type, visit], using, Limits())
    return dict(zip(found.names, found.rows[0], strict=True))


def found(using: Settings, dataset_type: str, visit: int | None = VISITS[0]) -> int:
    """Give the key of a dataset."""
    return int(facts(using, dataset_type, visit)["dataset_id"])


def test_a_dataset_says_what_it_is_and_who_made_it(real: Site, measured: Settings) -> None:
    image = facts(measured, "visit_image")
    text = real.get(f"/dataset/{image['dataset_id']}").text
    identity = [str(image[name]) for name in ("content_digest", "code_digest", "uid")]
    for said in (*identity, "instrument DECam", f"visit {VISITS[0]}", "by the task calibrate", '"min_area": '):
        assert said in text, said


def test_the_lineage_leads_to_the_raw_files_and_the_reference_stars(real: Site, measured: Settings) -> None:
    dataset = found(measured, "visit_image")
    page = real.get(f"/dataset/{dataset}")
    linked = set(page.read.addresses)
    for kind in ("post_isr_image", "raw_image", "raw_mask", "raw_weight"):
        assert f"/dataset/{found(measured, kind)}" in linked
        assert kind in page.text
    upward = real.get(f"/dataset/{found(measured, 'raw_image')}")
    assert f"/dataset/{dataset}" in set(upward.read.addresses)


def test_a_red_measurement_comes_first(real: Site, measured: Settings) -> None:
    page = real.get(f"/dataset/{found(measured, 'visit_image')}")
    cells = [attributes.get("class") for tag, attributes in page.read.tags if tag == "td"]
    assert cells.count("bad") >= 1
    said = page.text[page.text.index("Measurements Numbers") :].partition(" SQL ")[0]
    assert said.rindex("broken") < said.index(" none ")
    assert re.search(r"calibrate\.seeing [\d.]+ arcsec broken <= 0\.1", said)
    assert "/quality/calibrate.seeing" in page.read.addresses


def test_a_mark_is_told_where_it_is_and_on_what_was_made_of_it(real: Site, measured: Settings) -> None:
    raw = found(measured, "raw_image", VISITS[1])
    said = "A satellite <i>crossed</i>."
    assert f"Marked suspect. {said}" in real.get(f"/dataset/{raw}").text
    made = real.get(f"/dataset/{found(measured, 'source', VISITS[1])}")
    assert f"Marked suspect: raw_image {raw} , which this was made from. {said}" in made.text
    assert "<i>crossed" not in made.html
    assert "No mark holds" in real.get(f"/dataset/{found(measured, 'source')}").text


def test_an_image_has_a_picture_and_its_mask(real: Site, measured: Settings) -> None:
    dataset = found(measured, "visit_image")
    page = real.get(f"/dataset/{dataset}")
    assert f"/picture/{dataset}.png" in page.read.addresses
    for address in (f"/picture/{dataset}.png", f"/picture/{dataset}.png?plane=SAT", f"/picture/{dataset}/psf.png"):
        drawn = real.get(address)
        assert (drawn.status, drawn.headers["content-type"], drawn.body[:4]) == (200, "image/png", b"\x89PNG")
        again = real.get(address, If_None_Match=drawn.headers["etag"])
        assert (again.status, again.body) == (304, b"")


def test_a_table_shows_its_first_rows_with_units(real: Site, measured: Settings) -> None:
    table = facts(measured, "source")
    page, n_rows = real.get(f"/dataset/{table['dataset_id']}"), table["n_rows"]
    assert f"{n_rows} of {n_rows} rows, straight from the file" in page.text
    assert "psfFlux nJy" in page.text
    assert "/picture/" not in page.html
    assert "10 of" in real.get(f"/dataset/{found(measured, 'refcat_file', None)}").text  # a table of FITS


def test_the_file_comes_as_it_is_registered_under_the_name_it_had(real: Site, measured: Settings) -> None:
    raw = real.get(f"/file/{found(measured, 'raw_image')}")
    with fits.open(io.BytesIO(raw.body)) as hdus:
        assert hdus[0].header["INSTRUME"] == "DECam"
    assert 'filename="c4d_180314_055922_ooi_r_ls9.S1.fits"' in raw.headers["content-disposition"]
    table = real.get(f"/file/{found(measured, 'source')}")
    assert pq.read_table(io.BytesIO(table.body)).num_rows > 0


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/dataset/999999", 404, "There is no dataset 999999 in this ledger"),
        ("/file/999999", 404, "The dataset 999999 is not in this ledger"),
        ("/picture/999999.png", 404, "The dataset 999999 is not in this ledger"),
        ("/dataset/x", 400, "Dataset cannot be 'x'"),
        ("/picture/1.png?plane=../x", 400, "Plane cannot be '../x'"),
    ],
)
def test_what_is_not_there_is_one_sentence(real: Site, path: str, status: int, said: str) -> None:
    page = real.get(path)
    assert page.status == status
    assert said in page.text


def test_what_is_no_image_has_no_picture(real: Site, measured: Settings) -> None:
    for kind in ("source", "visit_detector"):
        page = real.get(f"/picture/{found(measured, kind)}.png")
        assert page.status == 404
        assert "there is no picture of it" in page.text


def test_a_lost_file_is_said_and_the_rest_of_the_page_stands(site: Site) -> None:
    # The files of the survey of the tests are in the ledger and not in the store.
    page = site.get("/dataset/1")
    assert page.status == 200
    assert "is missing; restore it from a copy, or ingest the original again" in page.text
    assert "Lineage" in page.text
    assert site.get("/file/1").status == 404


def test_the_lineage_can_be_downloaded(real: Site, measured: Settings) -> None:
    dataset = found(measured, "visit_image")
    rows = csv.DictReader(io.StringIO(real.get(f"/data/lineage_graph.csv?dataset={dataset}").html))
    kinds = Counter(row["dataset_type"] for row in rows)
    assert {"raw_image", "raw_mask", "raw_weight", "post_isr_image", "reference_star", "visit_image"} <= set(kinds)
    assert f"skyledger query lineage_graph --dataset {dataset}" in real.get(f"/dataset/{dataset}").text
