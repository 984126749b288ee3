"""Parts of datasets: the pixels, rows and columns that were asked for, and no more is read."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from psycopg import Connection
from typer.testing import CliRunner

from queries import get_cli
from queries.client import Client
from queries.errors import BadPart
from queries.get_image import PixelBox, SkyBox, cut, read_box
from queries.get_table import read_table
from schema.settings import Settings
from schema.store import Store
from tests.support.catalogs import Survey
from tests.support.typer_app import app_of

NX, NY = 120, 90


def wcs_header(**others: Any) -> fits.Header:
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 60.0, "CRPIX2": 45.0})
    header.update({"CRVAL1": 150.0, "CRVAL2": 2.0, "CD1_1": -1e-4, "CD1_2": 2e-5, "CD2_1": 2e-5, "CD2_2": 1e-4})
    header.update(others)
    return header


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Write an image with mask and PSF, compressed in tiles of one row."""
    y, x = np.indices((NY, NX))
    hdus = [
        fits.PrimaryHDU(header=fits.Header({"INSTRUME": "Toy"})),
        fits.CompImageHDU(
            (1000 * y + x).astype(np.float32), wcs_header(DATASEC="[1:120,1:90]"), name="IMAGE",
            compression_type="GZIP_2", quantize_level=0.0,
        ),
        fits.CompImageHDU((x % 4).astype(np.int32), fits.Header({"MP_BAD": 0}), name="MASK", compression_type="GZIP_2"),
        fits.ImageHDU(np.ones((5, 5)), name="PSF_COEFFICIENTS"),
    ]  # fmt: skip
    fits.HDUList(hdus).writeto(tmp_path / "image.fits")
    return tmp_path / "image.fits"


def test_a_box_holds_the_pixels_of_every_plane(image: Path) -> None:
    found = cut(image, "", PixelBox(10, 30, 40, 45))
    assert [hdu.name for hdu in found] == ["PRIMARY", "IMAGE", "MASK", "PSF_COEFFICIENTS"]
    with fits.open(image) as whole:
        for name in ("IMAGE", "MASK"):
            np.testing.assert_array_equal(found[name].data, whole[name].data[40:45, 10:30])
    assert found[0].header["INSTRUME"] == "Toy"
    assert found["MASK"].header["MP_BAD"] == 0
    assert found["PSF_COEFFICIENTS"].data.shape == (5, 5)


def test_the_wcs_of_a_box_gives_the_same_positions(image: Path, tmp_path: Path) -> None:
    cut(image, "", PixelBox(10, 30, 40, 45)).writeto(tmp_path / "box.fits")
    with fits.open(image) as whole, fits.open(tmp_path / "box.fits", checksum=True) as box:
        x, y = np.array([0.0, 7.5, 19.0]), np.array([0.0, 2.25, 4.0])
        here = WCS(box["IMAGE"].header).all_pix2world(x, y, 0)
        there = WCS(whole["IMAGE"].header).all_pix2world(x + 10, y + 40, 0)
        np.testing.assert_allclose(here, there, rtol=0, atol=1e-11)
        assert (box["IMAGE"].header["LTV1"], box["IMAGE"].header["LTV2"]) == (-10, -40)
        assert "DATASEC" not in box["IMAGE"].header


def test_a_box_of_a_box_still_knows_where_it_lay(image: Path, tmp_path: Path) -> None:
    cut(image, "", PixelBox(10, 60, 20, 60)).writeto(tmp_path / "once.fits")
    twice = cut(tmp_path / "once.fits", "", PixelBox(5, 15, 6, 16))
    assert (twice["IMAGE"].header["LTV1"], twice["IMAGE"].header["LTV2"]) == (-15, -26)
    assert twice["IMAGE"].data[0, 0] == 1000 * 26 + 15


