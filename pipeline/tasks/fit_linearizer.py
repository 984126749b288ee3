"""How the amplifiers of a detector depart from linearity."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pydantic import Field

from pipeline.errors import BadInput
from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.linearity import Linearizer, fit_linearity
from pipeline.products.amplifiers import regions
from pipeline.products.flats import alive, illuminations
from pipeline.products.frames import open_frames
from pipeline.storage import File
from pipeline.task import Gather, Metric, Output, Result, Task, TaskConfig

NOTHING = Linearizer(np.zeros(1), np.zeros(1), 0.0)
"""What stands for an amplifier that sees no light."""
SCHEMA = pa.schema([("amplifier", pa.string()), ("counts", pa.float64()), ("correction", pa.float64())])


class FitLinearizerConfig(TaskConfig):
    """How counts are made linear."""

    order: int = Field(3, ge=2, le=8, description="Power of the highest term.")
    full_well: float = Field(0.95, gt=0, le=1, description="Part of the saturation up to which flats count.")


class FitLinearizer(Task):
    """Fit counts against exposure times of flats: nodes of a table of corrections for each amplifier (adu)."""

    name = "fit_linearizer"
    dimensions = ("instrument", "detector")
    Config = FitLinearizerConfig
    frames = Gather("ramp_frame", "file", at_least=5)
    table = Output("linearizer", "table")

    linearityResidual = Metric("table", "", "Largest fractional residual of a flat, of the worst amplifier.")
    linearityCorrection = Metric("table", "", "Largest fractional correction, of the worst amplifier.")
    nDeadAmplifier = Metric("table", "", "Number of amplifiers that saw no light, and are left as they are.")

    def run(self, frames: Sequence[File]) -> Result:
        """Fit each amplifier.

        Raises
        ------
        BadInput
            Raised if an amplifier has too few levels.
        """
        assert isinstance(self.config, FitLinearizerConfig)
        opened = open_frames(frames)
        amplifiers = regions(opened[0].facts)
        fits = []
        measured = illuminations(opened, amplifiers)
        lit = alive(measured)
        for amplifier, found, sees in zip(amplifiers, measured, lit, strict=True):
            full_well = self.config.full_well * amplifier.saturation
            try:
                fit = fit_linearity(found, full_well, self.config.order) if sees else NOTHING
            except BadImage as error:
                raise BadInput(f"amplifier {amplifier.name}: {error}") from error
            fits.append(fit)
        counts, correction = (np.concatenate([getattr(fit, name) for fit in fits]) for name in ("counts", "correction"))
        names = np.repeat([one.name for one in amplifiers], [len(fit.counts) for fit in fits])
        table = pa.table([names, counts, correction], schema=SCHEMA)
        above = counts > 0
        metrics = {
            "linearityResidual": max(fit.residual for fit in fits),
            "linearityCorrection": float(np.abs(correction[above] / counts[above]).max()),
            "nDeadAmplifier": float(lit.count(False)),
        }
        return Result({"table": table}, metrics)
