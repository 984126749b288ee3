"""Cameras as data: detectors, filters, and the keywords that must hold."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.cameras.observation import Kind
from ingest.cameras.own import BadCamera, own_definitions


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Detector(_Definition):
    """One detector; ``nx`` and ``ny`` are the size of an untrimmed image (pixels)."""

    number: int
    name: str
    nx: int
    ny: int
    purpose: Literal["science", "guide", "focus"] = "science"


class PhysicalFilter(_Definition):
    """A filter as the header names it, and the band it stands for."""

    name: str
    band: str


class Keyword(_Definition):
    """What must hold for one keyword: a number within limits, or text (one of some, in capitals) where none are given.

    A sexagesimal number is text such as -12:34:56.7; it is read in the unit of its first field. Text with a pattern
    must match it from end to end. A keyword that is not needed may be absent or NaN, but a value out of its limits is
    refused all the same. One that is needed ``or unknown`` may be missing only where a header correction says that
    nobody knows it.
    """

    limits: tuple[float, float] | None = None
    whole: bool = False
    sexagesimal: bool = False
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    needed: bool | Literal["or unknown"] = True


class Product(_Definition):
    """Files of another layout than the camera's usual one, with rules of their own.

    ``recognize`` is empty where the camera's own recognizes them, too.
    """

    recognize: dict[str, str] = Field(default_factory=dict)
    keywords: dict[str, Keyword]


class Camera(_Definition):
    """What is fixed about a camera and its files.

    Attributes
    ----------
    name
        Instrument name, as in every table.
    description
        Camera, telescope and site in one sentence.
    recognize
        Keyword values that together tell this camera from all others.
    utc_offset_hours
        Standard time of the site minus UTC (h); night begins at the noon of that time.
    pixel_scale
        Nominal pixel scale (arcsec per pixel).
    field_radius
        No detector's center lies farther than this from the boresight (deg).
    pixel_units
        VOUnit of the pixels for each kind of image. BUNIT must be the image's, unless ``keywords`` has a rule for it.
    wcs
        Whether each image must have a WCS, or may come before anybody has solved it.
    checksums
        ``stale``: software of the observatory changed files without renewing CHECKSUM and DATASUM, so they prove
        nothing and are not verified. Those of a tile-compressed HDU are, because fpack writes them anew.
    start_spread
        How far apart the detectors of one exposure may begin (s).
    keywords
        Rule for each keyword that is read.
    products
        Other layouts of files by name.
    """

    name: str
    description: str
    recognize: dict[str, str]
    utc_offset_hours: float
    pixel_scale: float
    field_radius: float
    pixel_units: dict[Kind, str]
    wcs: Literal["required", "optional"] = "required"
    checksums: Literal["current", "stale"] = "current"
    start_spread: float = 0.0
    filters: tuple[PhysicalFilter, ...]
    detectors: tuple[Detector, ...]
    keywords: dict[str, Keyword]
    products: dict[str, Product] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _no_duplicates(self) -> Self:
        named = {
            "filter": Counter(f.name for f in self.filters),
            "detector number": Counter(str(d.number) for d in self.detectors),
            "detector name": Counter(d.name for d in self.detectors),
        }
        for what, counts in named.items():
            twice = [name for name, count in counts.items() if count > 1]
            if twice:
                raise ValueError(f"{self.name}: {what} {', '.join(twice)} stands twice")
        return self

    @property
    def yaml(self) -> str:
        """Name of the file that defines this camera, with its folder where it is one of ours."""
        name = f"{self.name.lower()}.yaml"
        return f"ingest/cameras/{name}" if (Path(__file__).parent / name).exists() else name

    def recognizes(self, cards: Mapping[str, object]) -> bool:
        """Tell whether a primary header is that of one of its files."""
        told = [self.recognize, *(product.recognize for product in self.products.values() if product.recognize)]
        return any(all(str(cards.get(k, "")).strip() == value for k, value in one.items()) for one in told)

    def may_be_unknown(self, keyword: str) -> bool:
        """Tell whether an image can do without what a keyword says, where nobody knows it."""
        return keyword in self.keywords and self.keywords[keyword].needed == "or unknown"

    def filter(self, name: str) -> PhysicalFilter | None:
        """Look a filter up by its physical name."""
        return next((f for f in self.filters if f.name == name), None)

    def detector(self, number: int) -> Detector | None:
        """Look a detector up by its number."""
        return next((d for d in self.detectors if d.number == number), None)


def load_cameras() -> dict[str, Camera]:
    """Load every camera's YAML, ours and those of the settings, by instrument name.

    Raises
    ------
    BadCamera
        A YAML file of the settings does not fit the model, or defines a camera that is there already.
    """
    return {name: camera for name, (camera, _) in _defined(tuple(own_definitions())).items()}


def own_definition(name: str) -> Path:
    """Give the YAML file of a camera of the settings."""
    return _defined(tuple(own_definitions()))[name][1]


@cache
def _defined(own: tuple[Path, ...]) -> dict[str, tuple[Camera, Path]]:
    """Load the definitions in this folder and others, with the file of each."""
    loaded: dict[str, tuple[Camera, Path]] = {}
    for file in [*sorted(Path(__file__).parent.glob("*.yaml")), *own]:
        try:
            camera = Camera.model_validate(yaml.safe_load(file.read_text()))
        except (ValidationError, yaml.YAMLError, UnicodeError) as error:
            raise BadCamera(file, " ".join(str(error).split())) from error
        if camera.name in loaded:
            raise BadCamera(file, f"{camera.name} is defined in {loaded[camera.name][1]} already")
        loaded[camera.name] = camera, file
    return loaded
