"""The whole schema as SQL, from the definitions."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from sqlalchemy import create_mock_engine
from sqlalchemy.schema import ExecutableDDLElement

from schema.base import SCHEMAS, metadata
from schema.catalog.definition import names
from schema.views import catalog_view

HERE = Path(__file__).parent
FUNCTIONS = ("guard", "ready", "claim", "settle", "resolve", "reap", "retry", "lineage", "load")
VIEWS = ("instrument", "exposure", "dataset", "run", "work_unit", "execution", "measurement", "lineage", "member")


def import_tables() -> None:
    """Import every table module, so that the metadata is whole."""
    for folder in ("registry", "work", "ingest", "quality"):
        for path in sorted((HERE / folder).glob("[a-z]*.py")):
            import_module(f"schema.{folder}.{path.stem}")
    import_module("schema.catalog.tables")


def statements() -> Iterator[str]:
    """Give every statement that makes an empty ledger, in order."""
    for name, comment in SCHEMAS.items():
        yield f"create schema {name}"
        yield f"comment on schema {name} is '{comment}'"
    yield from _tables()
    yield "insert into work.resolver default values"
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
    """Give the statements for the tables, their indexes and comments."""
    import_tables()
    collected: list[str] = []

    def collect(ddl: ExecutableDDLElement, *_: object, **__: object) -> None:
        collected.append(
            "\n".join(line.rstrip() for line in str(ddl.compile(dialect=engine.dialect)).strip().splitlines())
        )

    engine = create_mock_engine("postgresql+psycopg://", collect)
    metadata.create_all(engine, checkfirst=False)
    yield from collected


if __name__ == "__main__":
    print(script(), end="")
