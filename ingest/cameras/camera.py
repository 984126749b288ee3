"""Cameras as data: detectors, filters, and the keywords that must hold."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, model_validator

from ingest.cameras.amplifiers import Amplifier, Layout
from ingest.cameras.observation import Kind
from ingest.cameras.own import BadCamera, own_definitions
from ingest.cameras.raw_rules import RawRules


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Detector(_Definition):
    """One detector; what nobody knows is left out.

    Attributes
    ----------
    nx, ny
        Size of a whole image without overscan (pixels).
    center
        Where its center lies on the focal plane: xi, eta of the gnomonic projection at the boresight (deg). At
        position angle 0 of the camera xi is toward the east and eta toward the north.
    rotation
        Direction in which columns are counted there, from xi (0) through eta (90) (deg). See ``parity`` of the camera.
    amplifiers
        Name of its layout, whose amplifiers the next four lists follow.
    gain
        Electrons per count.
    read_noise
        In electrons.
    saturation
        Counts above the overscan, from which a pixel is saturated.
    nonlinearity
        c, where counts + c counts**2 would be linear.
    """

    number: int
    name: str
    nx: int
    ny: int
    purpose: Literal["science", "guide", "focus"] = "science"
    center: tuple[float, float] | None = None
    rotation: float | None = Field(default=None, ge=0, lt=360)
    amplifiers: str | None = None
    gain: tuple[PositiveFloat, ...] = ()
    read_noise: tuple[PositiveFloat, ...] = ()
    saturation: tuple[PositiveFloat, ...] = ()
    nonlinearity: tuple[float, ...] = ()

    def misfit(self, layouts: Mapping[str, Layout]) -> str:
        """Say what does not fit to its layout; '' where everything does."""
        lists = {name: getattr(self, name) for name in ("gain", "read_noise", "saturation", "nonlinearity")}
        if self.amplifiers is None:
            given = [name for name, values in lists.items() if values]
            return f"has {', '.join(given)}, but no amplifiers" if given else ""
        if self.amplifiers not in layouts:
            return f"has amplifiers {self.amplifiers}, which are not defined"
        layout = layouts[self.amplifiers]
        for name, values in lists.items():
            if values and len(values) != len(layout.amplifiers):
                return f"has {len(values)} values of {name} for {len(layout.amplifiers)} amplifiers"
        return layout.misfit(self.nx, self.ny)


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
    parity
        1 where rows are counted 90 deg further than columns, from xi through eta; -1 where it is 90 deg back, which is
        an image as the sky is seen.
    pointing_error
        How far the boresight of a header may be off (deg). Where it is given, an image must lie where the camera has
        its detector; leave it out for a camera that can be turned.
    amplifiers
        Layouts by name.
    raw
        How frames with amplifiers tell what they are; without it no raw frame is taken in.
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
    parity: Literal[1, -1] | None = None
    pointing_error: PositiveFloat | None = None
    pixel_units: dict[Kind, str]
    wcs: Literal["required", "optional"] = "required"
    checksums: Literal["current", "stale"] = "current"
    start_spread: float = 0.0
    filters: tuple[PhysicalFilter, ...]
    amplifiers: dict[str, Layout] = Field(default_factory=dict)
    raw: RawRules | None = None
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

    @model_validator(mode="after")
    def _detectors_fit(self) -> Self:
        for one in self.detectors:
            problem = one.misfit(self.amplifiers)
            if one.center is not None and math.hypot(*one.center) > self.field_radius:
                problem = f"lies farther from the boresight than field_radius, {self.field_radius:g} deg"
            if one.rotation is not None and self.parity is None:
                problem = "has a rotation, but the camera no parity"
            if problem:
                raise ValueError(f"{self.name}: detector {one.name} {problem}")
        return self

    @property
    def yaml(self) -> str:
        """Name of the file that defines this camera, with its folder where it is one of ours."""
        name = f"{self.name.lower()}.yaml"
        return f"ingest/cameras/{name}" if (Path(__file__).parent / name).exists() else name

    def recognizes(self, cards: Mapping[str, object]) -> bool:
        """Tell whether a primary header is that of one of its files."""
        told = [self.recognize, *(product.recognize for product in self.products.values() if product.recognize)]
        told += self.raw.recognize if self.raw else ()
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

    def amplifiers_of(self, detector: Detector) -> tuple[Amplifier, ...]:
        """Give the amplifiers of a detector, in the order of its gains; none where they are unknown."""
        return self.amplifiers[detector.amplifiers].amplifiers if detector.amplifiers else ()


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
    return _loaded(own, _shipped())


@cache
def _shipped() -> dict[str, tuple[Camera, Path]]:
    return _loaded(sorted(Path(__file__).parent.glob("*.yaml")), {})


def _loaded(files: Iterable[Path], known: Mapping[str, tuple[Camera, Path]]) -> dict[str, tuple[Camera, Path]]:
    """Add the definitions of files to those that are known."""
    loaded = dict(known)
    for file in files:
        try:
            # A safe loader, too, and six times as fast: every command that knows cameras waits for this.
            camera = Camera.model_validate(yaml.load(file.read_text(), yaml.CSafeLoader))
        except (ValidationError, yaml.YAMLError, UnicodeError) as error:
            raise BadCamera(file, " ".join(str(error).split())) from error
        if camera.name in loaded:
            raise BadCamera(file, f"{camera.name} is defined in {loaded[camera.name][1]} already")
        loaded[camera.name] = camera, file
    return loaded
