"""Parser of conditions on datasets."""

import math
from collections.abc import Iterator
from typing import NoReturn, cast, get_args

from queries.datasets.errors import BadExpression
from queries.datasets.tokens import WORDS, Token, storable, tokens
from queries.datasets.tree import (
    Bind,
    Call,
    Compare,
    Comparison,
    Condition,
    Field,
    In,
    IsNull,
    Junction,
    Like,
    Literal,
    Not,
    Operand,
    Overlaps,
    Range,
    Truth,
    Value,
)

LONGEST = 20_000  # characters
DEEPEST = 60  # parentheses and NOTs within each other
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def parse(text: str) -> Condition:
    """Read a condition such as `instrument = 'DECam' and exposure in (1..10:3, 17)`.

    Raises
    ------
    BadExpression
        Raised at the first thing that cannot be read.
    """
    if len(text) > LONGEST:
        raise BadExpression(text, LONGEST, f"the condition has more than {LONGEST:,} characters")
    parser = _Parser(text)
    found = parser.either()
    if parser.next.kind != "end":
        parser.refuse(f"{parser.said()} where AND, OR or the end was expected")
    return found


class _Parser:
    """Recursive descent; each method reads what its name says and stands behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rest = tokens(text)
        self.next = next(self._rest)
        self._depth = 0

    def refuse(self, problem: str, at: int | None = None) -> NoReturn:
        raise BadExpression(self.text, self.next.at if at is None else at, problem)

    def said(self) -> str:
        return "the end" if self.next.kind == "end" else self.next.text

    def take(self) -> Token:
        taken = self.next
        self.next = next(self._rest, taken)
        return taken

    def accept(self, *texts: str) -> Token | None:
        """Take the next piece if it is one of these words or marks."""
        return self.take() if self.next.kind in ("word", "mark", "range") and self.next.text in texts else None

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.refuse(f"{self.said()} where {text} was expected")

    def either(self) -> Condition:
        parts = [self.every()]
        while self.accept("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Junction(False, tuple(parts))

    def every(self) -> Condition:
        parts = [self.single()]
        while self.accept("and"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Junction(True, tuple(parts))

    def single(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            self.refuse(f"the condition is nested more than {DEEPEST} times")
        try:
            if self.accept("not"):
                return Not(self.single())
            if self.accept("("):
                inner = self.either()
                self.expect(")")
                return inner
            if self.accept("overlaps"):
                return Overlaps(self.call(self.name("a shape: circle, box, polygon or point")))
            return self.predicate()
        finally:
            self._depth -= 1

    def predicate(self) -> Condition:
        if self.next.kind in ("number", "text", "time", "bind") or self.next.text in ("-", "+", "true", "false"):
            value, operator = self.value(), self.operator()
            return Compare(self.operand(), cast(Comparison, FLIPPED.get(operator, operator)), value)
        operand = self.operand()
        if self.next.kind == "operator":
            operator = self.operator()
            return Compare(operand, cast(Comparison, operator), self.value())
        if self.accept("is"):
            negated = self.accept("not")
            self.expect("null")
            return Not(IsNull(operand)) if negated else IsNull(operand)
        negated = self.accept("not")
        found = self.among(operand)
        if found is None:
            if negated:
                self.refuse(f"{self.said()} where IN, LIKE, GLOB or BETWEEN was expected")
            return Truth(operand)
        return Not(found) if negated else found

    def among(self, operand: Operand) -> Condition | None:
        """Read IN, BETWEEN, LIKE or GLOB and what belongs to it; None where something else stands."""
        if self.accept("in"):
            return In(operand, tuple(self.items()))
        if self.accept("between"):
            first = self.value()
            self.expect("and")
            return In(operand, (Range(first, self.value(), 1),))
        pattern = self.accept("like", "glob")
        return Like(operand, self.value(), pattern.text == "glob") if pattern else None

    def items(self) -> Iterator[Value | Range]:
        if not self.accept("("):
            yield self.item()
            return
        yield self.item()
        while self.accept(","):
            yield self.item()
        self.expect(")")

    def item(self) -> Value | Range:
        first = self.value()
        if not self.accept(".."):
            return first
        last = self.value()
        if not self.accept(":"):
            return Range(first, last, 1)
        step = self.value()
        if not isinstance(step, Literal) or not isinstance(step.value, int) or not 0 < step.value < 2**31:
            self.refuse("the step of a range is a whole number above 0", step.at)
        return Range(first, last, step.value)

    def operator(self) -> str:
        if self.next.kind != "operator":
            self.refuse(f"{self.said()} where =, !=, <, <=, > or >= was expected")
        text = {"<>": "!=", "==": "="}.get(self.next.text, self.next.text)
        self.take()
        assert text in get_args(Comparison)
        return text

    def name(self, wanted: str) -> Token:
        if self.next.kind != "name":
            self.refuse(f"{self.said()} where {wanted} was expected")
        return self.take()

    def operand(self) -> Operand:
        first = self.name("a field such as instrument")
        if self.next.text == "(" and self.next.kind == "mark":
            return self.call(first)
        path = [first.text]
        while self.accept("."):
            # A parameter may be called like a word of ours.
            path.append(self.take().text if self.next.kind == "word" else self.name("the name of a parameter").text)
        return Field((path[0].lower(), *path[1:]), first.at)

    def call(self, name: Token) -> Call:
        self.expect("(")
        arguments = [] if self.next.text == ")" else [self.value()]
        while arguments and self.accept(","):
            arguments.append(self.value())
        self.expect(")")
        return Call(name.text.lower(), tuple(arguments), name.at)

    def value(self) -> Value:
        sign = self.accept("-", "+")
        token = self.next
        if token.kind == "number":
            self.take()
            return Literal((-1 if sign and sign.text == "-" else 1) * self.number(token), token.at)
        if sign or token.kind not in ("text", "time", "bind", "word") or token.text in WORDS - {"true", "false"}:
            self.refuse(f"{self.said()} where a value was expected: a number, or a text in single quotes")
        self.take()
        match token.kind:
            case "bind":
                return Bind(token.text[1:], token.at)
            case "time":
                return Literal(token.text[2:-1], token.at, is_time=True)
            case "word":
                return Literal(token.text == "true", token.at)
            case _:
                return Literal(self.plain(token), token.at)

    def plain(self, token: Token) -> str:
        """Give what stands between quotes, if the database can take it."""
        text = token.text[1:-1].replace("''", "'")
        if not storable(text):
            self.refuse("the text has a character that is no UTF-8", token.at)
        return text

    def number(self, token: Token) -> int | float:
        whole = token.text.isdigit()
        value = int(token.text[:40]) if whole else float(token.text)
        if value >= 2**63 if whole else not math.isfinite(value):
            self.refuse(f"{token.text} is too large", token.at)
        return value
