"""Campaigns into the ledger, and out of it."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from pipeline.campaigns.definition import Campaign
from pipeline.campaigns.errors import UnknownCampaign
from schema.canonical import digest
from schema.ledger.rows import ensure, insert
from schema.registry.campaign import campaign
from schema.registry.campaign_version import campaign_version

LATEST = """
select c.campaign_id, v.version, v.digest, v.definition
from registry.campaign c join registry.campaign_version v using (campaign_id)
where c.name = %s order by v.version desc limit 1"""


@dataclass(frozen=True)
class Created:
    """A campaign as it is in the ledger."""

    campaign_id: int
    version: int
    campaign: Campaign
    fresh: bool = False  # whether this version was made just now


def create(connection: Connection[Any], wanted: Campaign) -> Created:
    """Register a campaign; another definition under its name is a new version of it, the same one changes nothing."""
    body = wanted.model_dump(mode="json")
    with connection.transaction():
        (key,) = ensure(connection, campaign, "name", [{"name": wanted.name}]).values()
        lock_campaign(connection, key)
        row = connection.execute(LATEST, [wanted.name]).fetchone()
        if row is not None and row[2] == digest(body):
            return Created(key, row[1], wanted)
        version = 1 if row is None else row[1] + 1
        said = {"campaign_id": key, "version": version, "digest": digest(body), "definition": body}
        cadence = None if wanted.cadence is None else f"{int(wanted.cadence.total_seconds())} s"
        insert(connection, campaign_version, [{**said, "cadence": cadence}])
    return Created(key, version, wanted, fresh=True)


def created(connection: Connection[Any], name: str) -> Created:
    """Give the version of a campaign that is in force.

    Raises
    ------
    UnknownCampaign
        Raised if nobody created it.
    """
    row = connection.execute(LATEST, [name]).fetchone()
    if row is None:
        known = connection.execute("select name from registry.campaign order by 1").fetchall()
        raise UnknownCampaign(name, [one for (one,) in known])
    key, version, _, body = row
    return Created(key, version, Campaign.model_validate(body))


def lock_campaign(connection: Connection[Any], campaign_id: int) -> None:
    """Be the only one who gives a campaign a version or a turn, until the transaction ends."""
    connection.execute("select from registry.campaign where campaign_id = %s for no key update", [campaign_id])
