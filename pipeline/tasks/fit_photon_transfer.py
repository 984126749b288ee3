"""Gain and noise of the amplifiers of a detector."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.errors import BadInput
from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.photon_transfer import Level, PhotonTransfer, dark_level, fit_photon_transfer
from pipeline.products.amplifiers import regions
from pipeline.products.flats import alive, pair_levels
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
    nDeadAmplifier = Metric("table", "", "Number of amplifiers that saw no light: their numbers are NaN.")

    def run(self, frames: Sequence[File], biases: Sequence[File]) -> Result:
        """Fit each amplifier that is not dead; `turnoff` is NaN where no variance fell.

        Raises
        ------
        BadInput
            Raised if an amplifier has too few pairs, or they do not tell its gain.
        """
        opened = open_frames(frames)
        amplifiers = regions(opened[0].facts)
        dark = pair_levels(open_frames(biases), amplifiers, dark_level)
        light = pair_levels(opened, amplifiers)
        lit = alive(light)
        measured = {
            one.name: no + bright for one, no, bright, sees in zip(amplifiers, dark, light, lit, strict=True) if sees
        }
        fits = {name: _fit(name, levels) for name, levels in measured.items()}
        names = [one.name for one in amplifiers]
        columns = {
            ours: [getattr(fits.get(name), theirs, np.nan) for name in names] for ours, theirs in NUMBERS.items()
        }
        rows = [
            (name, level.mean, level.variance, level.error, bool(used))
            for name, fit in fits.items()
            for level, used in zip(measured[name], fit.used, strict=True)
        ]
        metrics = {name: float(np.nanmedian(columns[name])) for name in ("gain", "readNoise", "a00")}
        metrics["nDeadAmplifier"] = float(lit.count(False))
        if np.isfinite(columns["turnoff"]).any():
            metrics["turnoff"] = float(np.nanmin(columns["turnoff"]))
        curve = pa.table([list(column) for column in zip(*rows, strict=True)], schema=LEVELS)
        return Result({"table": pa.table({"amplifier": names, **columns}, schema=SCHEMA), "curve": curve}, metrics)


def _fit(amplifier: str, levels: Sequence[Level]) -> PhotonTransfer:
    try:
        return fit_photon_transfer(levels)
    except BadImage as error:
        raise BadInput(f"amplifier {amplifier}: {error}") from error
