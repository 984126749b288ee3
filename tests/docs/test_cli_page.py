"""The reference of the command line: every command, the same on every machine."""

import re

import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from docs.cli_page import cli_page, helps
from skyledger import app


def test_every_command_has_its_help() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    wanted = {"skyledger", *(f"skyledger {name}" for name in root.commands)}
    wanted |= {
        f"skyledger {name} {inner}"
        for name, group in root.commands.items()
        if isinstance(group, TyperGroup)
        for inner in group.commands
    }
    assert {name for name, _ in helps()} == wanted
    assert "skyledger server stop" in wanted


def test_a_help_names_its_options_arguments_and_examples() -> None:
    told = dict(helps())["skyledger run"]
    assert told.startswith("Usage: skyledger run [OPTIONS]")
    for part in ("--where", "--workers", "-h, --help", "Example: skyledger run single_frame --workers 2"):
        assert part in told


def test_every_command_shows_an_example() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    groups = {
        "skyledger",
        *(f"skyledger {name}" for name, inner in root.commands.items() if isinstance(inner, TyperGroup)),
    }
    # An example may set a variable first.
    silent = [
        name for name, told in helps() if name not in groups and not re.search(rf"Example: (\w+=\S+ )?{name}\b", told)
    ]
    assert silent == []


def test_the_shell_completes_names() -> None:
    def completed(line: str) -> list[str]:
        variables = {
            "_SKYLEDGER_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split()) - 1),
        }
        return CliRunner().invoke(app, [], prog_name="skyledger", env=variables).output.split()

    assert completed("skyledger can") == ["cancel"]
    assert completed("skyledger query light") == ["light_curve"]
    assert "single_frame" in completed("skyledger run single")


def test_the_number_of_cores_of_this_machine_is_not_in_it() -> None:
    assert dict(helps())["skyledger work"].count("[default: (number of cores)") == 1


def test_the_real_help_of_a_command_holds_the_same_options() -> None:
    told = CliRunner().invoke(app, ["retry", "--help"]).output
    options = set(re.findall(r"--[a-z-]+", dict(helps())["skyledger retry"]))
    assert options == {"--run", "--dry-run", "--help"}
    assert options <= set(re.findall(r"--[a-z-]+", told))


def test_lines_are_short_enough_to_read() -> None:
    assert max(map(len, cli_page().splitlines())) <= 120
