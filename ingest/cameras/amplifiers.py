"""Amplifiers of a detector: where each one's pixels are in the raw image."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Corner = Literal["lower left", "lower right", "upper left", "upper right"]

_SECTION = re.compile(r"\[(\d+):(\d+),(\d+):(\d+)\]")


class Section(BaseModel):
    """A box of pixels as CCD headers write it: [x1:x2,y1:y2], counted from 1, both ends within.

    Where an axis runs down, the pixels are in it the other way round.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: tuple[int, int]
    y: tuple[int, int]

    @property
    def runs_up(self) -> bool:
        """Tell whether neither axis runs down."""
        return self.x[0] <= self.x[1] and self.y[0] <= self.y[1]

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return abs(self.y[1] - self.y[0]) + 1, abs(self.x[1] - self.x[0]) + 1

    def holds(self, other: Self) -> bool:
        """Tell whether another box lies within this one, whichever way the axes run."""
        return all(
            min(outer) <= min(inner) and max(inner) <= max(outer)
            for outer, inner in ((self.x, other.x), (self.y, other.y))
        )

    def touches(self, other: Self) -> bool:
        """Tell whether two boxes share a pixel."""
        return all(max(min(a), min(b)) <= min(max(a), max(b)) for a, b in ((self.x, other.x), (self.y, other.y)))

    def __str__(self) -> str:
        return "[{}:{},{}:{}]".format(*self.x, *self.y)


def section(written: object) -> Section | None:
    """Read a section of a header; None where it is none, or has no pixels."""
    try:
        return Section.model_validate(_parsed(str(written)))
    except ValueError:
        return None


def _parsed(written: Any) -> Any:
    """Read '[x1:x2,y1:y2]'; what is no text is left to the model.

    Raises
    ------
    ValueError
        It is another text.
    """
    if not isinstance(written, str):
        return written
    match = _SECTION.fullmatch(written.replace(" ", ""))
    if match is None or "0" in match.groups():
        raise ValueError(f"{written!r} is no section; write it as in a header, '[1:1024,1:4096]', counted from 1")
    x1, x2, y1, y2 = map(int, match.groups())
    return {"x": (x1, x2), "y": (y1, y2)}


Box = Annotated[Section, BeforeValidator(_parsed)]


class Amplifier(BaseModel):
    """One amplifier.

    Attributes
    ----------
    hdu
        EXTNAME of the HDU that holds its pixels alone, in which ``raw`` and its parts are counted; '' where one image
        holds the pixels of all.
    detector
        Its pixels in the trimmed image. An axis that runs down tells that the raw image has them the other way round.
    raw
        All that it reads, in the raw image.
    data, horizontal_overscan, vertical_overscan, prescan
        Parts of ``raw``: the pixels that see the sky, columns read after each row, rows read after the last one,
        rows or columns read before the first.
    read_from
        Corner of the trimmed image, toward which charge moves.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    hdu: str = ""
    detector: Box
    raw: Box
    data: Box
    horizontal_overscan: Box | None = None
    vertical_overscan: Box | None = None
    prescan: Box | None = None
    read_from: Corner | None = None

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        parts = {name: box for name, box in self._parts() if box is not None}
        for name, box in {"raw": self.raw, **parts}.items():
            if not box.runs_up:
                raise ValueError(f"amplifier {self.name}: {name} {box} runs down; only its section detector may")
            if not self.raw.holds(box):
                raise ValueError(f"amplifier {self.name}: {name} {box} lies not within raw {self.raw}")
        for (one, box), (other, second) in combinations(parts.items(), 2):
            if box.touches(second):
                raise ValueError(f"amplifier {self.name}: {one} {box} and {other} {second} share pixels")
        if self.data.shape != self.detector.shape:
            raise ValueError(f"amplifier {self.name}: data {self.data} has not the size of detector {self.detector}")
        return self

    def _parts(self) -> Iterator[tuple[str, Section | None]]:
        yield "data", self.data
        yield "horizontal_overscan", self.horizontal_overscan
        yield "vertical_overscan", self.vertical_overscan
        yield "prescan", self.prescan


class Layout(BaseModel):
    """Amplifiers that detectors share; ``nx`` and ``ny`` are the size of the raw image, or of each of them (pixels)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nx: int = Field(gt=0)
    ny: int = Field(gt=0)
    amplifiers: tuple[Amplifier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _raw_image(self) -> Self:
        whole = Section(x=(1, self.nx), y=(1, self.ny))
        for one in self.amplifiers:
            if not whole.holds(one.raw):
                raise ValueError(f"amplifier {one.name}: raw {one.raw} lies not within the raw image {whole}")
        for one, other in combinations(self.amplifiers, 2):
            if one.name == other.name:
                raise ValueError(f"amplifier {one.name} stands twice")
            if bool(one.hdu) != bool(other.hdu):
                raise ValueError(f"one of the amplifiers {one.name} and {other.name} has an HDU of its own, one none")
            if one.hdu == other.hdu and one.raw.touches(other.raw):
                raise ValueError(f"raw {one.raw} of amplifier {one.name} and {other.raw} of {other.name} share pixels")
        return self

    def misfit(self, nx: int, ny: int) -> str:
        """Say why the amplifiers do not cover a detector of nx by ny pixels exactly once; '' where they do."""
        whole = Section(x=(1, nx), y=(1, ny))
        for one in self.amplifiers:
            if not whole.holds(one.detector):
                return f"amplifier {one.name} {one.detector} reaches out of {whole}"
        for one, other in combinations(self.amplifiers, 2):
            if one.detector.touches(other.detector):
                return f"amplifiers {one.name} {one.detector} and {other.name} {other.detector} share pixels"
        missing = nx * ny - sum(rows * columns for rows, columns in (one.detector.shape for one in self.amplifiers))
        return f"{missing} of {nx * ny} pixels belong to no amplifier" if missing else ""
