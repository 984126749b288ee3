"""Views: the contract for users; one file each, those of the catalogs made from their definitions."""

from schema.catalog.definition import LOAD, definition, sql_comment, sql_name

# Rows of a chunk that a newer one replaced stay in the table, but nobody wants to match against both.
CURRENT = dict.fromkeys(
    ("reference_star", "truth_object", "truth_source", "truth_detector", "truth_crosstalk"),
    " where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity')",
)


def catalog_view(name: str) -> str:
    """Give the SQL of the view on a catalog table: every column, with its comment."""
    catalog = definition(name)
    ledger = {
        "dataset_id": "Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.",
    }
    # Last: it is for those who write SQL for speed, and who merges loads changes it.
    partition = (
        {"load_id": "Load that the row is in, until loads are merged: see the view load."}
        if LOAD in catalog.ledger
        else {}
    )
    columns = [*ledger, *(sql_name(column) for column in catalog.columns), *partition]
    texts = [*ledger.values(), *(sql_comment(column) for column in catalog.columns), *partition.values()]
    lines = [
        f"create view public.{name} as select {', '.join(columns)} from catalog.{name} t{CURRENT.get(name, '')};",  # noqa: S608
        f"comment on view public.{name} is {_quoted(catalog.description)};",
    ]
    lines += [
        f"comment on column public.{name}.{column} is {_quoted(text)};"
        for column, text in zip(columns, texts, strict=True)
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
