"""Datasets and parts of them, from their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from queries.errors import BadPart, UnknownDataset
from queries.readonly import Limits, answer
from schema.settings import Settings
from schema.store import Store

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    from astropy.io import fits

    from queries.get_image import Box

FIND = "select path, coalesce(part, '') from dataset where dataset_id = $1::int8 or uid = $2::uuid"
Reference = int | str | UUID | Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """What is wanted of a dataset; nothing of it: the whole."""

    columns: Sequence[str] | None = None
    rows: tuple[int, int] | None = None  # from, and up to but without
    where: "pc.Expression | None" = None
    box: "Box | None" = None

    @property
    def of_table(self) -> bool:
        """Whether it is a part that only tables have."""
        return any(one is not None for one in (self.columns, self.rows, self.where))


def find_file(dataset: Reference, using: Settings, limits: Limits) -> tuple[Path, str]:
    """Give the file of a dataset, and the HDU within it that is meant (empty: all of it).

    Parameters
    ----------
    dataset
        Key, uid, or a row that has a `uid`, such as one of an answer.

    Raises
    ------
    UnknownDataset
        Raised if there is none, or no file of it is left.
    """
    named = dataset["uid"] if isinstance(dataset, Mapping) else dataset
    try:
        key = (int(named), None) if isinstance(named, int) or str(named).isdigit() else (None, UUID(str(named)))
    except ValueError as error:
        raise UnknownDataset(named, "has no such uid") from error
    rows = answer(FIND, key, using, limits).rows
    if not rows:
        raise UnknownDataset(named, "is not in this ledger")
    path, part = rows[0]
    if path is None:
        raise UnknownDataset(named, "has no file left in the store")
    return Store(using.store_root).locate(path), part


def read_part(path: Path, hdu: str, part: Part) -> "pa.Table | fits.HDUList | Path":
    """Give a table, a part of one, a box of an image, or the path of what is not a table.

    Raises
    ------
    BadPart
        Raised if a dataset of that kind has no such part.
    """
    if path.suffix == ".parquet":
        if part.box is not None:
            raise BadPart(path.name, "it is a table: it has columns and rows, and no box")
        from queries.get_table import read_table

        return read_table(path, part.columns, part.rows, part.where)
    if part.of_table:
        raise BadPart(path.name, "it is no table of ours: it has no columns and rows")
    if part.box is None:
        return path
    from queries.get_image import cut

    try:
        return cut(path, hdu, part.box)
    except OSError as error:
        raise BadPart(path.name, f"it is no FITS file that can be read ({' '.join(str(error).split())})") from error
