"""The readers: a file is given to the one whose columns it has, whatever it is called."""

from pathlib import Path

import pyarrow as pa

from ingest.cameras.errors import clip
from ingest.errors import BadReferenceFile
from ingest.refcats import gaia, ps1, sdss, tycho2
from ingest.refcats.rawtable import RawTable, read_table
from ingest.refcats.stars import Reader

# A new catalog is a module with a Reader, and a place here.
READERS = (gaia.READER, tycho2.READER, tycho2.TREE_READER, ps1.READER, sdss.READER)


def read_stars(path: Path) -> tuple[Reader, pa.Table]:
    """Read a file of any known catalog as rows of `reference_star`, sorted along the sky.

    Raises
    ------
    BadReferenceFile
        Raised if the file is damaged, of no known kind, or holds what cannot be true.
    OSError
        Raised if the path cannot be read.
    """
    raw = read_table(path)
    reader = _reader(raw)
    return reader, reader.stars(raw)


def _reader(raw: RawTable) -> Reader:
    """Find the reader of a table by its columns."""
    for reader in READERS:
        if reader.marks <= raw.columns.keys():
            return reader
    titles = "; ".join(reader.title for reader in READERS)
    found = clip(", ".join(raw.columns), 80)
    raise BadReferenceFile(raw.path, f"has columns {found}, which no reader knows (they know {titles})")
