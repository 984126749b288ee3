"""Recipes: what the columns of a catalog made elsewhere mean, and who made it."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from ingest.catalogs.errors import BadRecipe
from ingest.catalogs.target import TARGETS, Target
from ingest.catalogs.units import BadUnit, converter
from schema.canonical import canonical
from schema.catalog.definition import definition

Number = Literal["exposure", "visit", "detector"]


def _has_nul(value: Any) -> bool:
    """Tell whether PostgreSQL would refuse a text, or one in a list or mapping."""
    if isinstance(value, dict):
        return any(_has_nul(part) for item in value.items() for part in item)
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def _without_nul(value: Any) -> Any:
    if _has_nul(value):
        raise ValueError("use no NUL characters")
    return value


NoNul = AfterValidator(_without_nul)
Text = Annotated[StrictStr, Field(min_length=1), NoNul]


def _plain(value: Any) -> Any:
    """Refuse what has no canonical JSON: it could be in no identity."""
    try:
        canonical(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"use text, finite numbers, true, false, null, lists and mappings ({error})") from None
    return _without_nul(value)


class Part(BaseModel):
    """A section of a recipe; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MadeBy(Part):
    """Who made the catalogs: software, version, its configuration, and the datasets that it read.

    Attributes
    ----------
    inputs
        Dataset types; of each, the dataset with the data ID of the catalog is taken where the ledger has it.
    inputs_from
        Collection in which they are; the files of the instrument as they came unless it is given.
    """

    software: Text
    version: Text
    config: Annotated[dict[str, Any], AfterValidator(_plain)] = {}
    inputs: tuple[Text, ...] = ()
    inputs_from: Annotated[str, NoNul] = ""


class DataId(Part):
    """Where exposure (or visit) and detector are found.

    Attributes
    ----------
    pattern
        Regular expression with named groups, searched for in the path of the file.
    columns, metadata
        Column, or key of the Parquet file's metadata, that has the number.
    constant
        Numbers that are the same for all files.
    """

    pattern: str = ""
    columns: dict[Number, Text] = {}
    metadata: dict[Number, Text] = {}
    constant: dict[Number, int | str] = {}

    @field_validator("pattern")
    @classmethod
    def _is_an_expression(cls, pattern: str) -> str:
        try:
            groups = set(re.compile(pattern).groupindex)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression ({error})") from None
        if pattern and not groups:
            raise ValueError(f"{pattern!r} has no named group, such as (?P<exposure>\\d+)")
        if unknown := groups - {"exposure", "visit", "detector"}:
            raise ValueError(
                f"{pattern!r} has a group {sorted(unknown)[0]}: only exposure, visit, detector are numbers"
            )
        return pattern

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        found = [*re.compile(self.pattern).groupindex, *self.columns, *self.metadata, *self.constant]
        if doubled := [name for name in found if found.count(name) > 1]:
            raise ValueError(f"{doubled[0]} is said twice")
        if "detector" not in found or ("visit" in found) == ("exposure" in found):
            raise ValueError("say where detector and one of visit and exposure are found")
        return self

    @property
    def number(self) -> Literal["exposure", "visit"]:
        """Give which of the two numbers names an image, together with the detector."""
        found = {*re.compile(self.pattern).groupindex, *self.columns, *self.metadata, *self.constant}
        return "visit" if "visit" in found else "exposure"


class Given(Part):
    """Where the values of one of our columns come from.

    Attributes
    ----------
    column
        Their column.
    value
        Value of every row, where there is no column.
    unit
        Theirs, as astropy writes it; without it the unit that the file states, or ours.
    bits
        Of a column of bit flags: the value is true where one of these bits is set.
    nan
        Numbers by which they say that there is no number.
    offset
        Added after the conversion, in our unit.
    """

    column: Annotated[str, NoNul] = ""
    value: bool | int | float | str | None = None
    unit: Annotated[str, NoNul] | None = None
    bits: int = Field(0, ge=0, lt=2**63)
    nan: tuple[FiniteFloat, ...] = ()
    offset: FiniteFloat = 0.0

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.value is None) == (not self.column):
            raise ValueError("give either a column or a value")
        if self.value is not None and self.model_fields_set != {"value"}:
            raise ValueError("a value stands alone, in our unit")
        _plain(self.value)
        return self


def _given(value: Any) -> Any:
    """Take a text as the name of their column."""
    return {"column": value} if isinstance(value, str) else value


class Recipe(Part):
    """How catalogs of one kind are read, as a YAML file says it."""

    catalog: Text
    instrument: Text
    made_by: MadeBy
    data_id: DataId
    columns: dict[str, Annotated[Given, BeforeValidator(_given)]] = {}
    missing: Literal["refuse", "allow"] = "refuse"
    unexpected: Literal["refuse", "ignore"] = "ignore"

    @field_validator("catalog")
    @classmethod
    def _is_a_target(cls, catalog: str) -> str:
        if catalog not in TARGETS:
            raise ValueError(f"{catalog!r} takes no catalogs from elsewhere: choose one of {', '.join(TARGETS)}")
        return catalog

    @model_validator(mode="after")
    def _fits_the_definition(self) -> Self:
        ours = {column.name: column for column in definition(self.catalog).columns}
        for name, given in self.columns.items():
            if name not in ours:
                raise ValueError(f"columns.{name}: the table {self.catalog} has no such column")
            if name in self.target.ledger:
                raise ValueError(f"columns.{name}: that is said by the ledger, not by a file")
            length = ours[name].length
            if isinstance(given.value, str) and length is not None and len(given.value) > length:
                raise ValueError(f"columns.{name}: the value has more than {length} characters")
            if given.unit is not None and ours[name].unit is None:
                raise ValueError(f"columns.{name}: it is no quantity and has no unit")
            try:
                converter(given.unit, ours[name].unit)
            except BadUnit as error:
                raise ValueError(f"columns.{name}: {error}") from None
        return self

    @property
    def target(self) -> Target:
        """Give what is special about the table."""
        return TARGETS[self.catalog]

    @property
    def body(self) -> dict[str, Any]:
        """Give what belongs to the identity of what is made; where files lie and what they are called does not."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        who = {name: said["made_by"][name] for name in ("software", "version")}
        return {
            "made_by": {**who, "config": self.made_by.config},
            "recipe": {
                **{name: said[name] for name in ("catalog", "instrument", "columns", "missing") if name in said},
                "data_id": self.data_id.columns,
            },
        }


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    BadRecipe
        Raised if the file is no YAML, or for the first thing in it that is wrong.
    """
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadRecipe(path, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        raise BadRecipe(path, f"{place}: {problem}" if place else problem) from error
    except (yaml.YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise BadRecipe(path, f"is no YAML ({' '.join(str(error).split())})") from error
