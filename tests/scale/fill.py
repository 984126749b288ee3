"""A ledger of any size, filled set by set, the same every time."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import ClientCursor, Connection

from tests.scale.catalogs import Catalogs
from tests.scale.quick import drop_indexes
from tests.scale.scale import Scale

FOLDER = Path(__file__).parent / "sql"
TARGET = re.compile(r"insert into (\S+)")
# What grows with the number of quanta.
LARGE = [
    "registry.coordinate", "registry.quantum", "registry.quantum_input", "registry.dataset", "registry.origin",
    "registry.artifact", "registry.member", "work.unit", "work.unit_input", "work.dependency", "work.execution",
    "quality.measurement",
]  # fmt: skip
# Keys were given: the next ones come after them.
NEXT = """
select setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 1)) from {table}"""
IDENTITIES = """
select format('%I.%I', table_schema, table_name), column_name from information_schema.columns
where is_identity = 'YES' and table_schema = any('{registry,work,quality}')"""


@dataclass(frozen=True)
class Step:
    """What was written, and how long it took."""

    table: str
    rows: int
    seconds: float


def fill(connection: Connection[Any], scale: Scale) -> Iterator[Step]:
    """Fill an empty ledger; give what was written, step by step.

    The connection commits each statement. Where it is a superuser's that has set
    `session_replication_role = replica`, no key is checked, which is most of the time otherwise.
    """
    indexes = drop_indexes(connection, LARGE)
    parameters = scale.parameters()
    for path in sorted(FOLDER.glob("*.sql")):
        for statement in path.read_text().split(";\n"):
            if target := TARGET.search(statement):
                yield _step(target[1], partial(_insert, connection, statement, parameters))
    yield _step("indexes", partial(_build, connection, indexes))
    for table, column in connection.execute(IDENTITIES).fetchall():
        connection.execute(NEXT.format(table=table, column=column).encode())
    connection.execute("analyze")
    catalogs = Catalogs(connection, scale)
    yield _step("catalog.visit", catalogs.visits)
    yield _step("catalog.visit_detector", catalogs.visit_detectors)
    yield _step("catalog.source", catalogs.sources)
    yield _step("catalog.reference_star", catalogs.reference_stars)
    connection.execute("analyze catalog.visit")


def _step(table: str, action: Callable[[], int]) -> Step:
    begin = time.perf_counter()
    return Step(table, action(), time.perf_counter() - begin)


def _insert(connection: Connection[Any], statement: str, parameters: Mapping[str, Any]) -> int:
    return ClientCursor(connection).execute(statement.encode(), parameters).rowcount


def _build(connection: Connection[Any], indexes: list[str]) -> int:
    for statement in indexes:
        connection.execute(statement.encode())
    return len(indexes)
