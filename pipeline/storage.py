"""Storage classes: how objects become files, and what their content is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.provenance_file import Provenance, into_image, into_table, of_output, without
from pipeline.task import Output
from schema.arrow_digest import digest as table_digest
from schema.catalog.check import check
from schema.catalog.definition import definition
from schema.image_digest import image_digest
from schema.store import Stored


@dataclass(frozen=True)
class File:
    """A file from outside, as a task gets it."""

    path: Path
    part: str  # HDU; empty for the whole file
    name: str  # as it came
    # What was changed of its header when it came, as in registry.origin; None: whatever is known to be wrong now.
    correction: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Written:
    """A staged output; `stored` is the file that holds the same content already, if there is one."""

    path: Path
    content_digest: bytes
    n_rows: int | None
    stored: Stored | None = None


def read(storage: str, path: Path, part: str, name: str, correction: Sequence[Mapping[str, Any]] | None = None) -> Any:
    """Read an object from the store.

    Parameters
    ----------
    part, name, correction
        HDU within the file, the file's own name and what was changed of its header, where it came from outside; empty
        otherwise.
    """
    match storage:
        case "file":
            return File(path, part, name, correction)
        case "image":
            from pipeline.image import read_image  # astropy takes a third of a second, and many tasks read tables only

            return read_image(path)
        case "table":
            return without(pq.read_table(path))
    raise ValueError(f"no storage class {storage!r}")


def write(output: Output, value: Any, folder: Path, name: str, provenance: Provenance | None = None) -> Written:
    """Write an output into a staging folder, with where it comes from.

    The digest is taken from the file read back: what the next task will see counts, not what this one had.
    """
    if output.storage == "image":
        from pipeline.image import write_image

        path = folder / f"{name}.fits"
        write_image(value, path)
        if provenance is not None:
            into_image(path, of_output(provenance, name))
        return Written(path, image_digest(path), None)
    path = folder / f"{name}.parquet"
    if output.catalog is not None:
        check(value, definition(output.catalog))
    said = value if provenance is None else into_table(value, of_output(provenance, name))
    pq.write_table(said, path, compression="zstd")
    back = pq.read_table(path)
    return Written(path, table_digest(back), back.num_rows)
