"""Errors that travel from one process to another keep their sentence and their values."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import skyledger  # noqa: F401  with every module that defines errors of the verbs
from schema.errors import SkyledgerError, StoreBroken


def kinds(of: type[SkyledgerError] = SkyledgerError) -> Iterator[type[SkyledgerError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_every_error_survives_the_way_between_processes() -> None:
    known = list(kinds())
    assert len(known) > 20
    for kind in known:
        error = kind.__new__(kind, "a sentence")
        error.__dict__.update(path=Path("x"), problem="is missing")
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.__dict__) == (kind, "a sentence", error.__dict__)


def test_a_broken_file_is_named_in_another_process_too() -> None:
    error = StoreBroken(Path("files/aa"), "is missing")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, StoreBroken)
    assert (str(again), again.path, again.problem) == (str(error), Path("files/aa"), "is missing")
