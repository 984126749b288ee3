"""Reproduction: a dataset made again from its record, and the verdict on what came out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

from psycopg import Connection

from pipeline.execute import Done, Failed, execute
from pipeline.lineage.difference import difference
from pipeline.lineage.recipe import NotReproducible, Recipe, read_recipe
from pipeline.units import Source
from schema.connect import connect
from schema.errors import SkyledgerError
from schema.ledger.rows import insert
from schema.ledger.software import register_software
from schema.output import json_value
from schema.registry.reproduction import reproduction
from schema.settings import settings
from schema.store import Store

# The same of each seed: what is drawn depends on the datasets and on the seed alone, not on the order of the rows.
# What was computed again on purpose and differed says the same of the dataset that was there before.
SAMPLE = """
with unstable as materialized (
  select unnest(n.dataset_id || n.original_ids) as dataset_id from public.nondeterminism n
)
select d.dataset_id
from registry.dataset d
where d.dataset_id in (
    select m.dataset_id
    from registry.flatten(array(select c.collection_id from registry.collection c where c.name = %(collection)s)) f
    join registry.member m on m.collection_id = f.collection_id and m.until = 'infinity')
  and d.execution_id is not null
  and not exists (select from unstable u where u.dataset_id = d.dataset_id)
order by md5(%(seed)s::text || d.uid::text) limit %(n)s"""


class Scratch(Store):
    """A store that is read, and written beside: nobody finds what is made there."""

    def __init__(self, root: Path, folder: Path) -> None:
        super().__init__(root)
        self.folder = folder
        self.made: dict[str, Path] = {}
        self.done: dict[int, Done] = {}  # by quantum: it makes all its outputs at once

    def staging(self, token: str) -> Path:
        """Give the folder where outputs are written, whoever holds which token."""
        return self.folder

    def locate(self, path: str) -> Path:
        """Give the place of a registered path, or of what was made again here."""
        return self.made[path] if path in self.made else super().locate(path)


@dataclass(frozen=True)
class Reproduction:
    """What came out."""

    dataset_id: int
    dataset_type: str
    verdict: str  # identical or different
    content_digest: bytes
    recorded_class: str
    compatibility_class: str
    difference: dict[str, Any] | None
    cpu_s: float


def reproduce(connection: Connection[Any], store: Store, dataset: int) -> Reproduction:
    """Make a dataset again as the ledger says it was made, compare the contents, and keep the verdict.

    Inputs are verified by their digests; one whose file is gone is made again first. Nothing is registered but the
    verdict. Where the class of this environment is not that of the record, results may differ by rounding.

    Raises
    ------
    NotReproducible
        Raised if the record cannot be executed here.
    """
    recipe = read_recipe(connection, dataset)
    with _scratch(store) as scratch:
        done = _make(connection, scratch, recipe)
        found = _judge(scratch, recipe, done)
    row = {name: value for name, value in vars(found).items() if name != "dataset_type"}
    if found.difference is not None:
        row["difference"] = json_value(found.difference)
    insert(connection, reproduction, [row | {"software_id": register_software(connection)}])
    return found


def reproduce_alone(dataset: int) -> Reproduction:
    """Reproduce in a process of its own, with its own connection.

    Raises
    ------
    NotReproducible
        Raised if the record cannot be executed here, or the store does not give what it needs.
    """
    with connect("owner") as owner:
        try:
            return reproduce(owner, Store(settings().store_root), dataset)
        except NotReproducible:
            raise
        except (SkyledgerError, OSError) as error:
            raise NotReproducible(dataset, str(error)) from error


def draw(connection: Connection[Any], n: int, seed: int, collection: str) -> list[int]:
    """Draw datasets of a collection that tasks made, and that nobody saw come out differently."""
    rows = connection.execute(SAMPLE, {"collection": collection, "seed": seed, "n": n})
    return [row[0] for row in rows]


@contextmanager
def _scratch(store: Store) -> Iterator[Scratch]:
    with store.scratch() as folder:
        yield Scratch(store.root, folder)


def _make(connection: Connection[Any], scratch: Scratch, recipe: Recipe) -> Done:
    """Execute a recipe; its outputs lie in a folder of their own."""
    inputs = tuple(_verified(connection, scratch, recipe, source) for source in recipe.unit.inputs)
    folder = scratch.folder / str(recipe.unit.quantum_id)
    folder.mkdir()
    place = Scratch(scratch.root, folder)
    place.made = scratch.made
    done = execute(replace(recipe.unit, inputs=inputs), connection, place)
    if isinstance(done, Failed):
        raise NotReproducible(recipe.dataset_id, f"{recipe.unit.task_name} failed: {done.error}")
    if recipe.output not in done.outputs:
        raise NotReproducible(recipe.dataset_id, f"{recipe.unit.task_name} found nothing to do this time")
    return done


def _verified(connection: Connection[Any], scratch: Scratch, recipe: Recipe, source: Source) -> Source:
    """Give an input whose file is what the ledger says, made again where it is gone."""
    if source.path is None:
        return _remade(connection, scratch, source)
    with scratch.locate(source.path).open("rb") as stream:
        if file_digest(stream, "sha256").digest() != recipe.file_digests[source.dataset_id]:
            raise NotReproducible(
                recipe.dataset_id, f"the file of its input {source.dataset_id} is not what was stored"
            )
    return source


def _remade(connection: Connection[Any], scratch: Scratch, source: Source) -> Source:
    """Make an input again whose file is gone."""
    recipe = read_recipe(connection, source.dataset_id)
    quantum = recipe.unit.quantum_id
    if quantum not in scratch.done:
        scratch.done[quantum] = _make(connection, scratch, recipe)
    written = scratch.done[quantum].outputs.get(recipe.output)
    if written is None or written.content_digest != source.content_digest:
        raise NotReproducible(source.dataset_id, "its file is gone, and it comes out with other content now")
    path = f"again/{source.dataset_id}"
    scratch.made[path] = written.path
    return replace(source, path=path)


def _judge(scratch: Scratch, recipe: Recipe, done: Done) -> Reproduction:
    """Compare what came out with what is registered."""
    written = done.outputs[recipe.output]
    same = written.content_digest == recipe.content_digest
    found: dict[str, Any] | None = None
    if not same and recipe.path is None:
        found = {"unknown": "the file of the dataset is gone: only the digests of the contents can be compared"}
    elif not same and recipe.path is not None:
        found = difference(recipe.storage, scratch.locate(recipe.path), written.path)
    return Reproduction(
        recipe.dataset_id,
        recipe.dataset_type,
        "identical" if same else "different",
        written.content_digest,
        recipe.compatibility,
        settings().compatibility_class,
        found,
        done.usage.cpu_s,
    )
