"""The page about catalogs made elsewhere: its recipe takes real detections in, its question is answered."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sep
from astropy.io import fits
from astropy.wcs import WCS
from psycopg import Connection
from typer.testing import CliRunner

from docs.reading import ROOT, fenced
from ingest.cameras.read import read_observations
from ingest.catalogs.recipe import Given, read_recipe
from ingest.exposures import ingest_exposures
from ingest.report import Outcome
from schema.settings import Settings
from schema.store import Store
from skyledger import app
from tests.support.frames import DECAM

PAGE = (ROOT / "docs" / "foreign_catalogs.md").read_text()


def test_keys_and_outcomes_are_on_the_page() -> None:
    (recipe,) = fenced(PAGE, "yaml")
    rows = {
        cell.strip() for line in PAGE.splitlines() if line.startswith("|") for cell in line.split("|")[1].split(",")
    }
    assert set(Outcome.__args__) < rows  # type: ignore[attr-defined]
    for key in (*Given.model_fields, "catalog", "instrument", "made_by", "data_id", "columns", "missing", "unexpected"):
        assert any(f"`{key}`" in row for row in rows), key
    assert "missing: allow" in recipe


@pytest.mark.database
def test_the_recipe_of_the_page_takes_detections_on_a_real_frame_in(
    owner: Connection[Any], ledger: Settings, tmp_path: Path
) -> None:
    frame = DECAM / "c4d_150411_035242_ooi_z_ls9.N3.fits"
    ingest_exposures(owner, Store(ledger.store_root), [frame])
    (recipe,) = fenced(PAGE, "yaml")
    (tmp_path / "sextractor.yaml").write_text(recipe)
    (observation,) = read_observations(frame)
    folder = tmp_path / f"exposure={observation.exposure}"
    folder.mkdir()
    table = detect(frame)
    pq.write_table(table, folder / f"{observation.part}.parquet")
    words = ["ingest", "catalog", "--recipe", str(tmp_path / "sextractor.yaml"), str(tmp_path)]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    (question,) = fenced(PAGE, "sql")
    rows = owner.execute(question.encode()).fetchall()
    assert {row[1:5] for row in rows} == {
        ("SExtractor", "2.28.2", "file", "N3.parquet"),
        ("SExtractor", "2.28.2", "raw_image", frame.name),
    }
    assert len({row[0] for row in rows}) == table.num_rows > 2
    x, ra = owner.execute("select array_agg(x order by x), array_agg(ra order by x) from source").fetchall()[0]
    order = np.argsort(table["X_IMAGE"].to_numpy())
    assert np.allclose(x, table["X_IMAGE"].to_numpy()[order] - 1)
    assert np.allclose(ra, table["ALPHA_J2000"].to_numpy()[order])
    assert read_recipe(tmp_path / "sextractor.yaml").made_by.software == "SExtractor"


def detect(frame: Path) -> pa.Table:
    """Detect sources with the library of SExtractor; give them under the names that the program uses."""
    with fits.open(frame) as hdus:
        hdu = next(one for one in hdus if one.data is not None)
        pixels, wcs = hdu.data.astype(np.float32), WCS(hdu.header)
    background = sep.Background(pixels)
    found = sep.extract(pixels - background, 1.5, err=background.globalrms)
    flux, _, _ = sep.sum_circle(pixels - background, found["x"], found["y"], 6.0)
    ra, dec = wcs.all_pix2world(found["x"], found["y"], 0)
    return pa.table(
        {
            "X_IMAGE": found["x"] + 1,
            "Y_IMAGE": found["y"] + 1,
            "ALPHA_J2000": ra,
            "DELTA_J2000": dec,
            "MAG_PSF": np.where(flux > 0, 25 - 2.5 * np.log10(np.maximum(flux, 1e-9)), 99.0),
            "FLUX_APER": flux,
            "ISOAREA_IMAGE": found["npix"].astype(np.int32),
            "FLAGS": found["flag"].astype(np.int16),
        }
    )
