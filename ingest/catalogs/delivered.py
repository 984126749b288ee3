"""Files as they were delivered: what is in them by their footer, and of which images their rows are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ingest.catalogs.columns import differences, plain_type
from ingest.catalogs.errors import BadCatalogFile, damaged, printable
from ingest.catalogs.recipe import Given, Number, Recipe
from schema.catalog.definition import arrow_schema, definition

SUFFIXES = (".parquet", ".parq", ".pq")
MAGIC = b"PAR1"
LISTED = 8  # most names of a list in a sentence

Key = tuple[int, int | str]
"""Number of an exposure or visit, as the recipe says, and number or name of the detector."""


@dataclass(frozen=True)
class Delivered:
    """A file that its recipe fits as far as the footer and the data IDs tell.

    Attributes
    ----------
    digest
        SHA-256 of its bytes.
    sources
        Where each of our columns comes from; those that are not in it are made, or missing.
    keys
        The images that it has rows of, in order.
    """

    path: Path
    digest: bytes
    sources: Mapping[str, Given]
    keys: tuple[Key, ...]


def inspect(path: Path, recipe: Recipe) -> Delivered:
    """Look at a file without reading its rows, but for the columns of the data ID.

    Raises
    ------
    BadCatalogFile
        Raised if it cannot be read, differs from the recipe, or does not say of which images it is.
    """
    if printable(path) != str(path):
        raise BadCatalogFile(path, "its path is not UTF-8", "rename it")
    try:
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").digest()
        with opened(path) as file:
            sources = _sources(path, file.schema_arrow, recipe)
            keys = tuple(sorted(rows_by_key(path, file, recipe), key=str))
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise damaged(path, error) from error
    if not keys:
        raise BadCatalogFile(path, "holds no row, so no column says of which image it is")
    return Delivered(path, digest, sources, keys)


def opened(path: Path) -> pq.ParquetFile:
    """Open a file and read its footer."""
    if path.stat().st_size == 0:
        raise BadCatalogFile(path, "is empty (0 bytes)", "fetch the file again")
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        with path.open("rb") as stream:
            begins = stream.read(len(MAGIC)) == MAGIC
        if begins:
            raise BadCatalogFile(path, "begins as Parquet but has no end", "fetch the file again") from error
        raise BadCatalogFile(path, "is no Parquet file", "give Parquet files") from error


def rows_by_key(path: Path, file: pq.ParquetFile, recipe: Recipe) -> dict[Key, NDArray[np.int64]]:
    """Give the numbers of the rows of each image."""
    said, count = recipe.data_id, file.metadata.num_rows
    names: tuple[Number, ...] = (said.number, "detector")
    if not said.columns:
        number, detector = (_constant(path, file, recipe, name) for name in names)
        return {_key(path, recipe, number, detector): np.arange(count)}
    table = file.read(columns=sorted(set(said.columns.values())))
    table.validate(full=True)  # names of detectors must be UTF-8
    columns: dict[str, Any] = {
        name: table[said.columns[name]]
        if name in said.columns
        else pa.repeat(pa.scalar(_constant(path, file, recipe, name)), count)
        for name in names
    }
    groups = pa.table({**columns, "row": np.arange(count)}).group_by(list(names), use_threads=False)
    found: dict[Key, list[NDArray[np.int64]]] = {}
    for group in groups.aggregate([("row", "list")]).to_batches():
        for number, detector, rows in zip(*(group[name] for name in (*names, "row_list")), strict=True):
            key = _key(path, recipe, number.as_py(), detector.as_py())
            found.setdefault(key, []).append(np.asarray(rows.values.to_numpy()))
    return {key: np.sort(np.concatenate(rows)) for key, rows in found.items()}


def _constant(path: Path, file: pq.ParquetFile, recipe: Recipe, name: Number) -> Any:
    """Give a number that is the same for all rows of a file."""
    said = recipe.data_id
    if name in said.constant:
        return said.constant[name]
    if name in said.metadata:
        return _from_metadata(path, file.metadata.metadata or {}, said.metadata[name])
    match = re.search(said.pattern, path.as_posix())
    if match is None:
        raise BadCatalogFile(path, f"its path does not match the pattern {said.pattern!r} of the recipe")
    return match[name]


def _key(path: Path, recipe: Recipe, number: Any, detector: Any) -> Key:
    """Turn what a file says into numbers; a detector may have a name."""
    whole = _number(number)
    if whole is None:
        raise BadCatalogFile(path, f"its {recipe.data_id.number} is {str(number)[:40]!r}, which is no whole number")
    if detector is None or isinstance(detector, float):
        raise BadCatalogFile(path, f"its detector is {detector}, which is neither a whole number nor a name")
    by_number = _number(detector)
    return whole, str(detector) if by_number is None else by_number


def _number(value: Any) -> int | None:
    """Give a whole number that 64 bits hold, from a number or its digits."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip()
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def _from_metadata(path: Path, metadata: Mapping[bytes, bytes], key: str) -> str:
    found = metadata.get(key.encode())
    if found is None:
        known = _listed(sorted(name.decode(errors="replace") for name in metadata if name != b"ARROW:schema"))
        raise BadCatalogFile(path, f"its metadata has no key {key!r}, only {known or 'none'}")
    return found.decode(errors="replace")


