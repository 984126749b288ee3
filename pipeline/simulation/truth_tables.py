"""The truth as tables, ready for the ledger."""

import numpy as np
import pyarrow as pa
from astropy.time import Time
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.chip import Amplifiers
from pipeline.simulation.effects import Effects
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.sky import Objects
from pipeline.simulation.sources import Sources
from schema.catalog.definition import arrow_schema, definition
from schema.sky import healpix29

NOWHERE = -1


def object_table(objects: Objects) -> pa.Table:
    """Give the table truth_object."""
    columns = {name: objects[name] for name in objects.dtype.names or ()}
    return _table("truth_object", columns | {"_healpix_29": healpix29(objects["ra"], objects["dec"])})


def source_table(camera: Camera, detector: Detector, exposure: Exposure, sources: Sources) -> pa.Table:
    """Give the table truth_source of an image."""
    sight, known = sources.seen, camera.filter(exposure.physical_filter)
    same = {
        "instrument": camera.name,
        "visit": exposure.number,
        "detector": detector.number,
        "band": known.band if known else "",
        "physical_filter": exposure.physical_filter,
        "midpointMjdTai": float(Time(exposure.middle).tai.mjd),
    }
    columns = {
        "truthId": sight.objects["truthId"],
        "kind": sight.objects["kind"],
        "x": sources.x,
        "y": sources.y,
        "ra": sight.ra,
        "dec": sight.dec,
        "flux": sources.flux,
        "mag": sight.magnitude,
        "isVariable": sight.objects["variability"] != "",
        "psfFwhm": sources.fwhm,
        "psfE1": sources.e1,
        "psfE2": sources.e2,
        "_healpix_29": healpix29(sight.ra, sight.dec),
    }
    return _table("truth_source", columns | {name: np.full(len(sight.ra), value) for name, value in same.items()})


def detector_table(camera: Camera, detector: Detector, truth: Amplifiers, effects: Effects) -> pa.Table:
    """Give the table truth_detector of a detector."""
    names = np.array([one.name for one in camera.amplifiers_of(detector)])
    n = len(names)
    columns = {
        "instrument": np.full(n, camera.name),
        "detector": np.full(n, detector.number),
        "amplifier": names,
        "gain": truth.gain,
        "readNoise": truth.read_noise,
        "nonlinearity": truth.nonlinearity,
        "a00": np.full(n, effects.brighter_fatter),
        "fullWell": np.where(np.isfinite(truth.full_well), truth.full_well, np.nan),
        "_healpix_29": np.full(n, NOWHERE),
    }
    return _table("truth_detector", columns)


def crosstalk_table(camera: Camera, detector: Detector, truth: Amplifiers) -> pa.Table:
    """Give the table truth_crosstalk of a detector."""
    names = np.array([one.name for one in camera.amplifiers_of(detector)])
    target, source = np.nonzero(~np.eye(len(names), dtype=bool))
    n = len(target)
    columns = {
        "instrument": np.full(n, camera.name),
        "detector": np.full(n, detector.number),
        "source": names[source],
        "target": names[target],
        "coefficient": truth.crosstalk[target, source],
        "_healpix_29": np.full(n, NOWHERE),
    }
    return _table("truth_crosstalk", columns)


def _table(name: str, columns: dict[str, NDArray[np.generic]]) -> pa.Table:
    """Give a table as its definition orders it, sorted by position."""
    schema = arrow_schema(definition(name))
    order = np.argsort(columns["_healpix_29"], kind="stable")
    return pa.Table.from_arrays([pa.array(columns[field.name][order], field.type) for field in schema], schema=schema)
