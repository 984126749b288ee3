"""Conditions on datasets as SQL on the public views; whatever the user wrote becomes a parameter."""

from collections.abc import Iterable, Mapping
from typing import Any

from queries.datasets import fields
from queries.datasets.errors import suggest
from queries.datasets.fields import COLUMNS, SETS, Column, Kind
from queries.datasets.sky import shape_ranges
from queries.datasets.templates import LYING, METRIC, OVERLAPS, RELATIVES, TAINTED, TAINTS, VERDICT, several
from queries.datasets.tree import (
    Call,
    Compare,
    Condition,
    Field,
    In,
    IsNull,
    Junction,
    Like,
    Not,
    Operand,
    Overlaps,
    Range,
    Truth,
    Value,
)
from queries.datasets.values import Values

Vocabulary = Mapping[str, Iterable[str]]  # kind of names to the names that the ledger knows
# Kind of a parameter to its types in JSON and in SQL.
JSON_KINDS: dict[Kind, tuple[str, str]] = {
    "number": ("number", "float8"), "text": ("string", "text"), "truth": ("boolean", "bool"),
}  # fmt: skip
VERDICTS = {"ok": "true", "failed": "false"}


class Compiler:
    """Turns the tree of a condition into SQL with `d` as the view `dataset`."""

    def __init__(self, values: Values, vocabulary: Vocabulary) -> None:
        self.values, self.vocabulary = values, vocabulary

    def condition(self, of: Condition, *, alone: bool = True) -> str:
        """Give the SQL of a condition, in parentheses where it needs them.

        Parameters
        ----------
        alone
            Whether it must hold of whatever is found, and is no part of a choice or a negation.
        """
        match of:
            case Junction():
                parts = [self.condition(part, alone=alone and of.every) for part in of.parts]
                return f"({(' and ' if of.every else ' or ').join(parts)})"
            case Not():
                return f"not {self.condition(of.of, alone=False)}"
            case Overlaps():
                ranges = self.values.parameter(shape_ranges(of.shape, self.values), "int8multirange")
                return (LYING if alone else OVERLAPS).format(ranges=ranges)
            case _:
                return f"({self._predicate(of.operand, of, alone)})"

    def order(self, name: str) -> str:
        """Give the SQL of a field that answers are sorted by; `-` before it turns the order round."""
        column = self._column(Field((name.removeprefix("-"),), int(name.startswith("-"))))
        return f"{column.sql} {'desc' if name.startswith('-') else 'asc'} nulls last"

    def _predicate(self, operand: Operand, of: Any, alone: bool) -> str:
        """Give the SQL of a predicate on an operand."""
        if isinstance(operand, Call):
            return self._call(operand, of)
        name = operand.path[0]
        if name == "config":
            return self._config(operand, of)
        if name in SETS:
            return self._set(name, of, TAINTED if alone else TAINTS)
        column = self._column(operand)
        return self._test(column.sql, column, operand.path[0], of)

    def _column(self, field: Field) -> Column:
        """Give the column of a field."""
        name = ".".join(field.path)
        if name not in COLUMNS:
            raise fields.unknown_field(self.values.text, name, field.at)
        return COLUMNS[name]

    def _test(self, sql: str, column: Column, name: str, of: Any) -> str:
        """Give the SQL of a test of an expression of a kind."""
        match of:
            case Compare():
                self._ordered(column, name, of)
                self._known(column.names, of.value)
                return f"{sql} {'<>' if of.operator == '!=' else of.operator} {self._value(of.value, column, name)}"
            case In():
                return " or ".join(self._among(sql, column, name, item) for item in of.items)
            case Like():
                return f"{sql} like {self._pattern(column, name, of)}"
            case IsNull():
                return f"{sql} is null"
            case _:
                return self._truth(sql, column, name, of)

    def _truth(self, sql: str, column: Column, name: str, of: Truth) -> str:
        if column.kind != "truth":
            self.values.refuse(
                of.operand.at, f"{name} is no condition by itself: compare it with {fields.SAID[column.kind]}"
            )
        return sql

    def _ordered(self, column: Column, name: str, of: Compare) -> None:
        """Refuse what has no order."""
        if column.kind in ("truth", "uid") and of.operator not in ("=", "!="):
            self.values.refuse(of.operand.at, f"{name} has no order: use = or !=")

    def _among(self, sql: str, column: Column, name: str, item: Value | Range) -> str:
        if not isinstance(item, Range):
            self._known(column.names, item)
            return f"{sql} = {self._value(item, column, name)}"
        if column.kind not in ("whole", "number", "time", "moment"):
            self.values.refuse(item.first.at, f"{name} has no ranges: list its values")
        first, last = (self._value(one, column, name) for one in (item.first, item.last))
        found = f"({sql} between {first} and {last}"
        if item.step == 1:
            return f"{found})"
        if column.kind != "whole":
            self.values.refuse(item.first.at, f"only ranges of whole numbers have steps, and {name} is none")
        step = self.values.parameter(item.step, "int8")
        return f"{found} and ({sql} % {step} - {first} % {step}) % {step} = 0)"

    def _value(self, value: Value, column: Column, name: str) -> str:
        return self.values.of_kind(value, column.kind, name)

    def _pattern(self, column: Column, name: str, of: Like) -> str:
        """Give the pattern of LIKE; * and ? of a shell become % and _."""
        if column.kind != "text":
            self.values.refuse(of.operand.at, f"{name} is no text: LIKE and GLOB are for texts")
        text = str(self.values.read(of.pattern, "text", name))
        if of.glob:
            for special in "\\%_":
                text = text.replace(special, f"\\{special}")
            text = text.replace("*", "%").replace("?", "_")
        elif (len(text) - len(text.rstrip("\\"))) % 2:
            self.values.refuse(of.pattern.at, "a pattern does not end with a backslash")
        return self.values.parameter(text, "text")

    def _known(self, kind: str | None, value: Value) -> None:
        """Refuse a name that nobody knows: the answer would be empty without a reason."""
        name = self.values.plain(value)
        if kind and isinstance(name, str) and name not in set(self.vocabulary[kind]):
            self.values.refuse(value.at, suggest(kind, name, self.vocabulary[kind]))

    def _set(self, name: str, of: Any, tainted: str = TAINTS) -> str:
        """Test what a dataset can have several of: whether one of them is so."""
        column = SETS[name]
        match of:
            case IsNull():
                return f"not {several(name, TAINTS).format(condition='true')}"
            case Compare(operator="!="):
                return f"not {self._set(name, Compare(of.operand, '=', of.value))}"
            case Compare(operator="=") | In() | Like():
                condition = f"({self._test(column.sql, column, name, of)})"
                return several(name, tainted).format(condition=condition)
        self.values.refuse(of.operand.at, f"{name} has no order: use =, !=, IN, LIKE, GLOB or IS NULL")

    def _config(self, field: Field, of: Any) -> str:
        """Test a parameter of the task that made a dataset; one of another type answers nothing."""
        name = ".".join(field.path)
        if len(field.path) < 2:
            self.values.refuse(field.at, "config needs the name of a parameter: write config.detection.threshold")
        if name.removeprefix("config.") not in set(self.vocabulary["parameter"]):
            self.values.refuse(
                field.at, suggest("parameter", name.removeprefix("config."), self.vocabulary["parameter"])
            )
        found = f"(d.config #> {self.values.parameter(list(field.path[1:]), 'text[]')})"
        if isinstance(of, IsNull):
            return f"{found} is null or jsonb_typeof({found}) = 'null'"
        kind = self._kind(of)
        json, cast = JSON_KINDS[kind]
        typed = f"case jsonb_typeof({found}) when '{json}' then ({found} #>> '{{}}')::{cast} end"
        return self._test(typed, Column("", kind), name, of)

    def _kind(self, of: Any) -> Kind:
        """Tell which type of parameter a test is about, by the value that it is compared with."""
        match of:
            case Truth():
                return "truth"
            case Like():
                return "text"
            case In():
                first = of.items[0]
                value = self.values.plain(first.first if isinstance(first, Range) else first)
            case _:
                value = self.values.plain(of.value)
        if isinstance(value, bool):
            return "truth"
        return "text" if isinstance(value, str) else "number"

    def _call(self, call: Call, of: Any) -> str:
        """Give the SQL of a function."""
        if call.name not in fields.FUNCTIONS:
            raise fields.unknown_function(self.values.text, call.name, call.at)
        if len(call.arguments) != 1:
            self.values.refuse(call.at, f"write {fields.FUNCTIONS[call.name]}")
        if call.name == "metric":
            return self._metric(call, of)
        if call.name == "verdict":
            return self._verdict(call, of)
        if not isinstance(of, Truth):
            self.values.refuse(call.at, f"{call.name} is true or false by itself: compare it with nothing")
        uid = self.values.of_kind(call.arguments[0], "uid", f"what {call.name} asks for")
        walk = "downstream" if call.name == "made_from" else "upstream"
        return RELATIVES.format(walk=walk, uid=uid)

    def _metric(self, call: Call, of: Any) -> str:
        """Test a metric; one that could not be measured (NaN) answers nothing."""
        name = str(self.values.read(call.arguments[0], "text", "the name of a metric"))
        known = set(self.vocabulary["metric"])
        # The last part is enough where only one metric ends so.
        meant = [one for one in known if name in (one, one.rpartition(".")[2])] if name not in known else [name]
        if len(meant) != 1:
            several = f"{name} is short for {' and '.join(sorted(meant))}: write one of them"
            self.values.refuse(call.arguments[0].at, several if meant else suggest("metric", name, known))
        metric = self.values.parameter(meant[0], "text")
        if isinstance(of, IsNull):
            return f"not {METRIC.format(metric=metric, condition='true')}"
        if isinstance(of, Truth | Like):
            self.values.refuse(call.at, f"metric('{name}') is a number: compare it with one")
        condition = self._test("q.value", Column("", "number"), f"metric('{name}')", of)
        return METRIC.format(metric=metric, condition=f"({condition})")

    def _verdict(self, call: Call, of: Any) -> str:
        """Test whether a specification is kept; `unknown` where nothing was measured."""
        self._known("specification", call.arguments[0])
        name = self.values.of_kind(call.arguments[0], "text", "the name of a specification")
        kept = VERDICT.format(name=name, kept="true")
        if isinstance(of, Truth):
            return kept
        wanted = self.values.plain(of.value) if isinstance(of, Compare) and of.operator in ("=", "!=") else None
        if wanted not in ("ok", "failed", "unknown"):
            self.values.refuse(call.at, "a verdict is = or != 'ok', 'failed' or 'unknown'")
        if wanted == "unknown":
            found = f"not ({kept} or {VERDICT.format(name=name, kept='false')})"
        else:
            found = VERDICT.format(name=name, kept=VERDICTS[wanted])
        return f"not ({found})" if of.operator == "!=" else found
