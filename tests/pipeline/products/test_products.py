"""Products of frames that are not all well: short darks, weak and dead amplifiers, flats of several filters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.errors import BadInput
from pipeline.image import Image, write_image
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.mask import NO_DATA
from pipeline.pixels.products.defects import Boxes, paint
from pipeline.storage import File
from pipeline.task import Result
from pipeline.tasks import task
from schema.settings import settings
from tests.support.small_cameras import many, save

# Amplifiers in two rows of two, 32 x 32 pixels each; that to the upper left is the dead one.
SIDE, READ_NOISE, GAIN = 32, 4.0, 2.0
LIVE = np.ones((2 * SIDE, 2 * SIDE), bool)
LIVE[SIDE:, :SIDE] = False


@pytest.fixture(autouse=True)
def camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SKYLEDGER_CAMERAS", f'["{tmp_path}"]')
    save(many(SIDE, SIDE, columns=2), tmp_path)
    settings.cache_clear()
    yield
    settings.cache_clear()


class Frames:
    """Writes frames one after the other, with noise."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rng, self.files = folder, np.random.default_rng(1), list[File]()

    def add(self, light: float | NDArray[Any], exp_time: float = 1.0, physical_filter: str = "g") -> None:
        """Expose to some light (adu)."""
        electrons = self.rng.poisson(np.broadcast_to(light, LIVE.shape) * GAIN)
        pixels = self.rng.normal(electrons / GAIN, READ_NOISE).astype(np.float32)
        number = len(self.files)
        path = self.folder / f"{number}.fits"
        write_image(image(pixels, exp_time, {"exposure": number, "physical_filter": physical_filter}), path)
        self.files.append(File(path, "", path.name))


def image(pixels: NDArray[np.float32], exp_time: float = 1.0, facts: dict[str, str | int] | None = None) -> Image:
    exposure = Exposure(
        pixels, np.ones_like(pixels), np.zeros(pixels.shape, np.int32), WCS(naxis=2), "adu", exp_time, 60000.0, ""
    )
    return Image(exposure, {"instrument": "Many", "detector": 0, **(facts or {})})


def ramp(folder: Path, live: NDArray[np.bool_] = LIVE) -> tuple[list[File], list[File]]:
    """Give biases, and pairs of flats of six levels in one filter and of some of these in another one."""
    frames = Frames(folder)
    for _ in range(4):
        frames.add(0.0, 0.0, "")
    for exp_time in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        for _ in range(2):
            frames.add(5000.0 * exp_time * live, exp_time)
    for exp_time in (1.0, 4.0):
        frames.add(2500.0 * exp_time * live, exp_time, "r")
    return frames.files[:4], frames.files[4:]


def run(name: str, **inputs: Any) -> Result:
    """Run a task as it is without parameters."""
    kind = task(name)
    return kind(kind.Config()).run(**inputs)


def test_a_dead_amplifier_does_not_keep_the_others_from_their_numbers(tmp_path: Path) -> None:
    biases, flats = ramp(tmp_path)
    transfer, linear = (
        run("fit_photon_transfer", frames=flats, biases=biases),
        run("fit_linearizer", frames=flats),
    )
    rows = {row["amplifier"]: row for row in transfer.outputs["table"].to_pylist()}
    assert [name for name, row in rows.items() if np.isnan(row["gain"])] == ["C02"]
    assert all(abs(row["gain"] - GAIN) < 4.5 * row["gainErr"] for name, row in rows.items() if name != "C02")
    assert "C02" not in transfer.outputs["curve"]["amplifier"].to_pylist()
    assert transfer.metrics["nDeadAmplifier"] == linear.metrics["nDeadAmplifier"] == 1
    assert "turnoff" not in transfer.metrics  # nothing fell
    nodes = [row for row in linear.outputs["table"].to_pylist() if row["amplifier"] == "C02"]
    assert nodes == [{"amplifier": "C02", "counts": 0.0, "correction": 0.0}]
    # The filters differ in their light by two; the correction does not see that.
    assert linear.metrics["linearityCorrection"] < 0.01


def test_a_detector_without_light_is_refused_in_one_sentence(tmp_path: Path) -> None:
    biases, flats = ramp(tmp_path, np.zeros_like(LIVE))
    with pytest.raises(BadInput, match=r"amplifier C\d\d: .*photon transfer curve"):
        run("fit_photon_transfer", frames=flats, biases=biases)
    with pytest.raises(BadInput, match=r"amplifier C\d\d: .*flats"):
        run("fit_linearizer", frames=flats)


def test_a_flat_has_no_data_where_next_to_nothing_is_seen(tmp_path: Path) -> None:
    frames = Frames(tmp_path)
    for _ in range(3):
        frames.add(np.where(LIVE, 20000.0, 200.0))
    made = run("combine_flat", frames=frames.files).outputs["image"].exposure
    assert ((made.mask == 0) == LIVE).all()
    assert (made.mask[~LIVE] == NO_DATA).all()
    assert float(made.image[LIVE].mean()) == pytest.approx(1, abs=1e-3)


def test_short_darks_are_left_out(tmp_path: Path) -> None:
    frames = Frames(tmp_path)
    for exp_time in (300.0, 10.0, 300.0, 10.0, 300.0):
        frames.add(3.0, exp_time)
    made = run("combine_dark", frames=frames.files)
    assert (made.metrics["nFrame"], made.metrics["nShort"]) == (3, 2)
    assert made.outputs["image"].exposure.image.std() < 1.1 * np.hypot(READ_NOISE, np.sqrt(3 / GAIN)) / 300 / np.sqrt(3)


def defects(dark: NDArray[np.float32], *flats: NDArray[np.float32]) -> tuple[NDArray[np.bool_], Result]:
    """Find defects; give their pixels."""
    result = run("find_defects", dark=image(dark), flats=[image(flat) for flat in flats])
    table = result.outputs["table"]
    found = Boxes(*(table[name].to_numpy() for name in ("x0", "y0", "nx", "ny")))
    return paint(found, dark.shape), result


def test_a_dead_amplifier_is_a_defect_and_that_opposite_is_not() -> None:
    dark = np.zeros(LIVE.shape, np.float32)
    found, result = defects(dark, np.where(LIVE, np.float32(1), np.float32(0.01)))
    assert (found == ~LIVE).all()
    assert result.metrics == {"defectFraction": 0.25, "nFlat": 1}


def test_without_flats_only_hot_pixels_are_told_and_the_list_says_so() -> None:
    dark = np.zeros(LIVE.shape, np.float32)
    dark[5, 6] = 10
    found, result = defects(dark)
    assert np.argwhere(found).tolist() == [[5, 6]]
    assert result.metrics["nFlat"] == 0


def test_hot_is_by_the_read_noise_of_the_definition() -> None:
    camera = many(SIDE, SIDE, columns=2)
    one = camera.detectors[0]
    assert one.read_noise
    assert one.gain
    limit = 5 * one.read_noise[0] / one.gain[0] / 30
    dark = np.zeros(LIVE.shape, np.float32)
    dark[5, 6], dark[8, 9] = 1.05 * limit, 0.95 * limit
    assert np.argwhere(defects(dark)[0]).tolist() == [[5, 6]]
