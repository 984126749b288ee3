"""What became of each file of a batch."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ingest.errors import NothingToIngest
from schema.errors import SkyledgerError

Outcome = Literal["new", "known", "other content", "converted again", "refused"]
SUFFIXES = (".fits", ".fit", ".fz", ".gz", ".bz2")


class NotAFile(SkyledgerError):
    """A device, pipe or socket among the paths; reading it would never end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is no regular file: give files, or folders with files")


@dataclass
class Report:
    """Outcomes by file, and the sentences that people should read."""

    outcomes: dict[Path, Outcome] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """Number of files that did not come in."""
        return sum(outcome == "refused" for outcome in self.outcomes.values())

    def refuse(self, path: Path, sentence: str) -> None:
        """Note a file that stays out, and why."""
        self.outcomes[path] = "refused"
        self.sentences.append(sentence)

    def accept(self, path: Path, new: bool, replaces: bool) -> None:
        """Note a file that is registered, now or before."""
        self.outcomes[path] = "other content" if replaces else "new" if new else "known"
        if replaces:
            self.sentences.append(
                f"{path.name}: the same image came before with other bytes; this is a new dataset and takes its place"
            )

    def counts(self) -> dict[str, int]:
        """Give the number of files by outcome."""
        return dict(Counter(self.outcomes.values()))


def files_in(paths: list[Path], suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """Give the files that paths name: files as they are, folders with all the files of some suffixes below them.

    Raises
    ------
    NothingToIngest
        Raised if there is none.
    NotAFile
        Raised if one is there and is not a regular file.
    """
    found: list[Path] = []
    for path in paths:
        found += _below(path, suffixes) if path.is_dir() else [path]
    for path in found:
        if path.exists() and not path.is_file():
            raise NotAFile(path)
    if not found:
        raise NothingToIngest(paths, suffixes)
    return list(dict.fromkeys(found))


def _below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Give what has one of the suffixes below a folder; a folder of such a name is only looked into."""
    return sorted(file for file in folder.rglob("*") if file.suffix in suffixes and not file.is_dir())
