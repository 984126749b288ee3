"""A task that takes more than it may, and one that never ends."""

import signal
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from pipeline.task import Input, Output, Resources, Result, Task, TaskConfig


class GreedyConfig(TaskConfig):
    """Which detector does what."""

    takes: dict[int, int] = Field(default_factory=dict)  # detector to memory [MiB]; it holds that until it is killed
    hangs: tuple[int, ...] = ()  # blocks every signal and never ends
    starves: tuple[int, ...] = ()  # is refused memory
    repents: tuple[int, ...] = ()  # ends when it is tried once more
    notes: str = ""  # folder in which those write that they were there


class Greedy(Task):
    """Say the number of the detector, if it comes to that."""

    name = "toy_greedy"
    dimensions = ("instrument", "exposure", "detector")
    Config = GreedyConfig
    resources = Resources(time_limit_s=1800)
    raw = Input("raw_image", "file")
    table = Output("toy_greedy", "table")

    def run(self, raw: Any) -> Result:
        assert isinstance(self.config, GreedyConfig)
        detector = int(raw.path.read_text().split()[-1])
        if detector in self.config.starves:
            raise MemoryError("no room for 9 GiB")
        good = detector not in {*self.config.takes, *self.config.hangs} or self._repents(detector)
        if detector in self.config.hangs and not good:
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        held = b"x" * (self.config.takes.get(detector, 0) << 20)
        if not good:
            time.sleep(3600)
        return Result({"table": pa.table({"detector": [detector], "held": [len(held)]})})

    def _repents(self, detector: int) -> bool:
        assert isinstance(self.config, GreedyConfig)
        note = Path(self.config.notes) / str(detector)
        known = note.exists()
        if detector in self.config.repents:
            note.touch()
        return known
