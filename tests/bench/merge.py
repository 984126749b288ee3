"""A task of three inputs, one output and two metrics."""

from typing import Any

import pyarrow as pa

from pipeline.task import Input, Metric, Output, Result, Task, TaskConfig


class MergeConfig(TaskConfig):
    """A number that makes another quantum of the same inputs."""

    number: int = 0


class Merge(Task):
    """Note the sizes of three files."""

    name = "bench_merge"
    dimensions = ("instrument", "exposure", "detector")
    Config = MergeConfig
    first = Input("bench_first", "file")
    second = Input("bench_second", "file")
    third = Input("bench_third", "file")
    table = Output("bench_merge", "table")
    total = Metric("table", "byte", "Size of the three files.")
    largest = Metric("table", "byte", "Size of the largest file.")

    def run(self, first: Any, second: Any, third: Any) -> Result:
        sizes = [file.path.stat().st_size for file in (first, second, third)]
        return Result({"table": pa.table({"n": sizes})}, {"total": float(sum(sizes)), "largest": float(max(sizes))})
