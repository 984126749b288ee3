"""Registered files: the only ones that leave the store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from queries.errors import UnknownDataset
from queries.web.desk import Desk
from queries.web.pixels import Contents, contents
from schema.store import Store

FITS = (".fits", ".fit", ".fz", ".bz2", ".gz")


@dataclass(frozen=True)
class Held:
    """A file of the store that holds a dataset; `part` names its HDU there, if it is one."""

    dataset_id: int
    path: Path
    part: str
    name: str  # for people

    @property
    def contents(self) -> Contents:
        """What is in it; nothing that can be drawn if it is no FITS file."""
        return contents(self.path, self.part) if self.path.suffix in FITS else Contents(None)


def held(desk: Desk, dataset: int) -> Held:
    """Give the file of a dataset.

    Raises
    ------
    UnknownDataset
        Raised if there is no such dataset, or no file of it is left.
    StoreBroken
        Raised if the file is missing from the store.
    """
    rows = desk.ask("dataset_file", dataset=dataset).rows
    if not rows:
        raise UnknownDataset(dataset, "is not in this ledger")
    return locate(desk, rows[0])


def locate(desk: Desk, row: dict[str, Any]) -> Held:
    """Give the file of a row that has the columns of the view `dataset`."""
    if row["path"] is None:
        raise UnknownDataset(row["dataset_id"], "has no file left in the store")
    path = Store(desk.using.store_root).locate(row["path"])
    suffix = "".join(path.suffixes)
    name = row["file_name"] or f"{row['dataset_type']}-{row['dataset_id']}{suffix}"
    return Held(row["dataset_id"], path, row["part"] or "", name)
