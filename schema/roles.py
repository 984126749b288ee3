"""Roles: who may do what; made by `init`, because roles belong to the whole server."""

from typing import Any

from psycopg import Connection, sql

from schema.settings import Settings

TABLES_OF_A_WORKER = {
    # The one transaction of a work unit inserts into these, and into nothing else.
    "insert": (
        "registry.software", "registry.dataset", "registry.artifact", "registry.member", "registry.quantum_input",
        "registry.action", "registry.nondeterminism", "quality.metric", "quality.measurement", "work.worker",
    ),
    "update": ("work.worker",),
}  # fmt: skip


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


def grant(owner: Connection[Any], roles: dict[str, str]) -> None:
    """Give worker and reader exactly what they need; run again after each migration."""
    worker, reader = sql.Identifier(roles["worker"]), sql.Identifier(roles["reader"])
    database = sql.Identifier(owner.info.dbname)
    statements = [
        sql.SQL("revoke create, temporary on database {} from public").format(database),
        # SECURITY DEFINER functions run as the owner: nobody calls them who was not asked.
        sql.SQL("revoke execute on all functions in schema registry, work, ingest from public"),
        sql.SQL("grant execute on all functions in schema registry, work, ingest to {}").format(worker),
        sql.SQL("grant usage on schema registry, work, ingest, catalog, catalog_part, quality to {}").format(worker),
        sql.SQL("grant select on all tables in schema registry, work, ingest, catalog, quality, public to {}").format(
            worker
        ),
        sql.SQL("grant select on all tables in schema public to {}").format(reader),
    ]
    for privilege, tables in TABLES_OF_A_WORKER.items():
        for table in tables:
            statements.append(
                sql.SQL("grant {} on {} to {}").format(sql.SQL(privilege), sql.Identifier(*table.split(".")), worker)
            )
    for statement in statements:
        owner.execute(statement)