def test_a_box_on_the_sky_covers_it(image: Path) -> None:
    with fits.open(image) as whole:
        ra, dec = WCS(whole["IMAGE"].header).all_pix2world(30.0, 50.0, 0)
    found = cut(image, "", SkyBox(float(ra), float(dec), 1e-3, 5e-4))
    corner = -found["IMAGE"].header["LTV1"], -found["IMAGE"].header["LTV2"]
    wcs = WCS(found["IMAGE"].header)
    x, y = wcs.all_world2pix(ra + 5e-4 * np.array([-1, 1]), dec + 2.5e-4 * np.array([-1, 1]), 0)
    ny, nx = found["IMAGE"].shape
    assert ((x >= -0.5) & (x <= nx - 0.5) & (y >= -0.5) & (y <= ny - 0.5)).all()
    assert 9 <= nx <= 14
    assert 5 <= ny <= 9
    assert abs(corner[0] + nx / 2 - 30.5) <= 1


def test_only_the_tiles_that_are_touched_are_read(image: Path) -> None:
    """Break the other tiles, one a row: whoever reads them fails."""
    with fits.open(image, disable_image_compression=True) as hdus:
        table, start = hdus[1].header, hdus[1].fileinfo()["datLoc"]
    data = bytearray(image.read_bytes())
    assert table["TFORM1"].startswith("1P")
    for row in (row for row in range(NY) if not 40 <= row < 45):
        place = start + row * table["NAXIS1"]
        size, offset = np.frombuffer(data[place : place + 8], ">i4")
        heap = start + table.get("THEAP", table["NAXIS1"] * table["NAXIS2"]) + offset
        data[heap : heap + size] = b"\xff" * int(size)
    image.write_bytes(data)
    assert cut(image, "", PixelBox(10, 30, 40, 45))["IMAGE"].data[0, 0] == 1000 * 40 + 10
    with pytest.raises(Exception, match=r"\w"):
        cut(image, "", PixelBox(10, 30, 39, 45))


def test_an_hdu_of_a_file_is_cut_alone(tmp_path: Path) -> None:
    """As raw files of many detectors come."""
    y, x = np.indices((NY, NX), dtype=np.int16)
    hdus = [
        fits.PrimaryHDU(),
        *(fits.ImageHDU((x + y + n).astype(np.uint16), wcs_header(), name=f"N{n}") for n in range(3)),
    ]
    fits.HDUList(hdus).writeto(tmp_path / "raw.fits")
    found = cut(tmp_path / "raw.fits", "N2", PixelBox(0, 4, 0, 2))
    assert [hdu.name for hdu in found] == ["PRIMARY", "N2"]
    assert found["N2"].data.tolist() == [[2, 3, 4, 5], [3, 4, 5, 6]]


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("100:200, 300:400", PixelBox(100, 200, 300, 400)),
        ("186.74,25.46,0.01", SkyBox(186.74, 25.46, 0.01, 0.01)),
        ("186.74,-25.46,1e-2,.02", SkyBox(186.74, -25.46, 0.01, 0.02)),
    ],
)
def test_a_box_is_written_in_pixels_or_degrees(text: str, box: Any) -> None:
    assert read_box(text) == box


@pytest.mark.parametrize("text", ["1:2", "a,b,c", "1,2", "1,91,3", "1,2,0", "1:2,3:4,5:6", ""])
def test_what_is_no_box_is_one_sentence(text: str) -> None:
    with pytest.raises(BadPart, match=r"is no box: write x0:x1,y0:y1 in pixels from 0, or ra,dec,size in degrees"):
        read_box(text)


