"""Small loads that become one, so that a table keeps few partitions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ingest.loads.files import files_of
from ingest.loads.publish import finish
from ingest.loads.staging import copy_in
from schema.catalog.definition import LOAD, definition, digest, names
from schema.faults import die_at
from schema.store import Store

# Half of the partitions that a table may have: the next merge is 32 loads away. The smallest loads are merged, so a row
# is written again only when its load has become one of the smallest: about once per factor 33 in size. Equal sizes go
# by age, so that what is merged was taken around one time. A load that lacks a file stays as it is.
KEEP = 32

SMALL = """
select load_id, n_rows, n_files from (
  select p.load_id, p.n_rows, (select count(*) from ingest.load_file f where f.load_id = p.load_id) as n_files,
         row_number() over (order by p.n_rows, p.load_id) as place, p.n
  from (select l.load_id, l.n_rows, count(*) over () as n
        from ingest.load l where l.target = %s and l.state = 'published') p
  where not exists (
    select from ingest.load_file f join registry.dataset d using (dataset_id)
    where f.load_id = p.load_id and not exists (
      select from registry.artifact a where a.content_digest = d.content_digest and a.state = 'present'))) x
where n > %s and place <= n - %s + 1
order by place"""


@dataclass(frozen=True)
class Merge:
    """Loads of a catalog that are to become one."""

    catalog: str
    loads: tuple[int, ...]
    n_files: int
    n_rows: int


def merges(connection: Connection[Any], keep: int = KEEP, catalog: str | None = None) -> list[Merge]:
    """Find what must be merged so that every table, or one, has so many loads at most, as far as files are there."""
    found = []
    for name in names() if catalog is None else (catalog,):
        if LOAD not in definition(name).ledger:
            continue
        rows = connection.execute(SMALL, [name, max(keep, 1), max(keep, 1)]).fetchall()
        if len(rows) > 1:
            found.append(Merge(name, tuple(row[0] for row in rows), sum(r[2] for r in rows), sum(r[1] for r in rows)))
    return found


def merge(
    connection: Connection[Any], store: Store, these: Merge, token: int, progress: Callable[[], object] = lambda: None
) -> int:
    """Load the files of some loads again as one that takes their place; readers find every row once at any moment.

    Killed anywhere, a repeat ends the same: until the last commit the old loads are in the table, after it the new one.

    Parameters
    ----------
    token
        Number of this attempt, never used again.

    Returns
    -------
    The load that they became.

    Raises
    ------
    LostFile
        Raised if a file has no copy left.
    psycopg.Error
        Raised if somebody else merges or retires one of them (SQLSTATE P0I04, P0I06, P0I09), or a session keeps the
        table for itself.
    """
    catalog = definition(these.catalog)
    files = files_of(connection, *these.loads)
    row = connection.execute("select ingest.open_merge(%s, %s)", [list(these.loads), digest(catalog)]).fetchone()
    load_id = int(row[0]) if row else 0
    die_at("after_merge_open")
    copy_in(connection, store, catalog, load_id, files, token, progress)
    finish(connection, load_id, token)
    drop_merged(connection)
    return load_id


def drop_merged(connection: Connection[Any]) -> None:
    """Drop the partitions that were replaced, also what a merge that was killed left."""
    replaced = "select load_id from ingest.load where state = 'retiring' and merged_into is not null order by 1"
    for (load_id,) in connection.execute(replaced).fetchall():
        die_at("before_drop")
        connection.execute("select ingest.end_retire(%s)", [load_id])
