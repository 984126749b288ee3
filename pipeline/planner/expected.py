"""Plans on data IDs whose files are not there yet, as dimension records foretell them."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.errors import BadPipeline, BadWhere
from pipeline.planner.graph import Known, Place, Plan
from pipeline.planner.plan import plan
from queries.errors import RefusedSql
from queries.readonly import Limits, answer_user
from schema.canonical import NAMESPACE, coordinate_digest
from schema.ledger.coordinates import register_coordinates
from schema.settings import settings

DIMENSIONS = ("instrument", "exposure", "detector")
MOST_IMAGES = 10_000_000


@dataclass(frozen=True)
class Foreseen:
    """What a pipeline would do once the files are there; it can not be submitted, and its hashes will be others.

    A raw file counts by its content, which nobody knows before it is there: what it will be called is made up here.
    """

    plan: Plan
    dataset_type: str  # of the files that are awaited
    n_expected: int


def foresee(connection: Connection[Any], pipeline: Pipeline, where: str) -> Foreseen:
    """Plan a pipeline on the detector images that dimension records tell of; nothing is written but coordinates.

    Of what overlaps an image on the sky nothing is planned: footprints of images come with their files.

    Parameters
    ----------
    where
        Condition on the view `expected_image`, asked as a reader.

    Raises
    ------
    BadPipeline
        Raised if its first task does not start from detector images.
    BadWhere
        Raised if the condition is refused, or selects more images than a plan may start from.
    """
    first = pipeline.classes()[0]
    if tuple(first.dimensions) != DIMENSIONS:
        raise BadPipeline(pipeline.name, f"{first.name} starts from {first.dimensions}, not from detector images")
    leading = pipeline.leading_type
    data_ids = [dict(zip(DIMENSIONS, row, strict=True)) for row in _images(where)]
    keys = register_coordinates(connection, data_ids)
    expected = {
        Place(key, coordinate_digest(data_id), data_id["instrument"]): _planned(leading, coordinate_digest(data_id))
        for key, data_id in zip(keys, data_ids, strict=True)
    }
    return Foreseen(plan(connection, pipeline, [], expected={leading: expected}), leading, len(expected))


def _images(where: str) -> list[tuple[Any, ...]]:
    """Find the images that a condition of the user's selects."""
    question = f"select {', '.join(DIMENSIONS)} from expected_image where {where}\n order by 1, 2, 3"  # noqa: S608
    try:
        answer = answer_user(question, settings(), Limits(seconds=300.0, rows=MOST_IMAGES))
    except RefusedSql as error:
        raise BadWhere(where, error.problem, "expected_image") from error
    if answer.cut:
        raise BadWhere(where, f"it selects more than {MOST_IMAGES} images: plan them in parts", "expected_image")
    return answer.rows


def _planned(dataset_type: str, coordinate: bytes) -> Known:
    """Give a dataset that nobody has seen: it is of one place only, and no other dataset can have its uid."""
    key = f"expected/{dataset_type}/{coordinate.hex()}"
    return Known(uuid5(NAMESPACE, key), key)
