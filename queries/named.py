"""Named queries: the files `queries/sql/NAME.sql`.

A file begins with comment lines that say what it answers and what it takes::

    -- light_curve: Brightness over time of what lies at a position.
    -- :cone source
    -- :param run text=null Run whose rows are meant; all rows by default.

A parameter has a name, a type (int, float, text, or the angles deg, latitude, arcsec), a default behind `=` unless it
must be given (`null` for none), and a sentence. In the statement it is `%(run)s`. `:cone` stands for the parameters
ra, dec and radius; the statement gets them in degrees, and `%(low)s` and `%(high)s`: the pixel ranges that cover the
cone. With the name of a catalog table behind it, it also gets `%(loads)s`: the loads that the cone touches, or NULL for
all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from queries.errors import BadQueryFile, MissingParameter, UnknownParameter, UnknownQuery
from queries.values import READERS, read_value

FOLDER = Path(__file__).parent / "sql"
PARAMETER = re.compile(r":param (?P<name>\w+) (?P<type>\w+)(?:=(?P<default>\S+))? (?P<sentence>\S.*)")
CONE_OF = re.compile(r":cone(?: (?P<catalog>\w+))?")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Parameter:
    """What a query takes."""

    name: str
    type: str
    default: str | None  # None: it must be given
    sentence: str

    @property
    def usage(self) -> str:
        """How it is given on the command line."""
        default = "" if self.default is None else f"={self.default}"
        text = f"--{self.name} {self.type}{default}"
        return text if self.default is None else f"[{text}]"


CONE = (
    Parameter("ra", "deg", None, "Right ascension, ICRS."),
    Parameter("dec", "latitude", None, "Declination, ICRS."),
    Parameter("radius", "arcsec", "1", "Radius of the cone."),
)


@dataclass(frozen=True)
class Query:
    """A named query; `order` names what `$1` and so on in its statement are, `cone` the catalog of its cone."""

    name: str
    sentence: str
    parameters: tuple[Parameter, ...]
    statement: str
    order: tuple[str, ...]
    cone: str | None = None


@cache
def named(name: str) -> Query:
    """Give a query by its name.

    Raises
    ------
    UnknownQuery
        Raised if there is none.
    """
    if name not in names():
        raise UnknownQuery(name, names())
    return read(FOLDER / f"{name}.sql")


@cache
def names() -> tuple[str, ...]:
    """Give the names of all queries, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


def read(path: Path) -> Query:
    """Read a query from its file.

    Raises
    ------
    BadQueryFile
        Raised if header and statement do not fit together.
    """
    lines = path.read_text().splitlines()
    header = [line[3:] for line in takewhile(lambda line: line.startswith("-- "), lines)]
    title, _, sentence = (header or [""])[0].partition(": ")
    if title != path.stem or not sentence.endswith("."):
        raise BadQueryFile(path, f"its first line must be `-- {path.stem}:` and a sentence")
    parameters = tuple(parameter for line in header[1:] for parameter in _parameters(path, line))
    body = "\n".join(lines[len(header) :]).strip().rstrip(";")
    order = tuple(dict.fromkeys(PLACEHOLDER.findall(body)))
    cone = next((found["catalog"] for found in map(CONE_OF.fullmatch, header[1:]) if found), None)
    hidden = ({"low", "high"} if CONE[0] in parameters else set()) | ({"loads"} if cone else set())
    if set(order) != {parameter.name for parameter in parameters} | hidden:
        raise BadQueryFile(path, f"it declares {[p.name for p in parameters]} and uses {list(order)}")
    statement = PLACEHOLDER.sub(lambda found: f"${order.index(found[1]) + 1}", body)
    return Query(title, sentence, parameters, statement, order, cone)


def _parameters(path: Path, line: str) -> tuple[Parameter, ...]:
    if CONE_OF.fullmatch(line):
        return CONE
    found = PARAMETER.fullmatch(line)
    if found is None or found["type"] not in READERS:
        raise BadQueryFile(path, f"{line!r} declares no parameter of type {', '.join(READERS)}")
    return (Parameter(**found.groupdict()),)


def bind(query: Query, given: Mapping[str, Any]) -> list[Any]:
    """Give the values of `$1` and so on.

    Parameters
    ----------
    given
        Values or their texts, by name.

    Raises
    ------
    UnknownParameter, MissingParameter, BadValue
        Raised for what the query does not take.
    """
    known = [parameter.name for parameter in query.parameters]
    for name in given:
        if name not in known:
            raise UnknownParameter(query.name, name, known)
    values: dict[str, Any] = {}
    for parameter in query.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None and parameter.default is None:
            raise MissingParameter(query.name, parameter.name, parameter.sentence)
        values[parameter.name] = None if value in (None, "null") else read_value(parameter.name, parameter.type, value)
    if "low" in query.order:
        from schema.sky import cone_ranges  # NumPy takes a quarter of a second, and few questions have a cone

        ranges = cone_ranges(values["ra"] % 360.0, values["dec"], values["radius"])
        values |= {"low": ranges[:, 0].tolist(), "high": ranges[:, 1].tolist(), "loads": None}
    return [values[name] for name in query.order]
