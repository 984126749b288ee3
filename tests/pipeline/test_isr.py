"""The task isr: from files and calibrations to one image that says what it is."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.errors import BadInput
from pipeline.image import Image, read_image, write_image
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.isr.overscan import overscan_level
from pipeline.pixels.mask import BAD, CR, INTRP, SAT
from pipeline.raw.frame import read_frame
from pipeline.storage import File
from pipeline.task import COST, Result, TaskConfig
from pipeline.tasks import task
from pipeline.tasks.isr import Isr, IsrConfig
from schema.settings import ROOT
from tests.support.forward import Chip
from tests.support.tiny_camera import known, tables, write_frame

RNG = np.random.default_rng(8)
MATRIX = 1e-4 * (1 - np.eye(4))
BIAS = RNG.uniform(-5, 5, (256, 256)).astype(np.float32)
DARK = RNG.uniform(0, 1, (256, 256)).astype(np.float32)
CHIP = Chip(
    bias=BIAS,
    dark=DARK,
    dark_time=60.0,
    flat=RNG.uniform(0.8, 1.1, (256, 256)).astype(np.float32),
    nonlinear=(5e-8, -4e-8, 1e-7, 2e-7),
    crosstalk=MATRIX,
)
LIGHT = np.tile(np.linspace(2000.0, 6000.0, 256), (256, 1))
DEFECTS = pa.table({"x0": [30], "y0": [0], "nx": [2], "ny": [256], "plane": ["BAD"]})
ROLES = tuple(Isr.calibrations())
OFF: dict[str, Any] = {
    f"do_{step}": False for step in ("bias", "dark", "flat", "defects", "linearity", "photon_transfer", "crosstalk")
}


@pytest.fixture(autouse=True)
def camera(tmp_path: Path) -> Iterator[None]:
    """Define the tiny camera."""
    with known(tmp_path, CHIP):
        yield


def frame(tmp_path: Path, light: NDArray[np.float64] = LIGHT, chip: Chip = CHIP, **cards: Any) -> File:
    path = write_frame(tmp_path / "tiny7.fits", chip, light, 3, **cards)
    return File(path, "", "tiny7.fits")


def master(pixels: NDArray[np.float32] | None, mask: NDArray[np.int32] | None = None) -> Image:
    assert pixels is not None
    planes = np.zeros(pixels.shape, dtype=np.int32) if mask is None else mask
    return Image(Exposure(pixels, np.ones_like(pixels), planes, WCS(naxis=2), "adu", 0.0, 60000.0, ""), {})


def calibrations(**others: Any) -> dict[str, Any]:
    """Give all that undoes what the chip does."""
    frames = {"bias": master(BIAS), "dark": master(DARK), "flat": master(CHIP.flat)}
    return {**frames, **tables(CHIP), "defects": DEFECTS, **others}


def run(raw: File, given: Mapping[str, Any], name: str = "isr", config: Mapping[str, Any] | None = None) -> Result:
    kind = task(name)
    made: TaskConfig = kind.Config(**(config or {}))
    return kind(made).run(raw=raw, **{**dict.fromkeys(ROLES), **given})


def test_all_calibrations_together_give_the_light_back_within_its_noise(tmp_path: Path) -> None:
    exposure = run(frame(tmp_path), calibrations()).outputs["image"].exposure
    good = exposure.mask == 0
    pulls = ((exposure.image - LIGHT) / np.sqrt(exposure.variance))[good]
    assert np.mean(good) > 0.98
    assert pulls.std() == pytest.approx(1.0, abs=0.02)
    assert abs(pulls.mean()) < 0.02
    assert exposure.pixel_unit == "electron"
    assert exposure.exp_time == 30.0


def test_the_image_knows_where_it_looks_and_what_it_is(tmp_path: Path) -> None:
    image = run(frame(tmp_path), calibrations()).outputs["image"]
    center = image.exposure.wcs.all_pix2world([[127.5, 127.5]], 0)[0]
    assert center == pytest.approx([150.0, 20.0], abs=1e-6)
    assert (image.facts["instrument"], image.facts["exposure"], image.facts["detector"]) == ("Tiny", 7, 0)
    assert image.facts["dark_time"] == 60.0
    write_image(image, tmp_path / "written.fits")
    assert read_image(tmp_path / "written.fits").facts == image.facts


def test_what_is_measured_of_a_frame(tmp_path: Path) -> None:
    light = LIGHT.copy()
    light[100:102, 50:60] = 150000.0
    light[200, 200] += 30000.0
    metrics = run(frame(tmp_path, light), calibrations()).metrics
    assert metrics["overscanLevel"] == pytest.approx(1003, abs=3)
    expected = np.median(np.hypot(np.divide(CHIP.read_noise, CHIP.gain), np.sqrt(1 / 12)))
    assert metrics["overscanNoise"] == pytest.approx(expected, rel=0.03)
    assert metrics["saturatedFraction"] == pytest.approx(4 * 12 / 256**2, rel=0.01)
    assert 1 <= metrics["nCosmicRay"] <= 5
    assert 0.008 < metrics["maskedFraction"] < 0.012
    assert metrics.keys() == Isr.metrics().keys() - COST.keys()


def test_defects_and_cosmic_rays_are_masked_and_filled(tmp_path: Path) -> None:
    light = LIGHT.copy()
    light[200, 200] += 30000.0
    exposure = run(frame(tmp_path, light), calibrations()).outputs["image"].exposure
    assert (exposure.mask[:, 30:32] & (BAD | INTRP) == BAD | INTRP).all()
    assert exposure.mask[200, 200] & (CR | INTRP) == CR | INTRP
    assert exposure.image[200, 200] == pytest.approx(LIGHT[200, 200], abs=400)
    raw = run(frame_again(tmp_path), calibrations(), config={"do_interpolation": False}).outputs["image"].exposure
    assert not np.any(raw.mask & INTRP)
    assert raw.image[200, 200] > 25000


def frame_again(tmp_path: Path) -> File:
    return File(tmp_path / "tiny7.fits", "", "tiny7.fits")


def test_what_a_calibration_frame_cannot_tell_is_bad(tmp_path: Path) -> None:
    mask = np.zeros((256, 256), dtype=np.int32)
    mask[5, 6] = BAD | SAT
    exposure = run(frame(tmp_path), calibrations(flat=master(CHIP.flat, mask))).outputs["image"].exposure
    assert exposure.mask[5, 6] == BAD | INTRP


@pytest.mark.parametrize("step", ["bias", "dark", "flat", "linearity", "crosstalk", "overscan"])
def test_each_step_can_be_left_out(tmp_path: Path, step: str) -> None:
    light = LIGHT.copy()
    light[:128, :128] = 40000.0  # its ghost is 4 electrons for each amplifier
    every = run(frame(tmp_path, light), calibrations()).outputs["image"].exposure.image
    without = run(frame_again(tmp_path), calibrations(**_none(step)), config={f"do_{step}": False})
    assert np.abs(without.outputs["image"].exposure.image - every).mean() > 0.5


def _none(step: str) -> dict[str, None]:
    """Give a calibration as the executor gives it where its step is left out."""
    role = {"linearity": "linearizer"}.get(step, step)
    return {role: None} if role in ROLES else {}


def test_a_calibration_is_wanted_exactly_where_its_step_is_taken() -> None:
    wanted = {one.dataset_type for one in Isr.calibrations().values() if one.wanted(IsrConfig.model_validate({}))}
    assert wanted == {"bias", "dark", "flat", "defects", "linearizer", "photon_transfer", "crosstalk"}
    assert not [one for one in Isr.calibrations().values() if one.wanted(IsrConfig.model_validate(OFF))]


def test_without_tables_gain_and_noise_are_those_of_the_camera(tmp_path: Path) -> None:
    exposure = run(frame(tmp_path, chip=Chip()), {}, config=OFF).outputs["image"].exposure
    pulls = (exposure.image - LIGHT) / np.sqrt(exposure.variance)
    assert pulls[exposure.mask == 0].std() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("name", "kind", "output", "chip", "given"),
    [
        ("isr_bias", "bias", "bias_frame", Chip(bias=BIAS), {}),
        ("isr_dark", "dark", "dark_frame", Chip(bias=BIAS, dark=DARK, dark_time=60.0), {"bias"}),
        ("isr_flat", "flat", "flat_frame", CHIP, {"bias", "dark"}),
    ],
)
def test_frames_for_calibrations_come_from_their_own_raws(
    tmp_path: Path, name: str, kind: str, output: str, chip: Chip, given: set[str]
) -> None:
    step = task(name)
    assert step.inputs()["raw"].observation_type == kind
    assert step.outputs()["image"].dataset_type == output
    assert {role for role, one in step.calibrations().items() if one.wanted(step.Config())} == set(given)
    light = LIGHT if kind == "flat" else np.zeros_like(LIGHT)
    raw = frame(tmp_path, light, chip, OBSTYPE=kind)
    image = run(raw, {role: calibrations()[role] for role in given}, name).outputs["image"]
    assert image.exposure.pixel_unit == "adu"
    assert not image.exposure.wcs.has_celestial
    write_image(image, tmp_path / "written.fits")
    back = read_image(tmp_path / "written.fits")
    np.testing.assert_array_equal(back.exposure.image, image.exposure.image)
    assert not back.exposure.wcs.has_celestial
    assert back.facts == image.facts
    truth = {"isr_bias": BIAS, "isr_dark": 60.0 * DARK}.get(name)
    if truth is not None:
        rest = image.exposure.image - truth
        assert abs(rest.mean()) < 0.1
        assert rest.std() == pytest.approx(np.sqrt(image.exposure.variance.mean()), rel=0.06)


def test_a_hot_pixel_of_a_dark_is_no_cosmic_ray(tmp_path: Path) -> None:
    chip = Chip(dark=np.zeros((256, 256), dtype=np.float32), dark_time=60.0)
    assert chip.dark is not None
    chip.dark[100, 40] = 20.0
    raw = frame(tmp_path, np.zeros_like(LIGHT), chip, OBSTYPE="dark")
    made = run(raw, {"bias": master(np.zeros_like(BIAS))}, "isr_dark").outputs["image"].exposure
    assert made.mask[100, 40] == 0
    assert made.image[100, 40] == pytest.approx(1200, rel=0.1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"linearizer": pa.table({"amplifier": ["A0"], "counts": [0.0], "correction": [0.0]})},
         "tiny7.fits: amplifier A1 is not in the linearizer: make that anew for this detector"),
        ({"crosstalk": pa.table({"source": ["A9"], "target": ["A0"], "coefficient": [1e-4]})},
         "tiny7.fits: the crosstalk names amplifier A9, which the detector does not have: make it anew"),
        ({"bias": master(np.zeros((20, 30), dtype=np.float32))},
         "tiny7.fits: the bias has 30 x 20 pixels and the detector 256 x 256: make it anew"),
        ({"defects": pa.table({"x0": [300], "y0": [0], "nx": [1], "ny": [1], "plane": ["BAD"]})},
         "tiny7.fits: defect 0: 1 x 1 pixels at 300, 0 lie not within 256 x 256: correct the table of defects"),
    ],
)  # fmt: skip
def test_a_calibration_that_does_not_fit_is_told_in_one_sentence(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        run(frame(tmp_path), calibrations(**given))
    assert str(refusal.value) == said


def test_an_amplifier_that_the_frame_lacks_is_named(tmp_path: Path) -> None:
    raw = frame(tmp_path)
    path = tmp_path / "tiny7.fits"
    path.write_bytes(path.read_bytes().replace(b"'A2      '", b"'B2      '"))
    with pytest.raises(BadInput, match=r"^tiny7\.fits: .*A2"):
        run(raw, calibrations())


def test_alfoscs_overscan_is_dark_although_its_header_calls_lit_columns_overscan() -> None:
    path = ROOT / "tests" / "data" / "raw" / "NOT.fits.gz"  # with 16 rows of the real frame, the others are 0
    (read,) = read_frame(File(path, "", path.name)).amplifiers
    assert read.prescan is not None
    rows = np.flatnonzero(read.data.any(axis=1))[:-1]
    assert overscan_level(read.prescan[rows]).level == pytest.approx(10030, abs=15)
    as_told = overscan_level(np.concatenate([read.prescan[rows], read.data[rows, :2]], axis=1))
    assert as_told.level == pytest.approx(10030, abs=15)
    np.testing.assert_array_equal(np.flatnonzero(~as_told.dark), [48, 49])
