"""The reference of the command line, from the commands themselves."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from docs.markdown import page
from skyledger import app

WIDTH = 110
CORES = "number of cores"  # a number would be that of the machine which made the page

INTRODUCTION = """
When something is wrong that you can mend, a command says so in one line on standard error and ends with exit code 1; a
command that was called wrongly ends with exit code 2. Answers go to standard output, so `--output json` and
`--output csv` can be piped.
"""


def cli_page() -> str:
    """Give the page."""
    sections = (f"## {name}\n\n```text\n{text}\n```" for name, text in helps())
    return page("Command line", "the commands' `--help`", INTRODUCTION, *sections)


def helps() -> Iterator[tuple[str, str]]:
    """Give the full name of every command with its help, groups before what is in them."""
    root = typer.main.get_command(app)
    yield from _helps(root, _context(root, "skyledger", terminal_width=WIDTH, max_content_width=WIDTH))


def _helps(command: Any, context: typer.Context) -> Iterator[tuple[str, str]]:
    """Walk the tree; plain text, because Rich would draw boxes as wide as the terminal."""
    command.rich_markup_mode = None
    for parameter in command.params:
        if parameter.name == "workers":
            parameter.show_default = CORES
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield context.command_path, text
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _helps(inner, _context(inner, name, parent=context))


def _context(command: Any, name: str, **options: Any) -> typer.Context:
    return typer.Context(command, info_name=name, **command.context_settings, **options)
