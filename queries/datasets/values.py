"""Values in conditions on datasets: literals and bound ones, as the parameters of a statement."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from queries.datasets.errors import BadExpression, suggest
from queries.datasets.fields import SAID, Kind
from queries.datasets.tokens import storable
from queries.datasets.tree import Literal, Value
from schema.ledger.errors import BadTime
from schema.ledger.times import DAY_NS, EPOCH_MJD, moment, tai_ns

CASTS = {
    "whole": "int8", "number": "float8", "text": "text", "truth": "bool", "time": "float8", "moment": "timestamptz",
    "uid": "uuid",
}  # fmt: skip


class Values:
    """Collects the parameters `$1` and so on; nothing of the user's text becomes SQL in any other way."""

    def __init__(self, text: str, bind: Mapping[str, Any]) -> None:
        self.text, self.bind = text, bind
        self.parameters: list[Any] = []

    def parameter(self, value: Any, cast: str) -> str:
        """Add a parameter; give its place in the statement."""
        self.parameters.append(value)
        return f"${len(self.parameters)}::{cast}"

    def of_kind(self, value: Value, kind: Kind, what: str) -> str:
        """Add a value that must be of a kind; `what` is the name of what it is compared with."""
        return self.parameter(self.read(value, kind, what), CASTS[kind])

    def read(self, value: Value, kind: Kind, what: str) -> Any:
        """Give a value as a kind.

        Raises
        ------
        BadExpression
            Raised if it is of another.
        """
        given = self.plain(value)
        try:
            found = _read(given, kind)
        except (BadTime, ValueError, OverflowError) as error:
            raise BadExpression(self.text, value.at, f"{what} is {SAID[kind]}") from error
        if found is None:
            raise BadExpression(self.text, value.at, f"{what} is {SAID[kind]}")
        return found

    def plain(self, value: Value) -> Any:
        """Give a value as Python has it.

        Raises
        ------
        BadExpression
            Raised if it is to be given beside the text, and is not.
        """
        if isinstance(value, Literal):
            return value.value
        if value.name not in self.bind:
            raise BadExpression(self.text, value.at, suggest("value for", f":{value.name}", self.bind))
        given = self.bind[value.name]
        if isinstance(given, str) and not storable(given):
            raise BadExpression(self.text, value.at, f":{value.name} has a character that is no UTF-8")
        return given

    def refuse(self, at: int, problem: str) -> NoReturn:
        """Refuse what stands at a place."""
        raise BadExpression(self.text, at, problem)


def _read(given: Any, kind: Kind) -> Any:
    """Give a value as a kind; None where it is of another."""
    number = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    match kind:
        case "whole":
            return given if number and isinstance(given, int) and -(2**63) <= given < 2**63 else None
        case "number":
            return float(given) if number else None
        case "truth":
            return given if isinstance(given, bool) else None
        case "time":
            return float(given) if number else _mjd(given)
        case "moment":
            return given if isinstance(given, datetime) else moment(str(given))
        case "uid":
            return str(UUID(str(given)))
        case _:
            return given if isinstance(given, str) else None


def _mjd(given: Any) -> float:
    """Give the MJD (TAI) of a time that is written as UTC."""
    text = given.isoformat() if isinstance(given, datetime) else str(given)
    return EPOCH_MJD + tai_ns(text) / DAY_NS
