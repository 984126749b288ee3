"""What delivered files ask for, and what of it a run has already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from ingest.catalogs.delivered import Delivered, Key
from ingest.catalogs.images import Image, Images, inputs_of
from ingest.catalogs.recipe import Recipe
from ingest.conversion import Conversion, Reading
from schema.canonical import coordinate_digest, external_uid
from schema.catalog.definition import definition
from schema.catalog.definition import digest as definition_digest
from schema.code import code_digest

TASK = "convert_catalog"
ROLE = "file"
FILE = "catalog_file"
# What a change of changes rows; sentences and look-ups do not.
FOLLOWED = (
    "ingest.catalogs.columns",
    "ingest.catalogs.target",
    "ingest.catalogs.units",
    "schema.catalog.history",
    "schema.sky",
    "schema.source_id",
)

KNOWN = """
select d.uid, registry.is_bad(d.dataset_id),
       exists (select from registry.member m
               where m.dataset_id = d.dataset_id and m.collection_id = %s and m.until = 'infinity')
from registry.dataset d where d.uid = any(%s)"""

THERE = """
select c.digest, d.content_digest
from registry.coordinate c
join registry.member m on m.coordinate_id = c.coordinate_id and m.collection_id = %s and m.until = 'infinity'
join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id and y.name = %s
join registry.dataset d on d.dataset_id = m.dataset_id
where c.digest = any(%s)"""


@dataclass(frozen=True)
class Planned:
    """A delivered file, and the conversions that it asks for, by the images that it has rows of."""

    file: Delivered
    images: Mapping[Key, Image]
    conversions: Mapping[Image, Conversion]

    @property
    def uid(self) -> UUID:
        """Identity of the dataset that the file is."""
        place = {"instrument": next(iter(self.images.values())).instrument}
        return external_uid(FILE, coordinate_digest(place), self.file.digest)


class There:
    """What a run and the ledger have of some files already."""

    def __init__(self, connection: Connection[Any], run: int | None, planned: Sequence[Planned]) -> None:
        conversions = [one for file in planned for one in file.conversions.values()]
        uids = [*(file.uid for file in planned), *(one.uid for one in conversions)]
        rows = connection.execute(KNOWN, [run, uids]).fetchall()
        self._bad = {uid for uid, bad, _ in rows if bad}
        self._members = {uid for uid, _, member in rows if member}
        places = [coordinate_digest(one.place) for one in conversions]
        output = conversions[0].output if conversions else ""
        self._contents: dict[bytes, bytes] = dict(connection.execute(THERE, [run, output, places]).fetchall())

    def is_bad(self, planned: Planned) -> bool:
        """Tell whether a file, or what it makes, carries a bad mark."""
        return planned.uid in self._bad or any(one.uid in self._bad for one in planned.conversions.values())

    def has(self, planned: Planned) -> bool:
        """Tell whether all that a file makes is in the run."""
        return all(one.uid in self._members for one in planned.conversions.values())

    def content(self, conversion: Conversion) -> bytes | None:
        """Give the content that has the place of a conversion now."""
        return self._contents.get(coordinate_digest(conversion.place))


def plan(
    connection: Connection[Any], recipe: Recipe, images: Images, files: Sequence[Delivered]
) -> list[Planned]:  # fmt: skip
    """Say what files ask for; the images of all of them are known."""
    found = {file.path: {key: images.image(key) for key in file.keys} for file in files}
    inputs = inputs_of(connection, recipe, [image for of in found.values() for image in of.values()])
    code, body = conversion_code(recipe), recipe.body
    planned = []
    for file in files:
        source = Reading(ROLE, 0, file.digest.hex())
        planned.append(
            Planned(
                file,
                found[file.path],
                {
                    image: Conversion(TASK, code, body, image.place, [source, *inputs.get(image, [])], recipe.catalog)
                    for image in found[file.path].values()
                },
            )
        )
    return planned


def conversion_code(recipe: Recipe) -> bytes:
    """Give the digest of the code that follows recipes, and of the table that it fills; the recipe is configuration."""
    filled = definition_digest(definition(recipe.catalog))
    return code_digest("ingest.catalogs.convert", FOLLOWED, definitions=(filled,))
