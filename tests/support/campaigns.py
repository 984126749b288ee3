"""A campaign of toys, turn by turn."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from pipeline.campaigns.create import create
from pipeline.campaigns.definition import read_campaign
from pipeline.campaigns.run import run_turn
from pipeline.campaigns.turns import begin
from tests.support.runs import finish

MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
PIPELINE = "name: toys\ndescription: Toys.\ntasks:\n  toy_count: {sleep: 0.0}\n  toy_double: {}\n"
CAMPAIGN = "name: weekly\ndescription: Toys, every week.\npipeline: toys.yaml\nevery: 7 days\n"
SPECIFIED = """
insert into quality.specification (metric_id, name, operator, threshold, description)
select metric_id, 'short', '<=', %s, 'A toy.' from quality.metric where name = 'toy_count.size'"""


def make(owner: Connection[Any], folder: Path, more: str = "") -> None:
    """Create the campaign, with more lines in its file, in a folder that has its pipeline."""
    (folder / "weekly.yaml").write_text(CAMPAIGN + more)
    create(owner, read_campaign(str(folder / "weekly.yaml")))


def turn(owner: Connection[Any], now: datetime) -> str:
    """Do a turn with a worker of this process; give what it says of itself."""
    begun = begin(owner, "weekly", now)
    assert begun is not None
    finish(owner, begun.run_id)
    return run_turn(owner, "weekly", now, workers=0).state


def seen(owner: Connection[Any], columns: str) -> list[tuple[Any, ...]]:
    """Give columns of all turns."""
    return owner.execute(f"select {columns} from campaign_turn order by turn").fetchall()  # noqa: S608
