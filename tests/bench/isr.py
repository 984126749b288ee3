"""Instrument signature removal with cosmic rays, beside astroscrappy, which does only the latter."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.pool import ONE_THREAD
from schema.settings import ROOT
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, compare, interleave
from tests.bench.size import Size
from tests.support.cosmic_rays import star_field

WHOLE, RAYS = "signature and cosmic rays, imports included", "cosmic rays alone"
THEIRS = "astroscrappy, cosmic rays alone"


def run(_: Ledgers, size: Size) -> Iterator[Figure]:
    """Compare CPU times on one thread for a frame with the pixels of a CCD of 2k x 4k; nothing is compiled.

    Ours has all steps on and begins with raw amplifiers in memory. Theirs finds cosmic rays with its defaults, the
    separable median and up to four passes, on an image that has no signature any more.
    """
    side, frames = (2896, 20) if size.history >= 1000 else (256, 1)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "frame.npz"
        _write(file, side)
        ours = partial(_ours, file, frames)
        found = interleave(size, [ours, partial(_theirs, file)])
    label = f"isr, {side} x {side} pixels, CPU"
    yield compare(label, "ms", found, WHOLE, THEIRS)
    yield compare(label, "ms", found, RAYS, THEIRS, goal=5)


def _write(file: Path, side: int) -> None:
    """Simulate the light of a frame with a star in every 1000 pixels, and its calibrations."""
    field = star_field(seed=1, fwhm=3.5, side=side, stars=side**2 // 1000, rays=side**2 // 5000)
    rng = np.random.default_rng(2)
    frames: dict[str, Any] = {
        "bias": rng.uniform(-5, 5, (side, side)),
        "dark": rng.uniform(0, 0.1, (side, side)),
        "flat": rng.uniform(0.9, 1.1, (side, side)),
    }
    single = {name: frame.astype(np.float32) for name, frame in frames.items()}
    np.savez(file, light=field.image.clip(0).astype(np.float64), **single)


def _ours(file: Path, frames: int) -> Mapping[str, float]:
    told = _told("tests.bench.isr_frames", str(file), str(frames))
    return {WHOLE: told["frame"], RAYS: told["rays"]}


def _theirs(file: Path) -> Mapping[str, float]:
    return {THEIRS: _told("tests.bench.isr_peer", str(file))["rays"]}


def _told(module: str, *arguments: str) -> Mapping[str, float]:
    command = [sys.executable, "-m", module, *arguments]
    said = subprocess.run(command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, check=True, capture_output=True)
    times: dict[str, float] = json.loads(said.stdout)
    return times
