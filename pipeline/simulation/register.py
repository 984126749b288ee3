"""The truth of a survey into the ledger, beside its frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from psycopg import Connection

from ingest.conversion import Conversion, Reading, enter, store_table
from ingest.loading import load_members
from pipeline.simulation.making import TRUTH
from pipeline.simulation.survey import Survey, Wanted, code
from schema.ledger.collections import lock, make_run
from schema.ledger.coordinates import DataId
from schema.store import Store

TASK = "simulate"
TABLES = ("truth_object", "truth_detector", "truth_crosstalk", "truth_source")


def register_truth(
    connection: Connection[Any], store: Store, survey: Survey, frames: Sequence[Wanted], folder: Path
) -> str:
    """Register the truth tables of a survey in one transaction, and load their rows.

    They are what the survey's description and the code of the simulator made; that of an image was made of the objects.
    The exposures of the frames are in the ledger.

    Returns
    -------
    Name of the run that holds them.
    """
    name = f"simulations/{survey.config.name}"
    run = make_run(connection, name, "ingest", bytes(32), f"Truth of the simulated survey {survey.config.name}.")
    with connection.transaction():
        lock(connection, run)
        sky = [(_place(survey), "truth_object")]
        objects = _register(connection, store, run, survey, folder, "truth_object", sky, [])
        each = [(_place(survey) | {"detector": one.number}, one.name) for one in survey.detectors]
        for table in ("truth_detector", "truth_crosstalk"):
            named = [(place, f"{table}_{detector}") for place, detector in each]
            _register(connection, store, run, survey, folder, table, named, [])
        images = [
            (_place(survey) | {"exposure": one.exposure.number, "detector": one.detector.number}, Path(one.truth).stem)
            for one in frames
            if one.truth
        ]
        _register(connection, store, run, survey, folder, "truth_source", images, objects)
    for table in TABLES:
        load_members(connection, store, table, run)
    return name


def _place(survey: Survey) -> dict[str, int | str]:
    return {"instrument": survey.camera.name}


def _register(
    connection: Connection[Any],
    store: Store,
    run: int,
    survey: Survey,
    folder: Path,
    table: str,
    files: Sequence[tuple[DataId, str]],
    inputs: Sequence[Reading],
) -> list[Reading]:
    """Register files of one table by data ID; give what another table is to say that it read."""
    body = survey.config.model_dump(mode="json")
    converted = []
    for place, name in files:
        conversion = Conversion(f"{TASK}_{table}", code(table), body, place, inputs, table)
        converted.append(store_table(store, conversion, pq.read_table(folder / TRUTH / f"{name}.parquet")))
    enter(connection, run, converted)
    known = connection.execute(
        "select uid, dataset_id from registry.dataset where uid = any(%s)", [[one.uid for one in converted]]
    )
    ids = dict(known.fetchall())
    return [Reading(table, n, one.content.hex(), ids[one.uid]) for n, one in enumerate(converted)]
