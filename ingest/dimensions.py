"""Instruments, detectors, filters, visits and exposures into the registry."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.cameras.camera import load_cameras
from ingest.cameras.observation import Observation
from ingest.errors import ContradictingExposure, MissingExposure
from schema.ledger.rows import insert
from schema.registry.detector import detector
from schema.registry.exposure import UNKNOWN, exposure
from schema.registry.instrument import instrument
from schema.registry.physical_filter import physical_filter
from schema.registry.visit import visit

Found = tuple[Path, Observation]
UNTOLD = (None, UNKNOWN)  # what any type of observation goes with


def register_instruments(connection: Connection[Any], names: Iterable[str]) -> None:
    """Register cameras as their definitions describe them, with all detectors and filters; known ones stay."""
    cameras = [load_cameras()[name] for name in sorted(set(names))]
    insert(
        connection,
        instrument,
        ({"instrument": camera.name, "description": camera.description} for camera in cameras),
        order=["instrument"],
        on_conflict="do nothing",
    )
    insert(
        connection,
        detector,
        (
            {
                "instrument": camera.name,
                "detector": d.number,
                "name": d.name,
                "purpose": d.purpose,
                "nx": d.nx,
                "ny": d.ny,
            }
            for camera in cameras
            for d in camera.detectors
        ),
        order=["instrument", "detector"],
        on_conflict="do nothing",
    )
    insert(
        connection,
        physical_filter,
        (
            {"instrument": camera.name, "physical_filter": f.name, "band": f.band}
            for camera in cameras
            for f in camera.filters
        ),
        order=["instrument", "physical_filter"],
        on_conflict="do nothing",
    )


def register_exposures(connection: Connection[Any], found: Sequence[Found]) -> None:
    """Register visits and exposures, from the files that describe them.

    Raises
    ------
    ContradictingExposure
        Raised if a file says something else about an exposure than what is registered.
    MissingExposure
        Raised if a mask, a weight or stamps come whose exposure no image or raw frame has told of.
    """
    # What is registered stays, so only files that know all of an exposure register it.
    told = [observation for _, observation in found if not observation.comes_last]
    insert(
        connection,
        visit,
        _unique(
            (
                {
                    "instrument": o.instrument,
                    "visit": o.visit,
                    "physical_filter": o.physical_filter or None,
                    "day_obs": o.day_obs,
                }
                for o in told
            ),
            2,
        ),
        order=["instrument", "visit"],
        on_conflict="do nothing",
    )
    insert(
        connection,
        exposure,
        _unique((_exposure(o) for o in told), 2),
        order=["instrument", "exposure"],
        on_conflict="do nothing",
    )
    _refuse_contradictions(connection, found)


def _exposure(observation: Observation) -> dict[str, Any]:
    names = ("instrument", "exposure", "visit", "physical_filter", "day_obs", "obs_start_mjd_tai", "exp_time")
    row = {name: _known(getattr(observation, name)) for name in names}
    return row | {"observation_type": observation.observation_type or UNKNOWN}


def _known(value: Any) -> Any:
    """Give a value as the database has it: what nobody knows is NULL."""
    return None if value == "" or (isinstance(value, float) and math.isnan(value)) else value


def _unique(rows: Iterable[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Keep the first row of each key, which is the first n columns."""
    first: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        first.setdefault(tuple(row.values())[:n], row)
    return list(first.values())


def _refuse_contradictions(connection: Connection[Any], found: Sequence[Found]) -> None:
    """Compare every file with what is registered about its exposure."""
    rows = connection.execute(
        """select e.instrument, e.exposure, e.physical_filter, e.exp_time, e.obs_start_mjd_tai, e.observation_type
           from unnest(%s::text[], %s::bigint[]) as x (instrument, exposure)
           join registry.exposure e using (instrument, exposure)""",
        [[o.instrument for _, o in found], [o.exposure for _, o in found]],
    )
    known = {(name, number): values for name, number, *values in rows}
    for path, observation in found:
        registered = known.get((observation.instrument, observation.exposure))
        if registered is None:
            raise MissingExposure(path, observation.exposure)
        for (column, tolerance), value in zip(_tolerances(observation.instrument), registered, strict=True):
            if column == "observation_type" and value in UNTOLD:
                continue
            if not _agree(value, _known(getattr(observation, column)), tolerance):
                raise ContradictingExposure(path, observation.exposure, column, value, getattr(observation, column))


def _tolerances(instrument: str) -> tuple[tuple[str, float], ...]:
    """Give what must agree among the files of an exposure, and how well."""
    spread = load_cameras()[instrument].start_spread / 86400
    return ("physical_filter", 0.0), ("exp_time", 0.0), ("obs_start_mjd_tai", spread), ("observation_type", 0.0)


def _agree(registered: Any, told: Any, tolerance: float) -> bool:
    """Compare; a file that does not tell contradicts nothing."""
    if told is None or registered == told:
        return True
    return bool(tolerance) and registered is not None and abs(registered - told) <= tolerance
