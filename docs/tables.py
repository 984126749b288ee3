"""Tables in words: columns, keys, indexes."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from docs.markdown import table as markdown_table
from schema.build import DIALECT

ORDER = sa.PrimaryKeyConstraint, sa.UniqueConstraint, sa.ForeignKeyConstraint, sa.CheckConstraint, ExcludeConstraint


def columns(table: sa.Table) -> str:
    """Give a Markdown table of the columns."""
    rows = ((f"`{column.name}`", _type(column), _null(column), column.comment or "") for column in table.columns)
    return markdown_table(["Column", "Type", "Null", "Meaning"], rows)


def rules(table: sa.Table) -> str:
    """Give keys, checks and indexes as a list, the primary key first."""
    constraints = sorted(table.constraints, key=lambda found: (_rank(found), sorted(_names(found))))
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    sentences = [*filter(None, map(_constraint, constraints)), *map(_index, indexes)]
    return "".join(f"- {sentence}\n" for sentence in sentences)


def _type(column: sa.Column[Any]) -> str:
    text = column.type.compile(dialect=DIALECT).lower()
    return f"{text}, identity" if column.identity is not None else text


def _null(column: sa.Column[Any]) -> str:
    return "yes" if column.nullable else "no"


def _rank(constraint: sa.Constraint) -> int:
    return next(number for number, kind in enumerate(ORDER) if isinstance(constraint, kind))


def _names(constraint: sa.Constraint) -> Iterator[str]:
    yield from (column.name for column in getattr(constraint, "columns", ()))
    yield str(constraint.name)


def _constraint(constraint: sa.Constraint) -> str | None:
    """Say a constraint in words; None for a primary key without columns, which SQLAlchemy gives every table."""
    match constraint:
        case sa.PrimaryKeyConstraint():
            return f"Primary key: {_listed(constraint.columns)}." if len(constraint.columns) else None
        case sa.UniqueConstraint():
            return f"Unique: {_listed(constraint.columns)}."
        case sa.ForeignKeyConstraint():
            return f"{_listed(constraint.columns)} → {_target(constraint)}."
        case sa.CheckConstraint():
            return f"Check: `{_sql(constraint.sqltext)}`."
        case ExcludeConstraint():
            return f"No two rows: `{_excluded(constraint)}`."
    raise TypeError(f"no words for {constraint!r}")


def _target(constraint: sa.ForeignKeyConstraint) -> str:
    keys = [element.column for element in constraint.elements]
    return f"`{keys[0].table.fullname}` ({', '.join(key.name for key in keys)})"


def _excluded(constraint: ExcludeConstraint) -> str:
    sql = str(sa.schema.AddConstraint(constraint, isolate_from_table=False).compile(dialect=DIALECT))
    return sql[sql.index("EXCLUDE") :]


def _index(index: sa.Index) -> str:
    """Say an index in words."""
    options = index.dialect_options["postgresql"]
    method = f" ({options['using']})" if options["using"] else ""
    keys = ", ".join(f"`{_sql(expression)}`" for expression in index.expressions)
    carried = ", ".join(f"`{name}`" for name in options["include"] or ())
    return "".join(
        [
            "Unique index" if index.unique else "Index",
            f" on {keys}{method}",
            f", carrying {carried}" if carried else "",
            f", where `{_sql(options['where'])}`" if options["where"] is not None else "",
            ".",
        ]
    )


def _listed(found: Any) -> str:
    return ", ".join(f"`{column.name}`" for column in found)


def _sql(expression: Any) -> str:
    """Give an expression as SQL, without the name of its table."""
    options = {"literal_binds": True, "include_table": False}
    return str(expression.compile(dialect=DIALECT, compile_kwargs=options))
