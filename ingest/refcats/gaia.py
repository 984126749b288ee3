"""Gaia DR2 in the HEALPix chunks of the Legacy Surveys."""

import warnings
from pathlib import Path
from typing import Any

import hpgeom
import numpy as np
import pyarrow as pa
from astropy.time import Time
from numpy.typing import NDArray

from ingest.cameras.errors import BadExposureFile
from ingest.cameras.fitsfile import read_hdus
from ingest.errors import BadReferenceFile
from schema.catalog.definition import arrow_schema, definition
from schema.sky import CELL_ORDER, healpix29

NAME = "gaia_dr2"
# Reference column to chunk column, where nothing has to be computed.
SAME = {
    "refStarId": "source_id", "ra": "ra", "dec": "dec", "raErr": "ra_error", "decErr": "dec_error",
    "pmRa": "pmra", "pmDec": "pmdec", "pmRaErr": "pmra_error", "pmDecErr": "pmdec_error",
    "parallax": "parallax", "parallaxErr": "parallax_error",
    "astrometricExcessNoise": "astrometric_excess_noise", "duplicatedSource": "duplicated_source",
}  # fmt: skip
BANDS = {"g": "g", "bp": "bp", "rp": "rp"}
Rows = dict[str, NDArray[Any]]  # by column
# Stars with two parameters have no motion; the chunks write 0 there, which is not what was measured.
FIVE_PARAMETERS = 31
MOTION = ("pmRa", "pmDec", "pmRaErr", "pmDecErr", "parallax", "parallaxErr")


def read_chunk(path: Path) -> tuple[pa.Table, int]:
    """Read a chunk as rows of `reference_star`, sorted along the sky.

    Returns
    -------
    The rows, and the HEALPix cell of order 5 that they fill, as 4 * 4^order + nested pixel.

    Raises
    ------
    BadReferenceFile
        Raised if the file is damaged, has other columns, or its rows do not lie in one cell.
    """
    rows = _rows(path)
    cell = _cell(path, rows)
    columns = _columns(rows)
    order = np.lexsort((columns["refStarId"], columns["_healpix_29"]))
    schema = arrow_schema(definition("reference_star"))
    arrays = [pa.array(np.asarray(columns[field.name])[order]).cast(field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema), cell


def _rows(path: Path) -> Rows:
    """Read the columns of the first extension."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong is said in a sentence of ours
            table = read_hdus(path)[1].fits
            # Column by column: only so does astropy turn the letters of a logical column into truth values.
            rows = {name: _native(table.data[name]) for name in table.columns.names}
    except BadExposureFile as error:
        raise BadReferenceFile(path, error.problem) from error
    except Exception as error:  # astropy raises almost anything when a table's header is wrong
        raise BadReferenceFile(path, "holds no table that can be read") from error
    bands = {f"phot_{band}_mean_{what}" for band in BANDS.values() for what in ("mag", "flux_over_error")}
    wanted = {*SAME.values(), *bands, "ref_epoch", "astrometric_params_solved"}
    missing = sorted(wanted - rows.keys())
    if missing:
        raise BadReferenceFile(path, f"has no columns {', '.join(missing)}")
    if not len(rows["ra"]):
        raise BadReferenceFile(path, "holds no star")
    return rows


def _cell(path: Path, rows: Rows) -> int:
    """Find the cell that the rows fill; the name of the file is not asked."""
    ra, dec = rows["ra"], rows["dec"]
    if not (np.all(np.isfinite(ra)) and np.all(np.abs(dec) <= 90)):
        raise BadReferenceFile(path, "holds positions that are not on the sky")
    cells = np.unique(hpgeom.angle_to_pixel(2**CELL_ORDER, ra, dec))
    if len(cells) != 1:
        raise BadReferenceFile(path, f"has stars in {len(cells)} HEALPix cells of order {CELL_ORDER} instead of one")
    return int(4 * 4**CELL_ORDER + cells[0])


def _columns(rows: Rows) -> dict[str, NDArray[Any]]:
    """Compute the columns of the reference table."""
    columns = {ours: rows[theirs] for ours, theirs in SAME.items()}
    moving = rows["astrometric_params_solved"] == FIVE_PARAMETERS
    for name in MOTION:
        columns[name] = np.where(moving, columns[name], np.float32("nan"))
    for ours, theirs in BANDS.items():
        magnitude, ratio = (rows[f"phot_{theirs}_mean_{what}"] for what in ("mag", "flux_over_error"))
        known = (magnitude > 0) & (ratio > 0)
        columns[f"{ours}Mag"] = np.where(known, magnitude, np.float32("nan"))
        error = np.divide(np.float32(2.5 / np.log(10)), ratio, out=np.full(len(ratio), np.nan, np.float32), where=known)
        columns[f"{ours}MagErr"] = error
    # The epoch is a Julian year of barycentric time; TCB and TAI differ by seconds, which no motion shows.
    columns["epochMjdTai"] = np.asarray(Time(rows["ref_epoch"].astype(float), format="jyear", scale="tai").mjd)
    columns["catalog"] = np.full(len(moving), NAME)
    columns["_healpix_29"] = healpix29(columns["ra"], columns["dec"])
    return columns


def _native(array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(array, dtype=array.dtype.newbyteorder("="))
