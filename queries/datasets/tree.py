"""The tree of a condition on datasets; `at` is the place in the text, for errors."""

from dataclasses import dataclass
from typing import Literal as Among

Comparison = Among["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Literal:
    """A value as it was written; a time is the text between the quotes of T'…'."""

    value: int | float | str | bool
    at: int
    is_time: bool = False


@dataclass(frozen=True)
class Bind:
    """A value that is given beside the text: `:name`."""

    name: str
    at: int


Value = Literal | Bind


@dataclass(frozen=True)
class Field:
    """A field, or a path below `config`."""

    path: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Call:
    """A function of literals: metric('seeing'), circle(150.1, 2.2, 0.5)."""

    name: str
    arguments: tuple[Value, ...]
    at: int


Operand = Field | Call


@dataclass(frozen=True)
class Compare:
    """An operand against a value."""

    operand: Operand
    operator: Comparison
    value: Value


@dataclass(frozen=True)
class Range:
    """All from `first` to `last`, both included, in steps: 1..10:3."""

    first: Value
    last: Value
    step: int


@dataclass(frozen=True)
class In:
    """An operand among values and ranges."""

    operand: Operand
    items: tuple[Value | Range, ...]


@dataclass(frozen=True)
class Like:
    """A text against a pattern: % and _ of SQL, or * and ? of a shell."""

    operand: Operand
    pattern: Value
    glob: bool


@dataclass(frozen=True)
class IsNull:
    """Whether an operand has no value."""

    operand: Operand


@dataclass(frozen=True)
class Truth:
    """An operand that is true or false by itself."""

    operand: Operand


@dataclass(frozen=True)
class Overlaps:
    """Whether the place of the data ID touches a shape on the sky."""

    shape: Call


@dataclass(frozen=True)
class Not:
    """The contrary."""

    of: "Condition"


@dataclass(frozen=True)
class Junction:
    """Several conditions, all of which or one of which must hold."""

    every: bool
    parts: tuple["Condition", ...]


Condition = Compare | In | Like | IsNull | Truth | Overlaps | Not | Junction