@pytest.mark.parametrize("box", [PixelBox(120, 130, 0, 5), PixelBox(5, 5, 0, 5), SkyBox(20, 2, 0.1, 0.1)])
def test_a_box_beside_the_image_is_refused(image: Path, box: Any) -> None:
    with pytest.raises(BadPart, match="the box does not touch the image"):
        cut(image, "", box)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write 100 rows in groups of 30."""
    n = np.arange(100)
    pq.write_table(
        pa.table({"n": n, "twice": 2 * n, "name": [f"s{i}" for i in n]}), tmp_path / "t.parquet", row_group_size=30
    )
    return tmp_path / "t.parquet"


@pytest.mark.parametrize("rows", [(0, 100), (29, 31), (30, 60), (95, 1000), (40, 40), (100, 100), (0, 0)])
def test_rows_are_those_that_were_asked_for(table: Path, rows: tuple[int, int]) -> None:
    found = read_table(table, ["twice", "n"], rows, None)
    assert found.column_names == ["twice", "n"]
    assert found["n"].to_pylist() == list(range(*rows))[: max(0, 100 - rows[0])]


def test_rows_are_found_by_condition(table: Path) -> None:
    assert read_table(table, ["name"], None, pc.field("n") > 97)["name"].to_pylist() == ["s98", "s99"]


def test_only_the_columns_and_row_groups_that_are_asked_for_are_read(table: Path) -> None:
    """Break the rest of the file: whoever reads it fails."""
    metadata = pq.ParquetFile(table).metadata
    data = bytearray(table.read_bytes())
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            if (group, chunk.path_in_schema) != (1, "twice"):
                start = chunk.dictionary_page_offset or chunk.data_page_offset
                data[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    table.write_bytes(data)
    assert read_table(table, ["twice"], (35, 40), None)["twice"].to_pylist() == [70, 72, 74, 76, 78]
    with pytest.raises(OSError, match=r"\w"):
        read_table(table, ["n"], (35, 40), None)


@pytest.mark.parametrize(
    ("columns", "rows", "problem"),
    [
        (["x"], None, "there is no column 'x'; there are n, twice, name"),
        (None, (101, 200), "it has 100 rows: rows 101:200 are none of them"),
        (None, (5, 4), "it has 100 rows: rows 5:4 are none of them"),
    ],
)
def test_a_part_that_a_table_does_not_have_is_one_sentence(table: Path, columns: Any, rows: Any, problem: str) -> None:
    with pytest.raises(BadPart, match=problem):
        read_table(table, columns, rows, None)


def test_a_large_box_on_a_distorted_image_is_cut_where_it_lies(tmp_path: Path) -> None:
    sip = {"A_ORDER": 3, "B_ORDER": 3, "A_3_0": 1e-6, "B_0_3": -1e-6, "A_2_0": 1e-4, "B_0_2": 1e-4}
    header = wcs_header(**sip, CTYPE1="RA---TAN-SIP", CTYPE2="DEC--TAN-SIP")
    fits.ImageHDU(np.zeros((NY, NX)), header, name="IMAGE").writeto(tmp_path / "sip.fits")
    assert cut(tmp_path / "sip.fits", "", SkyBox(150.0, 2.0, 2.0, 2.0))["IMAGE"].shape == (NY, NX)
    with pytest.raises(BadPart, match="does not touch"):
        cut(tmp_path / "sip.fits", "", SkyBox(155.0, 2.0, 2.0, 2.0))


def test_the_next_ccd_of_a_mosaic_is_not_cut(tmp_path: Path) -> None:
    ccds = [
        fits.ImageHDU(np.zeros((NY, NX)), wcs_header(CRPIX1=60.0 - step), name=name)
        for name, step in (("N1", 0), ("N2", 150))
    ]
    mask = fits.ImageHDU(np.zeros((NY, NX), np.uint8), name="MASK")
    fits.HDUList([fits.PrimaryHDU(), *ccds, mask]).writeto(tmp_path / "mosaic.fits")
    found = cut(tmp_path / "mosaic.fits", "", PixelBox(0, 10, 0, 5))
    assert [hdu.shape for hdu in found[1:]] == [(5, 10), (NY, NX), (5, 10)]


def test_the_primary_image_may_be_the_part(tmp_path: Path) -> None:
    header = wcs_header(EXTNAME="SCI", BSCALE=0.5, BZERO=1.0, BLANK=-7)
    image = fits.PrimaryHDU(np.zeros((NY, NX), np.int16))
    image.writeto(tmp_path / "one.fits")
    with fits.open(tmp_path / "one.fits", mode="update", do_not_scale_image_data=True) as hdus:
        hdus[0].header.update(header)
    found = cut(tmp_path / "one.fits", "SCI", PixelBox(0, 10, 0, 5))
    found.writeto(tmp_path / "cut.fits")
    assert [hdu.shape for hdu in found] == [(5, 10)]
    assert "BLANK" not in found[0].header


@pytest.fixture
def stored(ledger: Settings, owner: Connection[Any], image: Path, table: Path) -> dict[str, str]:
    """Give the uids of an image and a table of a ledger."""
    Survey(visits=1, detectors=1).make(owner)
    store = Store(ledger.store_root)
    for path, dataset_type in ((table, "source"), (image, "post_isr_image")):
        put = store.take_in(path)
        owner.execute(
            """insert into registry.artifact (content_digest, path, file_digest, n_bytes)
               select decode(content_digest, 'hex'), %s, %s, %s from public.dataset where dataset_type = %s""",
            [put.path, put.file_digest, put.n_bytes, dataset_type],
        )
    return {row[0]: str(row[1]) for row in owner.execute("select dataset_type, uid from public.dataset")}


@pytest.mark.database
def test_a_notebook_gets_parts(ledger: Settings, stored: dict[str, str]) -> None:
    client = Client(ledger)
    part: Any = client.get(stored["source"], columns=["n"], rows=slice(3, 5))
    assert part["n"].to_pylist() == [3, 4]
    (row,) = client.datasets("visit = 1", dataset_types=["post_isr_image"])
    box: Any = client.get(row, box="10:30,40:45")
    assert box["IMAGE"].data.shape == (5, 20)
    assert isinstance(client.get(row), Path)
    with pytest.raises(BadPart, match="slice the answer by the step 2"):
        client.get(stored["source"], rows=slice(0, 4, 2))
    with pytest.raises(BadPart, match="it is a table: it has columns and rows, and no box"):
        client.get(stored["source"], box="1:2,3:4")
    with pytest.raises(BadPart, match="it is no table of ours"):
        client.get(stored["post_isr_image"], columns=["n"])


@pytest.mark.database
def test_the_command_line_gets_parts(stored: dict[str, str], tmp_path: Path) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(app_of(get_cli.mount), [*words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    assert run(stored["source"], "--columns", "n,name", "--rows", "3:5", "--output", "csv") == "n,name\n3,s3\n4,s4\n"
    run(stored["source"], "--rows", "0:7", "--to", str(tmp_path / "part.parquet"))
    assert pq.read_table(tmp_path / "part.parquet").num_rows == 7
    run(stored["source"], "--columns", "n", "--rows", "0:2", "--to", str(tmp_path / "part.csv"))
    assert (tmp_path / "part.csv").read_text().split() == ["n", "0", "1"]
    run(stored["post_isr_image"], "--box", "10:30,40:45", "--to", str(tmp_path / "box.fits"))
    assert fits.getdata(tmp_path / "box.fits", "IMAGE").shape == (5, 20)
    run(stored["post_isr_image"], "--to", str(tmp_path / "whole.fits"))
    assert fits.getdata(tmp_path / "whole.fits", "IMAGE").shape == (NY, NX)
    with pytest.raises(BadPart, match="it exists already"):
        run(stored["source"], "--to", str(tmp_path / "whole.fits"))
    with pytest.raises(BadPart, match=r"written as \.parquet or \.csv: give such a name"):
        run(stored["source"], "--to", str(tmp_path / "table.fits"))
    with pytest.raises(BadPart, match=r"written as \.fits: give such a name"):
        run(stored["post_isr_image"], "--box", "10:30,40:45", "--to", str(tmp_path / "box.csv"))
    assert not list(tmp_path.glob(".part-*"))
