"""What can be wrong with a campaign, one sentence each."""

from collections.abc import Sequence
from pathlib import Path

from schema.errors import SkyledgerError


class BadCampaign(SkyledgerError):
    """A definition of a campaign that cannot be used."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"campaign {name}: {problem}")


class UnknownCampaign(SkyledgerError):
    """A campaign that nobody created."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        there = f"there are {', '.join(known)}" if known else "there is none yet"
        super().__init__(f"there is no campaign {name!r}: {there}; `skyledger campaign create FILE` makes one")


class NoTurn(SkyledgerError):
    """A turn that is not there, or has not ended."""

    def __init__(self, campaign: str, problem: str) -> None:
        self.campaign, self.problem = campaign, problem
        super().__init__(f"campaign {campaign} {problem}")


class NoLock(SkyledgerError):
    """A lock whose file cannot be opened."""

    def __init__(self, campaign: str, path: Path, problem: str) -> None:
        self.campaign, self.path, self.problem = campaign, path, problem
        super().__init__(
            f"campaign {campaign}: its lock {path} cannot be opened ({problem}): work as the user whose file it is, or "
            "let SKYLEDGER_HOME name a folder of your own"
        )


class NoReason(SkyledgerError):
    """A verdict of a person's that does not say why."""

    def __init__(self, campaign: str, turn: int) -> None:
        self.campaign, self.turn = campaign, turn
        super().__init__(f"campaign {campaign}, turn {turn}: say with --reason in one sentence why you find that")
