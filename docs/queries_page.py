"""The list of named queries, from the headers of their files."""

from docs.markdown import page, table
from queries.named import Parameter, named, names


def queries_page() -> str:
    """Give the page."""
    return page("Named queries", "the headers of `queries/sql/`", *map(_section, names()))


def _section(name: str) -> str:
    query = named(name)
    rows = ((f"`{found.name}`", found.type, _default(found), found.sentence) for found in query.parameters)
    parameters = table(["Parameter", "Type", "Default", "Meaning"], rows) if query.parameters else "It takes nothing."
    return f"## {name}\n\n{query.sentence}\n\n{parameters}"


def _default(parameter: Parameter) -> str:
    """Say what holds when it is not given; `null` stands for none."""
    return {None: "must be given", "null": ""}.get(parameter.default, parameter.default or "")
