"""Tasks that are small enough to see through."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import BadInput, NoWork, Retriable
from pipeline.task import Input, Metric, Output, Result, Task, TaskConfig
from schema.catalog.definition import arrow_schema, definition


class CountConfig(TaskConfig):
    """What to do to whom."""

    poison: int = -1  # detector whose worker is killed
    bad: int = -1  # detector whose input is bad
    idle: int = -1  # detector with nothing to do
    flaky: int = -1  # detector that fails until the file `ticket` is gone
    ticket: str = ""
    sleep: float = 0.0
    unlike: bool = False  # each process makes something else
    tickets: str = ""  # folder; each detector fails until its file there is gone


class CountBytes(Task):
    """Count the bytes of a file."""

    name = "toy_count"
    dimensions = ("instrument", "exposure", "detector")
    Config = CountConfig
    raw = Input("raw_image", "file")
    table = Output("toy_count", "table")
    size = Metric("table", "byte", "Size of the file.")

    def run(self, raw: Any) -> Result:
        assert isinstance(self.config, CountConfig)
        text = raw.path.read_text()
        detector = int(text.split()[-1])
        time.sleep(self.config.sleep)
        while detector == 0 and os.path.exists(os.environ.get("TOY_HOLD", "")):
            time.sleep(0.01)
        if detector == self.config.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        if detector == self.config.idle:
            raise NoWork("nothing in it")
        if detector == self.config.bad:
            # As a broken header or file name may be quoted.
            raise BadInput(f"detector {detector} is bad: \0 \udcff")
        if detector == self.config.flaky and os.path.exists(self.config.ticket):
            os.unlink(self.config.ticket)
            raise Retriable("try again")
        if self.config.tickets and (mine := Path(self.config.tickets) / str(detector)).exists():
            mine.unlink()
            raise Retriable("try again")
        numbers = [len(text), detector] + [os.getpid()] * self.config.unlike
        return Result({"table": pa.table({"n": numbers})}, {"size": float(len(text))})


class Double(Task):
    """Double what was counted."""

    name = "toy_double"
    dimensions = ("instrument", "exposure", "detector")
    count = Input("toy_count", "table")
    table = Output("toy_double", "table")

    def run(self, count: Any) -> Result:
        return Result({"table": pa.table({"n": [2 * value for value in count["n"].to_pylist()]})})


class Split(Task):
    """Give the count of a detector in two tables."""

    name = "toy_split"
    dimensions = ("instrument", "exposure", "detector")
    count = Input("toy_count", "table")
    bytes = Output("toy_bytes", "table")
    place = Output("toy_place", "table")

    def run(self, count: Any) -> Result:
        size, detector = count["n"].to_pylist()
        return Result({"bytes": pa.table({"n": [size]}), "place": pa.table({"n": [detector]})})


class Join(Task):
    """Join what was split."""

    name = "toy_join"
    dimensions = ("instrument", "exposure", "detector")
    size = Input("toy_bytes", "table")
    place = Input("toy_place", "table")
    table = Output("toy_joined", "table")

    def run(self, size: Any, place: Any) -> Result:
        return Result({"table": pa.table({"n": [*size["n"].to_pylist(), *place["n"].to_pylist()]})})


class Stars(Task):
    """Find three stars on each detector."""

    name = "toy_stars"
    dimensions = ("instrument", "exposure", "detector")
    raw = Input("raw_image", "file")
    stars = Output("toy_stars", "table", catalog="reference_star")

    def run(self, raw: Any) -> Result:
        first = 3 * int(raw.path.read_text().split()[-1])
        schema = arrow_schema(definition("reference_star"))
        columns = {field.name: pa.array([1, 1, 1]).cast(field.type) for field in schema}
        columns |= {"refStarId": pa.array([first, first + 1, first + 2]), "_healpix_29": pa.array([first] * 3)}
        return Result({"stars": pa.table(columns, schema)})


class Merge(Task):
    """Give the length of a file, and its count if there is one."""

    name = "toy_merge"
    dimensions = ("instrument", "exposure", "detector")
    raw = Input("raw_image", "file")
    count = Input("toy_count", "table", optional=True)
    table = Output("toy_merge", "table")

    def run(self, raw: Any, count: Any = None) -> Result:
        counted = [] if count is None else count["n"].to_pylist()
        return Result({"table": pa.table({"n": [len(raw.path.read_text()), *counted]})})
