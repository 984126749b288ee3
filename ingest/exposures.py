"""Camera files into the ledger: `skyledger ingest exposures`."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from astropy.time import Time
from psycopg import Connection

from ingest.cameras.corrections.correction import Correction, record, shipped_corrections
from ingest.cameras.errors import BadExposureFile
from ingest.cameras.observation import Observation
from ingest.cameras.read import read_observations
from ingest.content import part_content
from ingest.dimensions import register_exposures, register_instruments
from ingest.errors import BadCompany
from ingest.report import Report
from schema.catalog.tables import visit as visit_table
from schema.faults import die_at
from schema.ledger.collections import add_members, lock, make_run
from schema.ledger.external import ExternalFile, Registered, register_external
from schema.ledger.rows import insert
from schema.sky import polygon_ranges
from schema.store import Store, Stored

BATCH = 100  # files of one transaction

Read = tuple[Path, Observation, Stored]
T = TypeVar("T")


def ingest_exposures(
    connection: Connection[Any],
    store: Store,
    paths: Sequence[Path],
    progress: Callable[[], object] = lambda: None,
    corrections: Sequence[Correction] = (),
) -> Report:
    """Register camera files; a bad one stays out with a sentence, the others come in.

    A batch of files is one transaction: an exposure is registered with all that belongs to it, or not at all. Masks
    that do not say when they were taken, and stamps of guiders, come last, when their images are there.

    Parameters
    ----------
    progress
        Called once per file.
    corrections
        What is known to be wrong in headers; these go before those that are shipped.
    """
    report = Report()
    known = (*corrections, *shipped_corrections())
    companions: list[Read] = []
    for paths_of_batch in _batches(paths):
        batch: list[Read] = []
        for path in paths_of_batch:
            for one in _read(path, store, report, known):
                (companions if one[1].comes_last else batch).append(one)
            progress()
        _register_batch(connection, batch, report)
    for late in _batches(companions):
        _register_batch(connection, late, report)
    return report


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def _read(path: Path, store: Store, report: Report, corrections: Sequence[Correction]) -> list[Read]:
    """Read a file and copy it into the store; nothing of a bad one is kept."""
    try:
        observations = read_observations(path, corrections=corrections)
        for problem in filter(None, (observation.wcs_problem for observation in observations)):
            report.refuse(path, problem)
            return []
        stored = store.take_in(path)
    except BadExposureFile as error:
        report.refuse(path, str(error))
        return []
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        report.refuse(path, f"{path}: {error.strerror or 'cannot be read'}; check the path and its permissions")
        return []
    return [(path, observation, stored) for observation in observations]


def _register_batch(connection: Connection[Any], batch: Sequence[Read], report: Report) -> None:
    """Register a batch; when one file contradicts the ledger, the rest is registered without it."""
    left = list(batch)
    while left:
        try:
            with connection.transaction():
                registered, successors = _register(connection, left)
                die_at("in_ingest")
        except BadCompany as error:
            report.refuse(error.path, str(error))
            left = [one for one in left if one[0] != error.path]
            continue
        for path in dict.fromkeys(path for path, _, _ in left):
            mine = [found for (of, _, _), found in zip(left, registered, strict=True) if of == path]
            ids = {found.dataset_id for found in mine}
            report.accept(path, any(found.new for found in mine), not ids.isdisjoint(successors))
        return


def _register(connection: Connection[Any], batch: Sequence[Read]) -> tuple[list[Registered], set[int]]:
    """Register dimensions, datasets, members and visits of files; give those that took another's place, too."""
    runs = {instrument: _raw_run(connection, instrument) for instrument in sorted({o.instrument for _, o, _ in batch})}
    register_instruments(connection, (observation.instrument for _, observation, _ in batch))
    register_exposures(connection, [(path, observation) for path, observation, _ in batch])
    registered = register_external(connection, [_dataset(*one) for one in batch], "file")
    successors: set[int] = set()
    for instrument, run in runs.items():
        of = zip(batch, registered, strict=True)
        # Only what is new: a file that was replaced by another does not come back by being read again.
        ids = [r.dataset_id for (_, o, _), r in of if o.instrument == instrument and r.new]
        successors |= add_members(connection, run, ids, "ingested")
    insert(
        connection,
        visit_table,
        _visits(batch, registered),
        order=["instrument", "visit"],
        on_conflict="(instrument, visit) do nothing",
    )
    return registered, successors


def _raw_run(connection: Connection[Any], instrument: str) -> int:
    """Give the run that holds the files of an instrument, locked: two ingests of the same files take turns."""
    run = make_run(connection, f"{instrument}/raw", "ingest", bytes(32), f"Files of {instrument} as they came.")
    lock(connection, run)
    return run


def _dataset(path: Path, observation: Observation, stored: Stored) -> ExternalFile:
    """Describe the dataset that a detector's HDU becomes; one of many HDUs is known by the file and its name."""
    data_id = {"instrument": observation.instrument, "exposure": observation.exposure, "detector": observation.detector}
    right = {change.keyword: change.value for change in observation.changes}
    content = part_content(stored.file_digest, observation.part, right)
    ranges = None if observation.corners is None else polygon_ranges(observation.corners)
    kind = "raw" if observation.kind == "raw" else f"raw_{observation.kind}"
    correction = record(observation.changes)
    return ExternalFile(kind, data_id, content, stored, path.name, observation.part, ranges, correction)


def _visits(batch: Sequence[Read], registered: Sequence[Registered]) -> Iterator[dict[str, Any]]:
    """Give the rows of `catalog.visit`, from images and raw frames alone: masks and weights repeat their headers."""
    seen = set()
    for (_, seen_as, _), dataset in zip(batch, registered, strict=True):
        if seen_as.kind not in ("image", "raw") or (seen_as.instrument, seen_as.visit) in seen:
            continue
        seen.add((seen_as.instrument, seen_as.visit))
        yield {
            "dataset_id": dataset.dataset_id,
            **{name: getattr(seen_as, name) for name in ("instrument", "visit", "day_obs", "ra", "dec")},
            "physical_filter": seen_as.physical_filter or None,
            "band": seen_as.band or None,
            "skyrotation": seen_as.sky_rotation,
            "azimuth": seen_as.azimuth,
            "altitude": seen_as.altitude,
            "zenithdistance": seen_as.zenith_distance,
            "airmass": seen_as.airmass,
            "exptime": seen_as.exp_time,
            "expmidptmjd": seen_as.exp_mid_mjd_tai,
            "obsstartmjd": seen_as.obs_start_mjd_tai,
            "expmidpt": _utc(seen_as.exp_mid_mjd_tai),
            "obsstart": _utc(seen_as.obs_start_mjd_tai),
            "target_name": seen_as.target_name,
            "science_program": seen_as.science_program,
            "headercorrected": bool(seen_as.changes),
        }


def _utc(mjd_tai: float) -> str | None:
    """Give a time as a calendar date in UTC; None for one that nobody knows."""
    return None if math.isnan(mjd_tai) else f"{Time(mjd_tai, format='mjd', scale='tai').utc.to_datetime().isoformat()}Z"
