"""Measurement: detection and photometry of one frame, beside SExtractor with the same settings."""

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
from astropy.io import fits

from pipeline.pool import ONE_THREAD
from schema.settings import ROOT
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, Measure, compare, interleave
from tests.bench.size import Size
from tests.support import sextractor
from tests.support.stage import Frame, kids_image, sdss_frame, star_psf

RADII = (3.0, 6.0, 9.0, 12.0, 17.0)
OURS, IMPORTS, THEIRS = "detection and measurement", "imports, once a process", "SExtractor"


def run(_: Ledgers, size: Size) -> Iterator[Figure]:
    """Compare CPU times on one thread; nothing is compiled at run time.

    Both read the frame from a file and find its sky. SExtractor fits no PSF, measures no adaptive moments and tells
    stars by no PSF; our stage takes a PSF that was modeled before, and writes no catalog.
    """
    readers = [sdss_frame] if size.history < 1000 else [sdss_frame, kids_image]
    for reader in readers:
        yield from _figures(reader(), size)


def _figures(frame: Frame, size: Size) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fits.writeto(folder / "frame.fits", frame.image)
        arrays: dict[str, Any] = star_psf(frame.image).to_arrays()
        np.savez(folder / "psf.npz", **arrays)
        measures: list[Measure] = [partial(_ours, folder)]
        if sextractor.PROGRAM:
            measures.append(partial(_theirs, frame, folder))
        found = interleave(size, measures)
    label = f"measurement, {frame.name} {frame.image.shape[1]} x {frame.image.shape[0]}, CPU"
    if sextractor.PROGRAM:
        yield compare(label, "ms", found, OURS, THEIRS, goal=1 / 3)
    yield compare(label, "ms", found, IMPORTS, OURS)


def _ours(folder: Path) -> Mapping[str, float]:
    command = [sys.executable, "-m", "tests.bench.measure_frame", f"{folder}/frame.fits", f"{folder}/psf.npz"]
    told = subprocess.run(command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, check=True, capture_output=True)
    times = json.loads(told.stdout)
    return {OURS: times["stage"], IMPORTS: times["imports"]}


def _theirs(frame: Frame, folder: Path) -> Mapping[str, float]:
    return {THEIRS: sextractor.extract(frame.image, folder, RADII, frame.zero_point)[1]}
