"""Files of dimension records: the YAML of a Butler's export."""

import gzip
import lzma
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml
from astropy.time import Time

from ingest.records.errors import BadRecords
from ingest.records.region import decode_polygon
from schema.sky import polygon_ranges

Record = dict[str, Any]
OPENERS = {".gz": gzip.open, ".xz": lzma.open}


class _Loader(yaml.CSafeLoader):
    """Plain YAML, and the tags of an export; anything else is refused."""


def _region(loader: _Loader, node: yaml.MappingNode) -> str:
    """Read a polygon as the ranges that cover it."""
    found = loader.construct_mapping(node)
    try:
        return polygon_ranges(decode_polygon(found["encoded"]))
    except RuntimeError as error:  # hpgeom's word for what is not convex
        raise ValueError(f"a region cannot be covered: {error}") from error


def _moment(loader: _Loader, node: yaml.ScalarNode) -> float:
    """Read a time (TAI) as MJD."""
    return float(Time(loader.construct_scalar(node), format="iso", scale="tai").mjd)


def _uid(loader: _Loader, node: yaml.ScalarNode) -> str:
    """Read the uid of a dataset, as text."""
    return str(loader.construct_scalar(node))


_Loader.add_constructor("lsst.sphgeom.ConvexPolygon", _region)
_Loader.add_constructor("!butler_time/tai/iso", _moment)
_Loader.add_constructor("!uuid", _uid)


def read_records(path: Path) -> dict[str, list[Record]]:
    """Read dimension records, by element; datasets and collections of an export are not dimensions and are left out.

    Parameters
    ----------
    path
        YAML, plain or packed by gzip or xz.

    Raises
    ------
    BadRecords
        Raised if it cannot be read, or is no export.
    """
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as stream:  # type: ignore[operator]
            body = yaml.load(stream, _Loader)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise BadRecords(path, f"cannot be read: {error}") from error
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRecords(path, f"is no YAML of dimension records: {' '.join(str(error).split())}") from error
    parts = body.get("data") if isinstance(body, dict) else None
    if not isinstance(parts, list) or body.get("description") != "Butler Data Repository Export":
        raise BadRecords(path, "is no export of a Butler: it has no `description` and `data` of one")
    found: dict[str, list[Record]] = defaultdict(list)
    for part in parts:
        if isinstance(part, dict) and part.get("type") == "dimension":
            rows = part.get("records") or []
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise BadRecords(path, f"the records of {part.get('element')} are no list of records")
            found[str(part.get("element"))] += rows
    return dict(found)
