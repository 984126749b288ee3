"""What can be wrong with a question, one sentence each."""

from collections.abc import Iterable
from pathlib import Path

from schema.errors import SkyledgerError


class RefusedSql(SkyledgerError):
    """A statement that the database does not answer."""

    def __init__(self, problem: str, hint: str | None = None, place: tuple[int, int] | None = None) -> None:
        self.problem, self.hint, self.place = problem, hint, place
        where = f" at line {place[0]}, column {place[1]}" if place else ""
        remedy = f": {hint[:1].lower()}{hint[1:].rstrip('.').replace('. ', '; ')}" if hint else ""
        super().__init__(f"the statement is refused: {problem.rstrip('.')}{where}{remedy}")


class TimeLimit(SkyledgerError):
    """A statement that ran too long."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"the statement was cancelled after {seconds:g} s: ask for less, or raise the time limit")


class WrongCall(SkyledgerError):
    """A named query that is not called as it is declared."""


class UnknownQuery(WrongCall):
    """A query that there is not."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"there is no query {name!r}; there are {', '.join(self.known)}")


class UnknownParameter(WrongCall):
    """A parameter that a query does not have."""

    def __init__(self, query: str, parameter: str, known: Iterable[str]) -> None:
        self.query, self.parameter, self.known = query, parameter, tuple(known)
        super().__init__(f"{query} has no parameter {parameter!r}; it takes {', '.join(self.known) or 'none'}")


class MissingParameter(WrongCall):
    """A parameter without a default that was not given."""

    def __init__(self, query: str, parameter: str, sentence: str) -> None:
        self.query, self.parameter, self.sentence = query, parameter, sentence
        super().__init__(f"{query} needs the parameter {parameter!r}: {sentence}")


class BadValue(WrongCall):
    """A value that a parameter cannot take."""

    def __init__(self, parameter: str, value: object, wanted: str) -> None:
        self.parameter, self.value, self.wanted = parameter, value, wanted
        super().__init__(f"{parameter} cannot be {value!r}: give {wanted}")


class BadQueryFile(SkyledgerError):
    """A file of a named query that breaks the rules for its header."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"the named query {path} cannot be used: {problem}")


class UnknownDataset(SkyledgerError):
    """A dataset that there is not, or whose file is gone."""

    def __init__(self, dataset: object, problem: str) -> None:
        self.dataset, self.problem = dataset, problem
        super().__init__(f"the dataset {dataset} {problem}; the view `dataset` lists what there is")


class BadPart(SkyledgerError):
    """A part that a dataset does not have."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"of {name} that part cannot be given: {problem}")


class NoPicture(SkyledgerError):
    """A file that cannot be drawn."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"{name} {problem}: there is no picture of it")
