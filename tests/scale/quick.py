"""What makes a bulk insert quick: indexes that are built last, tables without a log."""

from typing import Any

from psycopg import Connection

from schema.base import metadata
from schema.build import import_tables

# Not the keys that foreign keys point at, nor those that are as ordered as the rows: these cost little while they grow.
DROPPABLE = """
select case when c.oid is null then format('drop index %%I.%%I', n.nspname, x.relname)
            else format('alter table %%s drop constraint %%I', i.indrelid::regclass, c.conname) end,
       case when c.oid is null then pg_get_indexdef(i.indexrelid)
            else format('alter table %%s add constraint %%I %%s', i.indrelid::regclass, c.conname,
                        pg_get_constraintdef(c.oid)) end
from pg_index i
join pg_class x on x.oid = i.indexrelid
join pg_namespace n on n.oid = x.relnamespace
left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'u'
where i.indrelid = any(%s::regclass[]) and not i.indisprimary
  and not exists (select from pg_constraint f where f.contype = 'f' and f.conindid = i.indexrelid)
order by x.relname"""


def drop_indexes(connection: Connection[Any], tables: list[str]) -> list[str]:
    """Drop the secondary indexes of tables; give the statements that build them again.

    A build sorts once and writes each page once; inserting rows one by one into an index on digests
    touches a page for each.
    """
    found = connection.execute(DROPPABLE, [tables]).fetchall()
    for drop, _ in found:
        connection.execute(drop)
    return [make for _, make in found]


def leave_unlogged(connection: Connection[Any]) -> None:
    """Let the ledger's tables, which are empty, write no log: a crash would empty them again."""
    import_tables()
    # What refers to others goes first: a logged table cannot refer to an unlogged one.
    for table in reversed(metadata.sorted_tables):
        if table.schema != "catalog":
            connection.execute(f"alter table {table.fullname} set unlogged".encode())
