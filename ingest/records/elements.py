"""Elements of dimension records as rows of our tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from ingest.records.document import Record
from schema.canonical import digest
from schema.registry.detector import detector
from schema.registry.exposure import UNKNOWN, exposure
from schema.registry.patch import patch
from schema.registry.physical_filter import physical_filter
from schema.registry.skymap import skymap
from schema.registry.tract import tract
from schema.registry.visit import visit
from schema.registry.visit_detector_region import visit_detector_region
from schema.registry.visit_region import visit_region

Records = dict[str, list[Record]]
Row = dict[str, Any]
START_SPREAD = 1.0 / 86400  # [d]; headers round the opening of the shutter


@dataclass(frozen=True)
class Element:
    """Where the records of an element go."""

    table: Table
    keys: tuple[str, ...]
    rows: Callable[[Records], Iterator[Row]]
    tolerances: Mapping[str, float] = field(default_factory=dict)  # column to how much it may differ
    blank: Mapping[str, str] = field(default_factory=dict)  # column to the word that says as little as NULL


def _detectors(records: Records) -> Iterator[Row]:
    for one in records.get("detector", []):
        purpose = one["purpose"].lower()
        yield {"instrument": one["instrument"], "detector": one["id"], "name": one["full_name"], "purpose": purpose}


def _filters(records: Records) -> Iterator[Row]:
    for one in records.get("physical_filter", []):
        yield {"instrument": one["instrument"], "physical_filter": one["name"], "band": one["band"]}


def _visits(records: Records) -> Iterator[Row]:
    """Give visits, and those that exposures without a visit of their own stand for."""
    known = {(one["instrument"], one["id"]) for one in records.get("visit", [])}
    known |= _defined(records).keys()
    alone = (one for one in records.get("exposure", []) if (one["instrument"], one["id"]) not in known)
    for one in (*records.get("visit", []), *alone):
        names = ("physical_filter", "day_obs")
        yield {"instrument": one["instrument"], "visit": one["id"], **{name: one.get(name) for name in names}}


def _defined(records: Records) -> dict[tuple[Any, Any], Any]:
    """Give the visit of each exposure of which a `visit_definition` tells.

    Raises
    ------
    ValueError
        Raised if an exposure is in several visits, none of them its own: an exposure has one visit here.
    """
    told: dict[tuple[Any, Any], set[Any]] = {}
    for one in records.get("visit_definition", []):
        told.setdefault((one["instrument"], one["exposure"]), set()).add(one["visit"])
    for (_, number), visits in told.items():
        if len(visits) > 1 and number not in visits:
            raise ValueError(f"exposure {number} is in the visits {sorted(visits)}, and one is read")
    return {key: key[1] if key[1] in visits else min(visits) for key, visits in told.items()}


def _exposures(records: Records) -> Iterator[Row]:
    """Give exposures; a visit of a one-to-one system is one, too, where no record tells of it."""
    told = {(one["instrument"], one["id"]): one for one in records.get("exposure", [])}
    pairs = {(one["instrument"], one["id"]) for one in records.get("visit_system", []) if one["name"] == "one-to-one"}
    single = {
        (one["instrument"], one["visit"])
        for one in records.get("visit_system_membership", [])
        if (one["instrument"], one["visit_system"]) in pairs
    }
    visits = {(one["instrument"], one["id"]): one for one in records.get("visit", [])}
    defined = _defined(records)
    for (instrument, number), one in ({key: visits[key] for key in visits if key in single} | told).items():
        yield {
            "instrument": instrument,
            "exposure": number,
            "visit": defined.get((instrument, number), number),
            "physical_filter": one.get("physical_filter"),
            "day_obs": one.get("day_obs"),
            "obs_start_mjd_tai": one.get("datetime_begin"),
            "exp_time": one.get("exposure_time"),
            "observation_type": one.get("observation_type") or "science",
        }


def _skymaps(records: Records) -> Iterator[Row]:
    for one in records.get("skymap", []):
        said = {
            name: value.hex() if isinstance(value, bytes) else value for name, value in one.items() if name != "name"
        }
        yield {"skymap": one["name"], "definition": said, "digest": digest(said)}


def _tracts(records: Records) -> Iterator[Row]:
    for one in records.get("tract", []):
        yield {"skymap": one["skymap"], "tract": one["id"], "ranges": one["region"]}


def _patches(records: Records) -> Iterator[Row]:
    for one in records.get("patch", []):
        cell = {name: one[name] for name in ("cell_x", "cell_y")}
        yield {"skymap": one["skymap"], "tract": one["tract"], "patch": one["id"], **cell, "ranges": one["region"]}


def _visit_regions(records: Records) -> Iterator[Row]:
    for one in records.get("visit", []):
        if one.get("region") is not None:
            yield {"instrument": one["instrument"], "visit": one["id"], "ranges": one["region"]}


def _detector_regions(records: Records) -> Iterator[Row]:
    for one in records.get("visit_detector_region", []):
        row = {name: one[name] for name in ("instrument", "visit", "detector")}
        yield {**row, "ranges": one["region"]}


# In the order in which they refer to each other; the names are those of a Butler's dimensions.
ELEMENTS = {
    "detector": Element(detector, ("instrument", "detector"), _detectors),
    "physical_filter": Element(physical_filter, ("instrument", "physical_filter"), _filters),
    "visit": Element(visit, ("instrument", "visit"), _visits),
    "exposure": Element(
        exposure,
        ("instrument", "exposure"),
        _exposures,
        {"obs_start_mjd_tai": START_SPREAD},
        {"observation_type": UNKNOWN},
    ),
    "skymap": Element(skymap, ("skymap",), _skymaps),
    "tract": Element(tract, ("skymap", "tract"), _tracts),
    "patch": Element(patch, ("skymap", "tract", "patch"), _patches),
    "visit_region": Element(visit_region, ("instrument", "visit"), _visit_regions),
    "visit_detector_region": Element(visit_detector_region, ("instrument", "visit", "detector"), _detector_regions),
}
