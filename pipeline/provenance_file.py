"""Provenance in files: who made a dataset of what, for those who have the file and no ledger.

It stands beside the content and never counts as content: two results that are equal are equal, whoever made them. Where
a file with the same content is there already, that one is kept, with the provenance of the first result; the ledger has
the provenance of both.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schema.canonical import output_uid
from schema.image_digest import PROVENANCE

if TYPE_CHECKING:
    from astropy.io import fits

KEY = b"skyledger"  # of the metadata of a Parquet file


@dataclass(frozen=True)
class Relative:
    """A dataset that another one was made of."""

    relation: str  # parent: read by the task; origin: a file from outside; ancestor: its own origins are not said here
    role: str  # name of the input in the task, empty for origins
    dataset_type: str
    uid: str
    data_id: str  # JSON


@dataclass(frozen=True)
class Provenance:
    """Where an output comes from; digests and hashes are hexadecimal."""

    uid: str
    task: str
    code: str
    config: str
    quantum: str  # the provenance hash
    relatives: tuple[Relative, ...]

    def facts(self) -> dict[str, str]:
        """Give what is said once."""
        return {"uid": self.uid, "task": self.task, "code": self.code, "config": self.config, "quantum": self.quantum}


def of_output(provenance: Provenance, output: str) -> Provenance:
    """Give the provenance of one output."""
    return replace(provenance, uid=str(output_uid(bytes.fromhex(provenance.quantum), output)))


def into_table(table: pa.Table, provenance: Provenance) -> pa.Table:
    """Give a table with its provenance in the metadata of the file."""
    said = {**provenance.facts(), "relatives": [vars(relative) for relative in provenance.relatives]}
    text = json.dumps(said, sort_keys=True).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: text})


def without(table: pa.Table) -> pa.Table:
    """Give a table as a task may see it: what it could read of its inputs' history would be an input."""
    kept = {key: value for key, value in (table.schema.metadata or {}).items() if key != KEY}
    return table.replace_schema_metadata(kept or None)


def into_image(path: Path, provenance: Provenance) -> None:
    """Append the provenance to an image file, as a table of relatives; the header says the rest."""
    from astropy.io import fits

    columns = [
        _text_column(name, [getattr(relative, name) for relative in provenance.relatives])
        for name in ("relation", "role", "dataset_type", "uid", "data_id")
    ]
    table = fits.BinTableHDU.from_columns(columns, name=PROVENANCE)
    for name, value in provenance.facts().items():
        table.header[name.upper()[:8]] = value
    with fits.open(path, mode="append") as hdus:
        hdus.append(table)


def read_provenance(path: Path) -> dict[str, Any]:
    """Read what `into_table` or `into_image` wrote: facts, and a list of relatives under `relatives`.

    Raises
    ------
    KeyError
        Raised if the file says nothing of its provenance.
    """
    if path.suffix == ".parquet":
        found: dict[str, Any] = json.loads(pq.read_schema(path).metadata[KEY])
        return found
    from astropy.io import fits

    with fits.open(path) as hdus:
        table = hdus[PROVENANCE]
        facts = {name: table.header[name.upper()[:8]] for name in Provenance("", "", "", "", "", ()).facts()}
        names = table.columns.names
        relatives = [{name.lower(): str(row[name]) for name in names} for row in table.data]
    return facts | {"relatives": relatives}


def _text_column(name: str, values: list[str]) -> "fits.Column":
    """Give a column of texts; FITS has room for one character at least."""
    from astropy.io import fits

    width = max([1, *(len(value.encode()) for value in values)])
    return fits.Column(name=name.upper(), format=f"{width}A", array=np.array(values, dtype=f"S{width}"))
