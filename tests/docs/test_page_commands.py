"""Command lines on the pages: command, options and parameters exist."""

import re
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from docs.reading import commands, mentions, pages
from queries.named import bind, named
from skyledger import app

PAGES = pages()


def parse(words: list[str]) -> Any:
    """Parse a command line as the program would, without running it; give its context."""
    command: Any = typer.main.get_command(app)
    context: typer.Context | None = None
    place = 0
    while isinstance(command, TyperGroup) and place + 1 < len(words) and not words[place + 1].startswith("-"):
        context = typer.Context(command, info_name=words[place], parent=context)
        place += 1
        command = command.get_command(context, words[place])
        assert command is not None, f"{' '.join(words)}: there is no command {words[place]!r}"
    if isinstance(command, TyperGroup):
        return typer.Context(command)
    return command.make_context(words[place], words[place + 1 :], parent=context)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_line_can_be_parsed(page: str) -> None:
    for words in commands(PAGES[page]):
        context = parse(words)
        if words[1:2] == ["query"] and context.params["name"]:
            given = dict(zip(context.args[::2], context.args[1::2], strict=True))
            query = named(context.params["name"])
            bind(query, {name.removeprefix("--"): value for name, value in given.items()})


@pytest.mark.parametrize("page", PAGES)
def test_every_command_between_backticks_exists(page: str) -> None:
    for words in mentions(PAGES[page]):
        try:
            parse(words)
        except typer.BadParameter as error:
            # What is only mentioned need not be whole.
            if not str(error).startswith("Missing parameter"):
                raise


def test_the_pages_show_commands_at_all() -> None:
    shown = [words for text in PAGES.values() for words in commands(text)]
    assert len(shown) > 30
    assert ["skyledger", "retry", "17", "18"] in shown
    assert ["skyledger", "logs", "1"] in list(mentions(PAGES["docs/operators.md"]))
    assert ["skyledger", "sql", "-", "--output", "csv"] in shown


@pytest.mark.parametrize(
    "line", ["skyledger run single_frame --wrokers 2", "skyledger server pause", "skyledger work --workers many"]
)
def test_a_wrong_command_line_is_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"No such option|no command|valid integer"):
        parse(next(commands(f"```sh\n{line}\n```\n")))


def test_verbs_that_are_said_to_be_missing_are_missing() -> None:
    found = re.search(r"- Verbs: (.*?)\.", PAGES["docs/architecture.md"], re.DOTALL)
    assert found
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    assert root.commands.keys() & set(found[1].replace("\n ", "").split(", ")) == set()
