"""The whole schema as SQL, from the definitions."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.schema import (
    CreateIndex,
    CreateSequence,
    CreateTable,
    ExecutableDDLElement,
    SetColumnComment,
    SetTableComment,
)

from schema.base import SCHEMAS, metadata
from schema.catalog.definition import FOLDER, names
from schema.views import catalog_view

HERE = Path(__file__).parent
DIALECT = dialect()  # type: ignore[no-untyped-call]
FUNCTIONS = (
    "guard",
    "low_water",
    "ready",
    "claim",
    "settle",
    "register",
    "resolve",
    "reap",
    "retry",
    "cancel",
    "pause",
    "retention",
    "lineage",
    "load",
    "merge",
    "retire",
    "snapshots",
    "collections",
)
VIEWS = (
    "instrument",
    "exposure",
    "dataset",
    "header_correction",
    "run",
    "run_pace",
    "work_unit",
    "execution",
    "execution_log",
    "unit_input",
    "measurement",
    "specification",
    "verdict",
    "lineage",
    "mark",
    "taint",
    "reproduction",
    "nondeterminism",
    "member",
    "queue_depth",
    "throughput",
    "latency",
    "failure_class",
    "table_size",
    "worker",
    "oldest_snapshot",
    "load",
    "file_statistics",
    "campaign",
    "campaign_turn",
    "campaign_exclusion",
    "campaign_verdict",
    "patch",
    "visit_patch",
    "expected_image",
    "load_file",
    "recipe",
    "collection",
    "chain",
    "tenure",
    "saved_query",
    "footprint",
    "coverage",
    "metric",
    "dataset_metric",
    "dataset_type",
    "configuration",
    "task_version",
)


def import_tables() -> None:
    """Import every table module, so that the metadata is whole."""
    for folder in ("registry", "work", "ingest", "quality"):
        for path in sorted((HERE / folder).glob("[a-z]*.py")):
            import_module(f"schema.{folder}.{path.stem}")
    import_module("schema.catalog.tables")


def statements() -> Iterator[str]:
    """Give every statement that makes an empty ledger, in order; definitions of catalogs are checked before."""
    from schema.catalog.vocabulary import validate  # Felis takes a second: who only asks for the tables goes without

    for name in names():
        validate(FOLDER / f"{name}.yaml")
    for name, comment in SCHEMAS.items():
        yield f"create schema {name}"
        yield f"comment on schema {name} is '{comment}'"
    yield from _tables()
    for name in FUNCTIONS:
        yield (HERE / "functions" / f"{name}.sql").read_text().strip()
    for name in VIEWS:
        yield (HERE / "views" / f"{name}.sql").read_text().strip()
    for name in names():
        yield catalog_view(name)


def script() -> str:
    """Give the same as one script, for a migration to freeze."""
    return "".join(f"{statement.rstrip().rstrip(';')};\n\n" for statement in statements())


def _tables() -> Iterator[str]:
    """Give the statements for the tables, their indexes and comments, in an order that never changes."""
    import_tables()
    yield from (_text(CreateSequence(metadata._sequences[name])) for name in sorted(metadata._sequences))
    for table in metadata.sorted_tables:
        yield _text(CreateTable(table))
        yield from (_text(CreateIndex(index)) for index in sorted(table.indexes, key=lambda index: str(index.name)))
        yield _text(SetTableComment(table))
        yield from (_text(SetColumnComment(column)) for column in table.columns)
        if "rows" in table.info:  # before any table that refers to them
            yield table.info["rows"]


def _text(statement: ExecutableDDLElement) -> str:
    """Write a statement for PostgreSQL, without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in str(statement.compile(dialect=DIALECT)).strip().splitlines())


if __name__ == "__main__":
    print(script(), end="")
