"""What a statement reads, told by auto_explain: also within functions, and row by row."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

LOAD = "load 'auto_explain'"
WATCH = """
set auto_explain.log_min_duration = 0;
set auto_explain.log_analyze = on;
set auto_explain.log_timing = off;
set auto_explain.log_nested_statements = on;
set auto_explain.log_format = json;
set client_min_messages = log"""
# A partition counts as its whole table.
SIZES = """
select p.relname, r.relname, sum(p.reltuples) over (partition by r.oid)::int8
from pg_class p left join pg_inherits i on i.inhrelid = p.oid join pg_class r on r.oid = coalesce(i.inhparent, p.oid)
where p.relkind = 'r' and p.relnamespace::regnamespace::text = any(
  '{registry,work,quality,ingest,catalog,catalog_part}')"""


@dataclass
class Read:
    """What was read of one table."""

    rows: int = 0  # by all looks into it, those that a filter dropped as well
    end_to_end: bool = False


@dataclass(frozen=True)
class Watch:
    """Notes the plan of every statement of a superuser's connection."""

    connection: Connection[Any]
    large: Mapping[str, str]  # relation to the table that it is, or is a part of
    plans: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(cls, connection: Connection[Any], rows: int) -> "Watch":
        """Watch tables of more than so many rows."""
        connection.execute(LOAD)
        large = {part: table for part, table, n in connection.execute(SIZES) if n > rows}
        watch = cls(connection, large)
        connection.add_notice_handler(lambda notice: watch.note(notice.message_primary or ""))
        connection.execute(WATCH)
        return watch

    def note(self, message: str) -> None:
        """Keep the plan that a message of auto_explain holds."""
        _, found, text = message.partition("plan:\n")
        if found:
            self.plans.append(json.loads(text))

    def read(self) -> dict[str, Read]:
        """Give what was read of large tables since the last call."""
        self.connection.execute("select")  # a statement is told of when the next one takes its place
        found: dict[str, Read] = defaultdict(Read)
        for node in nodes(self.plans):
            table = self.large.get(node.get("Relation Name", ""))
            # What was only explained has no actual rows.
            if table and "Scan" in node["Node Type"] and "Actual Rows" in node:
                dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                found[table].rows += round((node["Actual Rows"] + dropped) * node["Actual Loops"])
                found[table].end_to_end |= "Seq Scan" in node["Node Type"] and node["Actual Loops"] > 0
        self.plans.clear()
        return dict(found)


def nodes(plan: Any) -> Iterator[Mapping[str, Any]]:
    """Give every node of plans, those of subplans and workers too."""
    if isinstance(plan, list):
        for part in plan:
            yield from nodes(part)
    elif isinstance(plan, dict):
        if "Node Type" in plan:
            yield plan
        for part in plan.values():
            if isinstance(part, dict | list):
                yield from nodes(part)
