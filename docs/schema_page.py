"""The reference of the schema, from the definitions; no database is asked."""

from collections.abc import Iterator

from sqlalchemy import Table

from docs.markdown import page, table
from docs.routines import Function, functions, view
from docs.tables import columns, rules
from schema.base import SCHEMAS, metadata
from schema.build import FUNCTIONS, HERE, VIEWS, import_tables
from schema.catalog.definition import definition, names
from schema.catalog.markdown import reference
from schema.roles import FUNCTIONS_OF_A_WORKER, TABLES_OF_A_WORKER
from schema.views import catalog_view

INTRODUCTION = """
Readers see the views of the schema `public`, and nothing else; they are the contract for users. Everything else may
change with a migration. A worker may read every table; into which it may insert and which functions it may call is said
with each. An arrow is a foreign key. Names are lower case in SQL.
"""


def schema_page() -> str:
    """Give the page."""
    import_tables()
    source = "the definitions in `schema/`: tables, functions, views and catalogs"
    routines = [found for name in FUNCTIONS for found in functions((HERE / "functions" / f"{name}.sql").read_text())]
    sections = (part for name, comment in SCHEMAS.items() for part in _schema(name, comment, routines))
    return page("Schema reference", source, INTRODUCTION, _contents(), *_public(), *sections)


def _contents() -> str:
    """List the schemas with links."""
    listed = {"public": "The views.", **SCHEMAS}
    return "".join(f"- [`{name}`](#{name}): {comment}\n" for name, comment in listed.items())


def _public() -> Iterator[str]:
    """Describe the views; those of the catalogs have the columns of their tables."""
    yield "## public"
    for name in VIEWS:
        found = view((HERE / "views" / f"{name}.sql").read_text())
        rows = ((f"`{column}`", comment) for column, comment in found.columns.items())
        yield f"### {found.name}\n\n{found.comment}\n\n{table(['Column', 'Meaning'], rows)}"
    for name in names():
        found = view(catalog_view(name))
        columns_of = f"The columns are those of [`catalog.{name}`](#catalog{name}), without `load_id`."
        yield f"### {found.name}\n\n{found.comment}\n\n{columns_of}"


def _schema(name: str, comment: str, routines: list[Function]) -> Iterator[str]:
    """Describe tables and functions of a schema."""
    yield f"## {name}\n\n{comment}"
    for found in sorted(metadata.tables.values(), key=lambda table: table.fullname):
        if found.schema == name:
            yield _table(found)
    mine = [routine for routine in routines if routine.name.startswith(f"{name}.")]
    if mine:
        yield f"### Functions of {name}\n\n{table(['Function', 'What it does', 'Worker'], map(_function, mine))}"


def _table(found: Table) -> str:
    """Describe a table."""
    rights = [right for right, tables in TABLES_OF_A_WORKER.items() if found.fullname in tables]
    marked = f"Workers may {' and '.join(rights)}." if rights else ""
    described = reference(definition(found.name)) if found.schema == "catalog" else columns(found)
    parted = "One partition per load." if found.dialect_options["postgresql"]["partition_by"] else ""
    parts = [f"### {found.fullname}", " ".join(filter(None, [found.comment, marked, parted])), described, rules(found)]
    return "\n\n".join(part.strip("\n") for part in parts)


def _function(found: Function) -> tuple[str, str, str]:
    rights = "may call" if found.name in FUNCTIONS_OF_A_WORKER else ""
    definer = " Runs as the owner." if found.definer else ""
    return f"`{found.name}{found.signature}`", found.comment + definer, rights
