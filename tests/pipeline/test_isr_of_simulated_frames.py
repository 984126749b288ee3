"""Instrument signature removal of frames that the simulator made, with the truth of its detectors as calibrations."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.wcs import WCS
from numpy.typing import NDArray

from ingest.cameras.camera import Camera
from pipeline.image import Image
from pipeline.pixels.exposure import Exposure
from pipeline.simulation.chip import Chip
from pipeline.simulation.frame import Telescope
from pipeline.simulation.rawfile import write_raw
from pipeline.storage import File
from pipeline.tasks.isr import Isr, IsrConfig
from schema.settings import settings
from tests.support.simulated import first, survey
from tests.support.small_cameras import many, save, two
from tests.support.tiny_camera import linearizer


def master(pixels: NDArray[Any]) -> Image:
    exposure = Exposure(
        pixels.astype(np.float32),
        np.ones(pixels.shape, dtype=np.float32),
        np.zeros(pixels.shape, dtype=np.int32),
        WCS(naxis=2),
        "",
        0.0,
        60000.0,
        "",
    )
    return Image(exposure, {})


def truth(chip: Chip) -> dict[str, Any]:
    """Give what calibrations would find if they were perfect."""
    known, layout = chip.amplifiers, chip.camera.amplifiers_of(chip.detector)
    names = [one.name for one in layout]
    pairs = [(i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
    boxes = [{"x0": x, "y0": y, "nx": 1, "ny": ny, "plane": "BAD"} for x, y, ny, _ in chip.bad_columns]
    return {
        "bias": master(chip.bias),
        "dark": master(chip.dark / _spread_out(chip, known.gain)),
        "flat": master(chip.response),
        "defects": pa.Table.from_pylist(boxes),
        "linearizer": linearizer(names, [*known.nonlinearity]),
        "photon_transfer": pa.table(
            {"amplifier": names, "gain": known.gain, "readNoise": known.read_noise, "turnoff": [np.nan] * len(names)}
        ),
        "crosstalk": pa.table(
            {
                "source": [names[j] for _, j in pairs],
                "target": [names[i] for i, _ in pairs],
                "coefficient": [float(known.crosstalk[pair]) for pair in pairs],
            }
        ),
    }


def _spread_out(chip: Chip, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each pixel the number of its amplifier."""
    frame = np.empty(chip.bias.shape)
    for one, value in zip(chip.camera.amplifiers_of(chip.detector), values, strict=True):
        (x1, x2), (y1, y2) = sorted(one.detector.x), sorted(one.detector.y)
        frame[y1 - 1 : y2, x1 - 1 : x2] = value
    return frame


@pytest.mark.parametrize("camera", [many(128, 256, columns=4), two(256, 512)], ids=["Quartet", "Monocle"])
def test_the_light_of_a_simulated_frame_comes_back_within_its_noise(
    camera: Camera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = survey(camera)
    detector, exposure = camera.detectors[0], first(planned, "science")
    telescope = Telescope(planned.config, camera)
    taken = telescope.take(exposure, detector)
    assert taken.scene is not None
    save(camera, tmp_path)
    write_raw(tmp_path / "frame.fits", camera, detector, exposure, taken.raw)
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{tmp_path}"]')
    settings.cache_clear()
    raw = File(tmp_path / "frame.fits", "", "frame.fits")
    made = Isr(IsrConfig.model_validate({})).run(raw=raw, **truth(telescope.chip(detector))).outputs["image"].exposure
    settings.cache_clear()
    good = made.mask == 0
    chip = telescope.chip(detector)
    light, noise = taken.scene.electrons, np.square(_spread_out(chip, chip.amplifiers.read_noise))
    expected = ((light * chip.response + chip.dark * exposure.dark_time + noise) / chip.response**2)[good]
    rest = (made.image - light)[good]
    assert np.mean(good) > 0.99
    assert abs(rest.mean()) < 0.01 * rest.std()
    assert np.std(rest / np.sqrt(expected)) == pytest.approx(1.0, abs=0.02)
    assert np.mean(made.variance[good] / expected) == pytest.approx(1.0, abs=0.02)
