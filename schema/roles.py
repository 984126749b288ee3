"""Roles: who may do what; made by `init`, because roles belong to the whole server."""

from contextlib import suppress
from typing import Any

from psycopg import Connection, errors, sql

from schema.settings import Settings

TABLES_OF_A_WORKER = {
    # The one transaction of a work unit inserts into these, and into nothing else.
    "insert": (
        "registry.software", "registry.dataset", "registry.artifact", "registry.member", "registry.quantum_input",
        "registry.action", "registry.nondeterminism", "quality.metric", "quality.measurement", "work.worker",
    ),
    "update": ("work.worker",),
}  # fmt: skip
# Not the operator's verbs, and not what only other functions call.
FUNCTIONS_OF_A_WORKER = (
    "work.claim", "work.heartbeat", "work.settle_ok", "work.settle_err", "work.give_back", "work.resolve", "work.reap",
    "registry.register", "registry.is_bad", "ingest.open_load", "ingest.stage", "ingest.verify", "ingest.publish",
    "ingest.note_files", "ingest.open_merge", "ingest.end_retire",
)  # fmt: skip

# What views call on behalf of whoever reads them, and the walks along the lineage.
FUNCTIONS_OF_A_READER = (
    "work.snapshots", "registry.upstream", "registry.downstream", "registry.affected", "registry.whatif",
    "registry.taint_of", "registry.touched_collections", "registry.touched_metrics",
    "registry.flatten", "registry.find_first", "registry.find_calibration",
)  # fmt: skip


def names(using: Settings) -> dict[str, str]:
    """Give the name of each role."""
    return {role: f"{using.role_prefix}_{role}" for role in ("owner", "worker", "reader")}


def make_roles(admin: Connection[Any], roles: dict[str, str], passwords: dict[str, str]) -> None:
    """Make the roles that are missing.

    Parameters
    ----------
    passwords
        Role to password; a role without one cannot log in and is assumed by `SET ROLE`.
    """
    for role, name in roles.items():
        if admin.execute("select from pg_roles where rolname = %s", [name]).fetchone() is None:
            admin.execute(sql.SQL("create role {}").format(sql.Identifier(name)))
        if role in passwords:
            login = sql.SQL("alter role {} login password {}")
            admin.execute(login.format(sql.Identifier(name), sql.Literal(passwords[role])))
        else:
            admin.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))
    # The age of a snapshot of another role is otherwise nobody's but an administrator's.
    with suppress(errors.InsufficientPrivilege), admin.transaction():
        admin.execute(sql.SQL("grant pg_read_all_stats to {}").format(sql.Identifier(roles["owner"])))
    # In a database that is not the owner's own, only an administrator can take this from everybody.
    admin.execute(_closed(admin))


def grant(owner: Connection[Any], roles: dict[str, str]) -> None:
    """Give worker and reader exactly what they need; run again after each migration."""
    worker, reader = sql.Identifier(roles["worker"]), sql.Identifier(roles["reader"])
    ours = sql.SQL("schema registry, work, ingest, catalog, quality, public")
    statements = [
        _closed(owner),
        # What an earlier revision granted and this one does not name is taken back.
        sql.SQL("revoke all on all tables in {} from public, {}, {}").format(ours, worker, reader),
        # SECURITY DEFINER functions run as the owner: nobody calls them who was not asked.
        sql.SQL("revoke all on all functions in schema registry, work, ingest from public, {}, {}").format(
            worker, reader
        ),
        sql.SQL("grant usage on schema registry, work, ingest, catalog, catalog_part, quality to {}").format(worker),
        sql.SQL("grant select on all tables in {} to {}").format(ours, worker),
        sql.SQL("grant usage on schema registry to {}").format(reader),  # for its functions; its tables stay closed
        sql.SQL("grant select on all tables in schema public to {}").format(reader),
    ]
    for privilege, tables in TABLES_OF_A_WORKER.items():
        statements += [_granted(privilege, "table", table, worker) for table in tables]
    statements += [_granted("execute", "function", function, worker) for function in FUNCTIONS_OF_A_WORKER]
    statements += [
        _granted("execute", "function", name, role) for name in FUNCTIONS_OF_A_READER for role in (worker, reader)
    ]
    with owner.transaction():
        for statement in statements:
            owner.execute(statement)


def _closed(connection: Connection[Any]) -> sql.Composed:
    """Give the statement that leaves nobody anything in a database but what is granted by name."""
    database = sql.Identifier(connection.info.dbname)
    return sql.SQL("revoke create, temporary on database {} from public").format(database)


def _granted(privilege: str, kind: str, name: str, to: sql.Composable) -> sql.Composed:
    """Give the statement that grants something on a table or function."""
    words = sql.SQL("grant {} on {} {} to {}")
    return words.format(sql.SQL(privilege), sql.SQL(kind), sql.Identifier(*name.split(".")), to)
