"""A task whose code a test edits, with a calibration that it needs."""

import sys
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.code import code_digest
from pipeline.tasks import _theirs, tasks
from schema import code
from schema.ledger.certification import Validity, certify
from schema.ledger.external import ExternalFile, register_external
from schema.ledger.times import mjd_ns
from schema.settings import settings
from schema.store import Store

MODULE = "workshop_task"
CODE = '''
import pyarrow as pa
from pipeline.task import Calibration, Input, Output, Result, Task


class Debias(Task):
    """Take the bias off."""

    name = "toy_debias"
    dimensions = ("instrument", "exposure", "detector")
    raw = Input("raw_image", "file")
    bias = Calibration("toy_bias", "file")
    table = Output("toy_count", "table")

    def run(self, raw, bias):
        number = 100 * int(raw.path.read_text().split()[-1]) - int(bias.path.read_text())
        return Result({"table": pa.table({"n": [number]})})
'''
ALWAYS = Validity(mjd_ns(58000), mjd_ns(59000))  # around the toy exposure


class Workshop:
    """Writes the module of a task; beside it the toys stand, whose `toy_double` reads what it makes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.path = folder / f"{MODULE}.py"
        self.patch = monkeypatch
        monkeypatch.syspath_prepend(folder)
        # Two texts of one second and size would be taken for one.
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.setenv("SKYLEDGER_TASK_MODULES", f'["{MODULE}", "tests.support.toys"]')
        self.write(CODE)

    def edit(self, old: str, new: str) -> None:
        """Change something in the code."""
        text = self.path.read_text()
        assert text.count(old) == 1
        self.write(text.replace(old, new))

    def write(self, text: str) -> None:
        """Write the code; this process reads it as a new one would."""
        self.path.write_text(text)
        self.patch.delitem(sys.modules, MODULE, raising=False)
        forget()


def forget() -> None:
    """Forget what this process knows of settings, tasks and their code."""
    settings.cache_clear()
    tasks.cache_clear()
    _theirs.cache_clear()
    for known in (code_digest, code.code_digest, code._imports, code._parsed, code._tree, code._is_module):
        known.cache_clear()


def register_biases(owner: Connection[Any], folder: Path, values: dict[int, int]) -> dict[int, int]:
    """Register a bias for each detector, a text file with a number; give the datasets by detector."""
    folder.mkdir(exist_ok=True)
    store = Store(settings().store_root)
    files = []
    for detector, value in values.items():
        path = folder / f"bias{detector}_{value}.txt"
        path.write_text(str(value))
        stored = store.take_in(path)
        data_id = {"instrument": "Toy", "detector": detector}
        files.append(ExternalFile("toy_bias", data_id, stored.file_digest, stored, path.name))
    found = register_external(owner, files, "file")
    return {detector: one.dataset_id for detector, one in zip(values, found, strict=True)}


def certify_biases(
    owner: Connection[Any], folder: Path, values: dict[int, int], valid: Validity = ALWAYS, *, replace: bool = False
) -> dict[int, int]:
    """Register biases and let them hold in `Toy/calib`."""
    found = register_biases(owner, folder, values)
    certify(owner, "Toy/calib", list(found.values()), valid, replace=replace)
    return found
