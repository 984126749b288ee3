"""Verbs of reading: sql, query."""

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from queries.errors import WrongCall
from queries.named import bind, named, names
from queries.readonly import Answer, Limits, answer_named, answer_user
from schema.output import Format, show
from schema.settings import settings

Seconds = Annotated[float, typer.Option(min=0.1, help="Seconds after which the statement is cancelled.")]
Rows = Annotated[int, typer.Option(min=1, help="Rows that are given at most.")]
DEFAULT = Limits()


def sql(
    statement: Annotated[str, typer.Argument(help="One SQL statement on the views; - reads it from standard input.")],
    output: Format = Format.table,
    time_limit: Seconds = DEFAULT.seconds,
    row_limit: Rows = DEFAULT.rows,
) -> None:
    """Answer one SQL statement. It can only read, and only the views.

    Example: skyledger sql "select band, count(*) from source group by band" --output csv
    """
    # Bytes that are no text stay in it as surrogates, as they do in arguments, and are refused with the statement.
    text = sys.stdin.buffer.read().decode(errors="surrogateescape") if statement == "-" else statement
    _give(answer_user(text, settings(), Limits(time_limit, row_limit)), output)


def _complete(incomplete: str) -> list[str]:
    """Give the queries whose names begin so, to the shell."""
    return [name for name in names() if name.startswith(incomplete)]


def query(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Name of the query.", show_default=False, autocompletion=_complete)
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the queries and what they take.")] = False,
    output: Format = Format.table,
    time_limit: Seconds = DEFAULT.seconds,
    row_limit: Rows = DEFAULT.rows,
) -> None:
    """Answer a named query; its parameters are options.

    Example: skyledger query light_curve --ra 186.7440 --dec 25.4620 --radius 2

    Example: skyledger query run_summary --output json

    Example: skyledger query --list
    """
    if listing or name is None:
        show(["query", "answers", "parameters"], list(_listing()), output, whole=True)
        return
    try:
        asked = named(name)
        values = bind(asked, dict(_options(context.args)))
    except WrongCall as error:
        typer.echo(f"skyledger: {error}", err=True)
        raise typer.Exit(2) from error
    _give(answer_named(asked, values, settings(), Limits(time_limit, row_limit)), output)


def _listing() -> Iterator[tuple[str, str, str]]:
    for name in names():
        found = named(name)
        yield name, found.sentence, " ".join(parameter.usage for parameter in found.parameters)


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Read `--name value` and `--name=value`."""
    rest = iter(words)
    for word in rest:
        option, equals, text = word.partition("=")
        if not option.startswith("--"):
            raise WrongCall(f"{word!r} is no parameter: write --name value")
        value = text if equals else next(rest, None)
        if value is None:
            raise WrongCall(f"{option} needs a value: write {option} value")
        yield option[2:].replace("-", "_"), value


def _give(found: Answer, output: Format) -> None:
    """Write an answer; what is missing is said beside it, so that the output stays what it claims to be."""
    show(found.names, found.rows, output)
    if found.note:
        typer.echo(found.note, err=True)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.command()(sql)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(query)
