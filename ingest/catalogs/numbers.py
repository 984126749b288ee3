"""Identifiers that files bring along: each of one row of the instrument."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.catalogs.delivered import Delivered
from ingest.catalogs.errors import BadCatalogFile
from ingest.catalogs.recipe import Recipe


def brought(file: Delivered, recipe: Recipe, tables: Sequence[pa.Table]) -> NDArray[np.int64]:
    """Give the identifiers that a file brings along; none where they are made here."""
    name = recipe.target.number
    if name not in file.sources:
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([table[name].to_numpy() for table in tables])


def shared(files: Sequence[tuple[Delivered, NDArray[np.int64]]], recipe: Recipe) -> dict[int, BadCatalogFile]:
    """Find the files with an identifier that stands in another image, too: from a row one could not come back to it.

    Returns
    -------
    The error of each such file, by its place in `files`; of two files the first may stay.
    """
    numbers = np.concatenate([np.zeros(0, dtype=np.int64), *(numbers for _, numbers in files)])
    places = np.repeat(np.arange(len(files)), [len(numbers) for _, numbers in files])
    order = np.lexsort((places, numbers))
    numbers, places = numbers[order], places[order]
    again = np.flatnonzero(numbers[1:] == numbers[:-1]) + 1
    refused, first = np.unique(places[again], return_index=True)
    found: dict[int, BadCatalogFile] = {}
    for place, row in zip(refused.tolist(), again[first].tolist(), strict=True):
        other = files[int(places[row - 1])][0].path.name
        problem = f"has {recipe.target.number} {numbers[row]}, which {other} has for another image"
        found[place] = BadCatalogFile(files[place][0].path, problem, "take it out of the recipe: it is made then")
    return found
