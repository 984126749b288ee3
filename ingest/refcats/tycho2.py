"""Tycho-2: extracts in CSV, and the star trees (FITS) of the Legacy Surveys.

A star stands at its mean position, which the catalog gives at J2000.0; one without (mark X, and the supplements)
where the satellite saw it, around J1991.5. The catalog: Høg et al. 2000, A&A 355, L27.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import BadReferenceFile
from ingest.refcats.rawtable import RawTable, Rows
from ingest.refcats.stars import Reader, julian_years

EPOCH = 2000.0  # of mean positions, Julian year
SUPPLEMENT_EPOCH = 1991.25  # of the supplements, which give no epoch star by star
MAS = 3.6e6  # per degree
CSV = (
    "ra_mean_j2000_deg", "dec_mean_j2000_deg", "pmra_masyr", "pmdec_masyr", "e_ra_mas", "e_dec_mas", "e_pmra",
    "e_pmdec", "mep_ra", "mep_dec", "bt_mag", "e_bt", "vt_mag", "e_vt", "ra_obs_deg", "dec_obs_deg", "ep_ra_1990",
    "ep_dec_1990",
)  # fmt: skip
TREE = (
    "tyc1", "tyc2", "tyc3", "ra", "dec", "mean_ra", "mean_dec", "sigma_ra", "sigma_dec", "pm_ra", "pm_dec",
    "sigma_pm_ra", "sigma_pm_dec", "epoch_ra", "epoch_dec", "mag_bt", "mag_vt",
)  # fmt: skip


def star_id(region: NDArray[Any], number: NDArray[Any], component: NDArray[Any]) -> NDArray[np.int64]:
    """Give TYC 3162-00001-1 as 3162000011: its digits in their order."""
    return region.astype(np.int64) * 1_000_000 + number.astype(np.int64) * 10 + component.astype(np.int64)


def convert_csv(raw: RawTable) -> Rows:
    """Compute the columns of the reference table from an extract; angles in degrees, errors and motions in mas."""
    raw.demand(CSV)
    rows = raw.columns
    mean = np.isfinite(rows["ra_mean_j2000_deg"]) & np.isfinite(rows["dec_mean_j2000_deg"])
    columns = {
        "refStarId": star_id(*_designations(raw)),
        "epochMjdTai": _epochs(mean, 1990 + rows["ep_ra_1990"], 1990 + rows["ep_dec_1990"]),
        "btMag": rows["bt_mag"], "btMagErr": rows["e_bt"], "vtMag": rows["vt_mag"], "vtMagErr": rows["e_vt"],
    }  # fmt: skip
    for name in ("ra", "dec"):
        columns[name] = np.where(mean, rows[f"{name}_mean_j2000_deg"], rows[f"{name}_obs_deg"])
        # Position and motion are independent at the mean epoch: from there their errors add up to J2000.
        years = EPOCH - rows[f"mep_{name}"]
        columns[f"{name}Err"] = np.hypot(rows[f"e_{name}_mas"], rows[f"e_pm{name}"] * years)
        columns[f"pm{name.capitalize()}"] = rows[f"pm{name}_masyr"]
        columns[f"pm{name.capitalize()}Err"] = rows[f"e_pm{name}"]
    return columns


def convert_tree(raw: RawTable) -> Rows:
    """Compute the columns of the reference table from a star tree.

    Its angles are in degrees, errors too, motions in arcsec per year; 0 stands for what is not known. The errors are
    those of the observed positions: the tree does not say how good the mean ones are. Some stars of the supplements
    have a motion, but no mean position.
    """
    raw.demand(TREE)
    rows = raw.columns
    mean = (rows["mean_ra"] != 0) | (rows["mean_dec"] != 0)
    seen = [_or(rows[f"epoch_{name}"], SUPPLEMENT_EPOCH) for name in ("ra", "dec")]
    columns = {
        "refStarId": star_id(rows["tyc1"], rows["tyc2"], rows["tyc3"]), "epochMjdTai": _epochs(mean, *seen),
        "btMag": _or(rows["mag_bt"], np.nan), "vtMag": _or(rows["mag_vt"], np.nan),
    }  # fmt: skip
    moving = (rows["sigma_pm_ra"] > 0) & (rows["sigma_pm_dec"] > 0)
    for name in ("ra", "dec"):
        columns[name] = np.where(mean, rows[f"mean_{name}"], rows[name])
        columns[f"{name}Err"] = np.where(mean, np.nan, _or(rows[f"sigma_{name}"] * MAS, np.nan))
        columns[f"pm{name.capitalize()}"] = np.where(moving, rows[f"pm_{name}"] * 1000, np.nan)
        columns[f"pm{name.capitalize()}Err"] = np.where(moving, rows[f"sigma_pm_{name}"] * 1000, np.nan)
    return columns


def _designations(raw: RawTable) -> NDArray[np.int64]:
    """Take designations such as 3162-00001-1 apart, shape (3, n)."""
    try:
        parts = [[int(part) for part in name.split("-")] for name in raw.columns["tyc"].tolist()]
        return np.array(parts, dtype=np.int64).reshape(len(parts), 3).T
    except (ValueError, AttributeError) as error:
        raise BadReferenceFile(raw.path, "has designations in column tyc that are not like 3162-00001-1") from error


def _epochs(mean: NDArray[np.bool_], ra: NDArray[Any], dec: NDArray[Any]) -> NDArray[np.float64]:
    """Give epochs (MJD): J2000 of mean positions, else the middle between those of the two observed coordinates."""
    return julian_years(np.where(mean, EPOCH, (ra.astype(float) + dec.astype(float)) / 2))


def _or(values: NDArray[Any], unknown: float) -> NDArray[Any]:
    """Give values as they are, and another one for 0."""
    return np.where(values == 0, unknown, values)


# 60 stars per square degree: 3000 in a cell.
READER = Reader("tycho2", __name__, "Tycho-2 extracts in CSV", frozenset({"tyc", "vt_mag"}), convert_csv, order=3)
TREE_READER = Reader(
    "tycho2", __name__, "Tycho-2 star trees", frozenset({"tyc1", "mag_vt"}), convert_tree, order=READER.order
)
