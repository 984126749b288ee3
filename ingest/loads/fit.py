"""Which Parquet files fit the definition of a catalog, told from their footers."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.loads.files import ParquetFile
from schema.catalog.check import differences, nulls_noted
from schema.catalog.definition import Definition
from schema.catalog.history import completed
from schema.errors import SkyledgerError
from schema.store import Store


class Misfit(SkyledgerError):
    """A Parquet file that does not have the columns of its catalog."""

    def __init__(self, path: Path, catalog: str, differences: Iterable[str]) -> None:
        self.path, self.catalog, self.differences = path, catalog, tuple(differences)
        super().__init__(f"{path} is not a {catalog} catalog: {'; '.join(self.differences)}")


def misfit(path: Path, catalog: Definition) -> Misfit | None:
    """Tell what keeps a Parquet file from being rows of a catalog: columns missing, unexpected, or of another type.

    Only its footer is read. Files of earlier revisions fit. The order of the columns is free.

    Returns
    -------
    None for a file that fits.

    Raises
    ------
    OSError
        Raised if there is no file, or it cannot be read.
    """
    with path.open("rb") as stream:
        try:
            file = pq.ParquetFile(stream)
            schema, metadata = file.schema_arrow, file.metadata
        except (pa.ArrowInvalid, OSError):  # a footer that is cut is either
            return Misfit(path, catalog.name, ["it is no whole Parquet file"])
    schema = completed(schema.empty_table(), catalog).schema
    found = differences(schema, nulls_noted(metadata), catalog)
    return Misfit(path, catalog.name, found) if found else None


def fitting(store: Store, catalog: Definition, files: Iterable[ParquetFile]) -> tuple[list[ParquetFile], list[Misfit]]:
    """Part the files that can be loaded from those that cannot."""
    fit, refused = [], []
    for file in files:
        problem = misfit(store.locate(file.path), catalog)
        if problem is None:
            fit.append(file)
        else:
            refused.append(problem)
    return fit, refused
