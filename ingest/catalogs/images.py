"""The images that catalogs made elsewhere are of, as the ledger knows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection, sql

from ingest.catalogs.delivered import Key
from ingest.catalogs.recipe import Recipe
from ingest.conversion import Reading
from schema.canonical import coordinate_digest

# Half an exposure after its beginning, where the visit does not say its middle.
EXPOSURES = """
select x.number, e.exposure, e.visit, coalesce(e.physical_filter, ''), coalesce(f.band, ''),
       coalesce(nullif(v.expmidptmjd, 'NaN'), e.obs_start_mjd_tai + e.exp_time / 172800, 'NaN')
from unnest(%s::bigint[]) as x (number)
join registry.exposure e on e.instrument = %s and e.{number} = x.number
left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
left join catalog.visit v on v.instrument = e.instrument and v.visit = e.visit"""

INPUTS = """
select c.digest, y.name, d.dataset_id, encode(d.content_digest, 'hex')
from registry.coordinate c
join registry.collection l on l.name = %s
join registry.member m
  on m.collection_id = l.collection_id and m.coordinate_id = c.coordinate_id and m.until = 'infinity'
join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id and y.name = any(%s)
join registry.dataset d on d.dataset_id = m.dataset_id
where c.digest = any(%s)"""


@dataclass(frozen=True)
class Image:
    """A detector image.

    Attributes
    ----------
    physical_filter, band
        Empty where nobody knows.
    midpoint
        Middle of the exposure, MJD in TAI; NaN where nobody knows.
    """

    instrument: str
    exposure: int
    visit: int
    detector: int
    physical_filter: str
    band: str
    midpoint: float

    @property
    def place(self) -> dict[str, Any]:
        """Data ID."""
        return {"instrument": self.instrument, "exposure": self.exposure, "detector": self.detector}


class Images:
    """Images by what files call them; those that the ledger does not know have a sentence instead."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._exposures: dict[int, list[tuple[int, int, str, str, float]]] = {}
        self._detectors: dict[int | str, int] = {}

    def look_up(self, connection: Connection[Any], keys: Collection[Key]) -> None:
        """Ask for all exposures of a batch at once, and for the detectors."""
        number: Literal["exposure", "visit"] = self._recipe.data_id.number
        numbers = sorted({exposure for exposure, _ in keys} - self._exposures.keys())
        statement = sql.SQL(EXPOSURES).format(number=sql.Identifier(number))
        for asked, *found in connection.execute(statement, [numbers, self._recipe.instrument]):
            exposure, visit, physical_filter, band, midpoint = found
            self._exposures.setdefault(asked, []).append((exposure, visit, physical_filter, band, midpoint))
        if not self._detectors:
            self._detectors = _detectors(connection, self._recipe.instrument)

    def problem(self, key: Key) -> str:
        """Say why the ledger has no image of a key; '' if it has one."""
        number, detector = key
        kind, instrument = self._recipe.data_id.number, self._recipe.instrument
        if number not in self._exposures:
            return f"{kind} {number} of {instrument} is not registered"
        if len(self._exposures[number]) > 1:
            return f"visit {number} of {instrument} has {len(self._exposures[number])} exposures"
        return "" if detector in self._detectors else f"{instrument} has no detector {detector}"

    def image(self, key: Key) -> Image:
        """Give an image that is known."""
        ((exposure, visit, physical_filter, band, midpoint),) = self._exposures[key[0]]
        detector = self._detectors[key[1]]
        return Image(self._recipe.instrument, exposure, visit, detector, physical_filter, band, midpoint)


def _detectors(connection: Connection[Any], instrument: str) -> dict[int | str, int]:
    """Give the detectors of an instrument by number and by name."""
    rows = connection.execute(
        "select detector, name from registry.detector where instrument = %s", [instrument]
    ).fetchall()
    return {name: number for number, name in rows} | {number: number for number, _ in rows}


def inputs_of(connection: Connection[Any], recipe: Recipe, images: Sequence[Image]) -> Mapping[Image, list[Reading]]:
    """Give the datasets that the software read of each image, as far as the ledger has them."""
    if not recipe.made_by.inputs or not images:
        return {}
    collection = recipe.made_by.inputs_from or f"{recipe.instrument}/raw"
    digests = {coordinate_digest(image.place): image for image in images}
    found: dict[Image, list[Reading]] = {}
    rows = connection.execute(INPUTS, [collection, list(recipe.made_by.inputs), list(digests)]).fetchall()
    for place, role, dataset_id, content in sorted(rows, key=lambda row: row[1]):
        found.setdefault(digests[place], []).append(Reading(role, 0, content, dataset_id))
    return found
