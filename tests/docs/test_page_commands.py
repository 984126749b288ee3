"""Command lines on the pages: command, options and parameters exist."""

import pytest
import typer
from typer.core import TyperGroup

from docs.reading import commands, pages
from queries.cli import _options
from queries.named import bind, named
from skyledger import app


def parse(words: list[str]) -> typer.Context:
    """Parse a command line as the program would, without running it."""
    command, rest = typer.main.get_command(app), words
    context = None
    while isinstance(command, TyperGroup) and len(rest) > 1:
        name, *rest = rest
        context = typer.Context(command, info_name=name, parent=context)
        found = command.get_command(context, rest[0])
        assert found is not None, f"{' '.join(words)}: there is no command {rest[0]!r}"
        command = found
    return command.make_context(rest[0], rest[1:], parent=context)  # type: ignore[return-value]
