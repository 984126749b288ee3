"""Gain and noise of the amplifiers of a detector."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.errors import BadInput
from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.photon_transfer import Level, PhotonTransfer, dark_level, fit_photon_transfer
from pipeline.products.amplifiers import regions
from pipeline.products.flats import pair_levels
from pipeline.products.frames import open_frames
from pipeline.storage import File
from pipeline.task import Gather, Metric, Output, Result, Task

NUMBERS = {
    "gain": "gain", "gainErr": "gain_error", "readNoise": "read_noise", "readNoiseErr": "read_noise_error",
    "a00": "a00", "a00Err": "a00_error", "turnoff": "turnoff", "chi2Dof": "chi2_dof",
}  # fmt: skip
SCHEMA = pa.schema([("amplifier", pa.string())] + [(name, pa.float64()) for name in NUMBERS])
LEVELS = pa.schema(
    [("amplifier", pa.string())]
    + [(name, pa.float64()) for name in ("mean", "variance", "varianceErr")]
    + [("used", pa.bool_())]
)


class FitPhotonTransfer(Task):
    """Fit variances of pairs of flats and biases against their means: gain, read noise and a00 of each amplifier."""

    name = "fit_photon_transfer"
    dimensions = ("instrument", "detector")
    frames = Gather("flat_frame", "file", at_least=10)
    biases = Gather("bias_frame", "file", at_least=2)
    table = Output("photon_transfer", "table")
    curve = Output("photon_transfer_curve", "table")

    gain = Metric("table", "electron/count", "Gain (electrons per adu), median of the amplifiers.")
    readNoise = Metric("table", "electron", "Read noise, median of the amplifiers.")
    a00 = Metric("table", "1/electron", "Brighter-fatter coefficient a00, median of the amplifiers.")
    turnoff = Metric("table", "count", "Counts (adu) where the variance ends to rise, least of the amplifiers.")

    def run(self, frames: Sequence[File], biases: Sequence[File]) -> Result:
        """Fit each amplifier.

        Raises
        ------
        BadInput
            Raised if an amplifier has too few pairs.
        """
        opened = open_frames(frames)
        amplifiers = regions(opened[0])
        dark = pair_levels(open_frames(biases), amplifiers, dark_level)
        measured = [no + lit for no, lit in zip(dark, pair_levels(opened, amplifiers), strict=True)]
        fits = [_fit(one.name, levels) for one, levels in zip(amplifiers, measured, strict=True)]
        columns = {
            "amplifier": [one.name for one in amplifiers],
            **{ours: [getattr(fit, theirs) for fit in fits] for ours, theirs in NUMBERS.items()},
        }
        rows = [
            (one.name, level.mean, level.variance, level.error, bool(used))
            for one, levels, fit in zip(amplifiers, measured, fits, strict=True)
            for level, used in zip(levels, fit.used, strict=True)
        ]
        medians = {name: float(np.median(columns[name])) for name in ("gain", "readNoise", "a00")}
        curve = pa.table([list(column) for column in zip(*rows, strict=True)], schema=LEVELS)
        return Result(
            {"table": pa.table(columns, schema=SCHEMA), "curve": curve},
            {**medians, "turnoff": min(fit.turnoff for fit in fits)},
        )


def _fit(amplifier: str, levels: Sequence[Level]) -> PhotonTransfer:
    try:
        return fit_photon_transfer(levels)
    except BadImage as error:
        raise BadInput(f"amplifier {amplifier}: {error}") from error
