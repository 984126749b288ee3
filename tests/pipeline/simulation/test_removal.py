"""Instrument signature removal with the true calibrations gives back what fell on the detector."""

from pathlib import Path

import numpy as np
import pytest

from ingest.cameras.camera import Camera
from ingest.cameras.raw_pixels import read_amplifiers
from pipeline.pixels.isr.chain import Masters
from pipeline.pixels.isr.electronics import Electronics, Linearity
from pipeline.pixels.isr.reduce import Steps, reduce
from pipeline.simulation.chip import Chip
from pipeline.simulation.frame import Telescope
from pipeline.simulation.rawfile import write_raw
from tests.support import small_cameras
from tests.support.simulated import first, survey


def true_electronics(chip: Chip) -> Electronics:
    truth, counts = chip.amplifiers, np.linspace(0, 65535, 4097)
    tables = tuple(Linearity(counts, c * counts**2) for c in truth.nonlinearity)
    saturation = np.array(chip.detector.saturation)
    return Electronics(truth.gain, truth.read_noise, saturation, saturation, tables, truth.crosstalk)


def true_masters(chip: Chip, time: float) -> Masters:
    gain = np.empty((chip.detector.ny, chip.detector.nx), dtype=np.float32)
    for one, value in zip(chip.camera.amplifiers_of(chip.detector), chip.amplifiers.gain, strict=True):
        (x1, x2), (y1, y2) = sorted(one.detector.x), sorted(one.detector.y)
        gain[y1 - 1 : y2, x1 - 1 : x2] = value
    return Masters(bias=chip.bias, dark=chip.dark / gain, flat=chip.response, dark_time=time)


@pytest.mark.parametrize("camera", [small_cameras.many(), small_cameras.two()], ids=lambda one: one.name)
def test_what_is_left_is_noise_as_large_as_the_variance_says(camera: Camera, tmp_path: Path) -> None:
    # Nothing corrects for the repulsion of charge yet.
    effects = {"brighter_fatter": 0.0, "crosstalk": 2e-3, "prnu": 0.02, "vignetting": 0.2, "cosmic_rays": 1.0}
    planned = survey(camera, effects=effects, science={"dither": 2.0, "exposure_time": 120})
    telescope, exposure, detector = Telescope(planned.config, camera), first(planned, "science"), camera.detectors[0]
    frame, chip = telescope.take(exposure, detector), telescope.chip(detector)
    write_raw(tmp_path / "raw.fits", camera, detector, exposure, frame.raw)
    read = read_amplifiers(tmp_path / "raw.fits", "", camera, detector)
    masters = true_masters(chip, exposure.dark_time)
    found = reduce(read, true_electronics(chip), masters, [], Steps(interpolation=False))
    assert frame.scene is not None
    good = (found.mask == 0) & (chip.response > 0.5)
    pull = (found.image - frame.scene.electrons)[good] / np.sqrt(found.variance[good])
    assert good.mean() > 0.95
    assert abs(np.median(pull)) < 0.03
    assert 0.98 < 1.4826 * np.median(np.abs(pull - np.median(pull))) < 1.02
    assert 0.97 < pull.std() < 1.05
