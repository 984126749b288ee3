"""Catalogs made elsewhere into the registry, one transaction a batch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from ingest.catalogs.making import Made
from ingest.catalogs.plan import FILE, ROLE
from ingest.catalogs.recipe import Recipe
from ingest.conversion import Converted, enter
from schema.faults import die_at
from schema.ledger.collections import lock
from schema.ledger.coordinates import DataId
from schema.ledger.external import ExternalFile, register_external


def register(connection: Connection[Any], run: int, recipe: Recipe, made: Sequence[Made]) -> None:
    """Register files and what was made of them, in one transaction."""
    if not made:
        return
    with connection.transaction():
        # Two ingests take turns, also where their runs differ: files belong to no run.
        connection.execute(
            "select from registry.instrument where instrument = %s for no key update", [recipe.instrument]
        )
        lock(connection, run)
        place = {"instrument": recipe.instrument}
        files = [_external(place, one) for one in made]
        registered = register_external(connection, files, "file")
        enter(
            connection,
            run,
            [
                _read_from(converted, found.dataset_id)
                for found, one in zip(registered, made, strict=True)
                for converted in one.converted
            ],
        )
        die_at("in_ingest")


def _external(place: DataId, made: Made) -> ExternalFile:
    assert made.stored is not None  # what was tried only is not registered
    return ExternalFile(FILE, place, made.stored.file_digest, made.stored, made.planned.file.path.name)


def _read_from(converted: Converted, dataset_id: int) -> Converted:
    """Let a conversion know the key of the file that it read."""
    inputs = [replace(one, dataset_id=dataset_id) if one.role == ROLE else one for one in converted.conversion.inputs]
    return replace(converted, conversion=replace(converted.conversion, inputs=inputs))
