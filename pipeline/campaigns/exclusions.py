"""What a turn starts from, and what its exclusion leaves out of that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, sql

from pipeline.campaigns.definition import Campaign
from pipeline.campaigns.errors import BadCampaign
from pipeline.definition import Pipeline
from pipeline.running import MOST_INPUTS, choose
from queries.errors import RefusedSql
from queries.readonly import Answer, Limits, answer_user
from schema.output import json_value
from schema.settings import settings

LIMITS = Limits(seconds=300.0, rows=MOST_INPUTS)
# What a row may name data IDs by, and how each is compared.
DATA_ID = {"instrument": "text", "visit": "int8", "exposure": "int8", "detector": "int8", "band": "text"}

STARTING = """
select distinct m.dataset_id from registry.member m join registry.dataset_type y using (dataset_type_id)
where m.collection_id = any(%(collections)s) and m.until = 'infinity' and y.name = %(leading)s
  and (%(chosen)s::int8[] is null or m.dataset_id = any(%(chosen)s)) order by 1"""

# Who names an image that was made leaves out what it was made from: they share their data ID.
BY_DATASET = sql.SQL("""
select d.dataset_id from registry.dataset d
where d.dataset_id = any(%(starting)s) and d.coordinate_id in (
  select x.coordinate_id from registry.dataset x where x.{key} = any(%(named)s)) order by 1""")

BY_DATA_ID = sql.SQL("""
select distinct d.dataset_id from public.dataset d join json_to_recordset(%(named)s) as x ({columns}) using ({names})
where d.dataset_id = any(%(starting)s) order by 1""")


@dataclass(frozen=True)
class Start:
    """The datasets that a plan starts from."""

    chosen: list[int] | None  # None for all
    excluded: list[int]


def start(connection: Connection[Any], campaign: Campaign, pipeline: Pipeline, collections: Sequence[int]) -> Start:
    """Work out what a turn starts from.

    Raises
    ------
    BadCampaign
        Raised if the exclusion is refused, selects too much, or names neither datasets nor data IDs.
    BadWhere
        Raised if the condition is refused.
    """
    chosen = None if campaign.where is None else choose(pipeline, campaign.where)
    if campaign.exclude is None:
        return Start(chosen, [])
    leading = pipeline.leading_type
    given = {"collections": list(collections), "leading": leading, "chosen": chosen}
    starting = [row[0] for row in connection.execute(STARTING, given)]
    excluded = _excluded(connection, campaign, starting)
    left = set(excluded)
    return Start([dataset for dataset in starting if dataset not in left], excluded)


def _excluded(connection: Connection[Any], campaign: Campaign, starting: list[int]) -> list[int]:
    """Give those of some datasets that the exclusion of a campaign names."""
    answer = _answer(campaign)
    names = [name for name in answer.names if name in DATA_ID]
    key = next((name for name in ("dataset_id", "uid") if name in answer.names), None)
    if key is not None:
        told: Any = [row[answer.names.index(key)] for row in answer.rows]
        query = BY_DATASET.format(key=sql.Identifier(key))
    elif "instrument" in names and len(names) > 1:
        rows = [dict(zip(answer.names, map(json_value, row), strict=True)) for row in answer.rows]
        columns = sql.SQL(", ").join(sql.SQL(f"{name} {DATA_ID[name]}") for name in names)
        query = BY_DATA_ID.format(columns=columns, names=sql.SQL(", ").join(map(sql.Identifier, names)))
        told = json.dumps(rows)
    else:
        wanted = "uid, dataset_id, or instrument with visit, exposure, detector or band"
        raise BadCampaign(campaign.name, f"its exclusion gives {', '.join(answer.names)}: let it select {wanted}")
    try:
        with connection.transaction():
            return [row[0] for row in connection.execute(query, {"starting": starting, "named": told})]
    except (psycopg.DataError, psycopg.ProgrammingError) as error:
        problem = f"the values of its exclusion are no {key or 'data IDs'}: {error.diag.message_primary}"
        raise BadCampaign(campaign.name, problem) from error


def _answer(campaign: Campaign) -> Answer:
    """Ask the exclusion, read-only, as a reader, in limited time."""
    try:
        answer = answer_user(str(campaign.exclude), settings(), LIMITS)
    except RefusedSql as error:
        raise BadCampaign(campaign.name, f"its exclusion is refused: {error.problem}") from error
    if answer.cut:
        raise BadCampaign(campaign.name, f"its exclusion selects more than {MOST_INPUTS} rows")
    return answer
