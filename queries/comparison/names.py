"""Names of datasets for people: data ID and file, by key."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

NAMES = """
select dataset_id, dataset_type, instrument, visit, exposure, detector, band, healpix, file_name, part, content_digest
from dataset where dataset_id = any(%s)"""
DIGITS = 12  # of a digest, as people tell them apart


@dataclass(frozen=True)
class Named:
    """A dataset as people know it."""

    dataset_id: int
    dataset_type: str
    instrument: str | None
    visit: int | None
    exposure: int | None
    detector: int | None
    band: str | None
    healpix: int | None
    file_name: str | None
    part: str | None
    content_digest: str

    def __str__(self) -> str:
        place = {
            "visit": self.visit,
            "exposure": None if self.visit is not None else self.exposure,
            "detector": self.detector,
            "healpix": self.healpix,
        }
        words = [self.instrument, *(f"{name} {value}" for name, value in place.items() if value is not None), self.band]
        return " ".join(word for word in words if word) or self.dataset_type

    @property
    def file(self) -> str:
        """The file that came from outside, or else the content by its digest."""
        name = " ".join(filter(None, (self.file_name, self.part)))
        digest = self.content_digest[:DIGITS]
        return f"{name} ({digest})" if name else digest


def name(connection: Connection[Any], datasets: Collection[int]) -> dict[int, Named]:
    """Name datasets."""
    rows = connection.cursor(row_factory=class_row(Named)).execute(NAMES, [sorted(datasets)])
    return {row.dataset_id: row for row in rows}