def _sources(path: Path, schema: pa.Schema, recipe: Recipe) -> dict[str, Given]:
    """Say where each of our columns comes from, or how the file differs from the recipe.

    A column that the recipe does not name is taken as it is where the file has one of our name.
    """
    ours = arrow_schema(definition(recipe.catalog))
    sources = dict(recipe.columns)
    for field in ours:
        if field.name in schema.names and field.name not in (*recipe.target.ledger, *sources):
            sources[field.name] = Given.model_validate({"column": field.name})
    if problems := list(_differences(schema, ours, sources, recipe)):
        raise BadCatalogFile(path, "; ".join(problems))
    return sources


def _differences(schema: pa.Schema, ours: pa.Schema, sources: Mapping[str, Given], recipe: Recipe) -> Iterator[str]:
    """Give what is missing, not expected, or of another type or unit."""
    wanted = {given.column for given in sources.values() if given.column} | set(recipe.data_id.columns.values())
    absent = sorted(wanted - set(schema.names))
    needed = [name for name in ours.names if name not in (*sources, *recipe.target.ledger, *recipe.target.made)]
    position = (recipe.target.ra, recipe.target.dec)
    unmapped = [name for name in needed if recipe.missing == "refuse" or name in position]
    others = sorted(set(schema.names) - wanted - set(recipe.target.ledger))
    if absent:
        yield f"it has no columns {_listed(absent)}"
    if unmapped:
        yield f"it has no columns {_listed(unmapped)}, and the recipe does not say where they are or `missing: allow`"
    if others and (absent or unmapped or recipe.unexpected == "refuse"):
        yield f"it has columns that nobody asked for: {_listed(others)}"
    doubled = [name for name in sorted(wanted) if schema.names.count(name) > 1]
    if doubled:
        yield f"it has more than one of the columns {_listed(doubled)}"
    for name in recipe.data_id.columns.values():
        if name in schema.names and not _may_be_number(schema.field(schema.names.index(name)).type):
            yield f"{name} is of type {schema.field(schema.names.index(name)).type} and not a whole number"
    for name, given in sources.items():
        if given.column in schema.names and given.column not in doubled:
            theirs = schema.field(schema.names.index(given.column))
            if problem := differences(theirs, ours.field(name), given):
                yield problem


def _may_be_number(data_type: pa.DataType) -> bool:
    """Tell whether a column can hold a number or a name of the data ID."""
    found = plain_type(data_type)
    return bool(pa.types.is_integer(found) or pa.types.is_string(found) or pa.types.is_large_string(found))


def _listed(names: list[str]) -> str:
    """Give names, not more than one reads."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
