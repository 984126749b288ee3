"""What detectors do to the light: each effect is as large as asked for, and where it is off it leaves no trace."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, load_cameras
from pipeline.simulation.bleeding import bleed
from pipeline.simulation.charge import count, repel
from pipeline.simulation.chip import make_chip
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.effects import Effects
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.frame import Telescope
from pipeline.simulation.projection import projection
from pipeline.simulation.readout import read_out
from pipeline.simulation.streams import stream
from pipeline.simulation.weather import weather
from tests.support.simulated import PERFECT, STILL, first, survey, trimmed
from tests.support.small_cameras import many, two

CAMERA = many()
REAL = Effects(cosmic_rays=2.0, hot_pixels=1e-3, crosstalk=1e-3)


def planned(camera: Camera = CAMERA, **effects: object) -> tuple[SurveyConfig, Camera]:
    return survey(camera, effects=PERFECT.model_dump() | effects).config, camera


def take(camera: Camera, kind: str, **effects: object) -> dict[str, NDArray[np.uint16]]:
    told = survey(camera, effects=PERFECT.model_dump() | effects, calibrations={"flat_level": 20000})
    return Telescope(told.config, camera).take(first(told, kind), camera.detectors[0]).raw


def differ(one: dict[str, NDArray[np.uint16]], other: dict[str, NDArray[np.uint16]]) -> int:
    """Give the number of pixels that differ."""
    return sum(int(np.sum(one[name] != other[name])) for name in one)


@pytest.mark.parametrize("camera", [CAMERA, two()], ids=lambda one: one.name)
def test_a_perfect_bias_is_one_number_per_amplifier(camera: Camera) -> None:
    raw = take(camera, "bias")
    for one in camera.amplifiers_of(camera.detectors[0]):
        (x1, x2), (y1, y2) = one.raw.x, one.raw.y
        values = np.unique(raw[one.hdu][y1 - 1 : y2, x1 - 1 : x2])
        assert len(values) == 1
        assert 900 < values[0] < 1100


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("flat", "vignetting"), ("flat", "prnu"), ("dark", "dark_current"), ("dark", "hot_pixels"), ("flat", "defects"),
        ("dark", "cosmic_rays"), ("flat", "brighter_fatter"), ("flat", "gain_scatter"), ("flat", "nonlinearity"),
        ("flat", "crosstalk"), ("bias", "bias_structure"), ("bias", "overscan_drift"), ("bias", "read_noise"),
    ],
)  # fmt: skip
def test_an_effect_that_is_on_shows(kind: str, effect: str) -> None:
    assert differ(take(CAMERA, kind, **{effect: getattr(REAL, effect)}), take(CAMERA, kind)) > 0


@pytest.mark.parametrize("camera", [CAMERA, two()], ids=lambda one: one.name)
def test_with_all_effects_off_counts_are_photons_over_gain_and_nothing_else(camera: Camera) -> None:
    told = survey(camera, effects=PERFECT.model_dump(), calibrations={"flat_level": 20000})
    exposure, detector = first(told, "flat"), camera.detectors[0]
    light = np.full((detector.ny, detector.nx), 20000, dtype=np.float32)
    photons = count(light, stream(told.config.seed, "photons", exposure.number, detector.number))
    bias, flat = take(camera, "bias"), take(camera, "flat")
    for k, one in enumerate(camera.amplifiers_of(detector)):
        (x1, x2), (y1, y2) = sorted(one.detector.x), sorted(one.detector.y)
        wanted = photons[y1 - 1 : y2, x1 - 1 : x2] / detector.gain[k]
        found = flat[one.hdu][one.data.y[0] - 1 : one.data.y[1], one.data.x[0] - 1 : one.data.x[1]]
        turned = found[:: 1 if one.detector.y[0] == y1 else -1, :: 1 if one.detector.x[0] == x1 else -1]
        level = float(bias[one.hdu][one.raw.y[0] - 1, one.raw.x[0] - 1])
        assert np.abs(turned - level - wanted).max() <= 1.01  # level and counts were rounded each


def test_each_effect_has_numbers_of_its_own() -> None:
    """Noise that is switched on is the same whatever the light, and leaves the photons as they were."""
    told, camera = planned(read_noise=True)
    telescope = Telescope(told, camera)
    bias = first(survey(camera), "bias")
    dark, lit = (telescope.take(replace(bias, level=level), camera.detectors[0]).raw for level in (0.0, 30000.0))
    clean = Telescope(planned()[0], camera)
    dark0, lit0 = (clean.take(replace(bias, level=level), camera.detectors[0]).raw for level in (0.0, 30000.0))
    for name in dark:
        noise, again = (np.subtract(a[name], b[name], dtype=int) for a, b in ((dark, dark0), (lit, lit0)))
        assert noise.std() > 2
        assert np.abs(noise - again).max() <= 1


def test_cosmic_rays_change_the_pixels_they_hit_and_no_others() -> None:
    quiet, hit = take(CAMERA, "dark", read_noise=True), take(CAMERA, "dark", read_noise=True, cosmic_rays=2.0)
    changed = differ(quiet, hit)
    assert 10 < changed < 4000
    assert all(np.all(hit[name] >= quiet[name]) for name in hit)
    assert max(int(np.max(hit[name] - quiet[name])) for name in hit) > 1000


def test_gain_and_read_noise_come_back_from_pairs() -> None:
    camera = two(width=256, height=512)
    told = survey(camera, effects=PERFECT.model_dump() | {"gain_scatter": 0.05, "read_noise": True, "prnu": 0.01})
    telescope, detector = Telescope(told.config, camera), camera.detectors[0]
    truth = telescope.chip(detector).amplifiers

    def pair(kind: str) -> list[NDArray[np.float64]]:
        taken = [one for one in told.exposures if one.observation_type == kind][:2]
        return [trimmed(camera, detector, telescope.take(one, detector).raw) for one in taken]

    (bias1, bias2), (flat1, flat2) = pair("bias"), pair("flat")
    for k, half in enumerate((slice(0, 256), slice(256, 512))):
        noise = np.std((bias1 - bias2)[:, half]) / np.sqrt(2)
        variance = np.var((flat1 - flat2)[:, half]) / 2 - noise**2
        gain = (flat1[:, half].mean() + flat2[:, half].mean()) / 2 / variance
        assert gain == pytest.approx(truth.gain[k], rel=0.015)  # 131,072 pixels: 0.4 % rms
        # The converter's steps add 1/12 adu2.
        assert np.sqrt(noise**2 - 1 / 12) * gain == pytest.approx(truth.read_noise[k], rel=0.02)
    assert not np.allclose(truth.gain, detector.gain, rtol=1e-4)


def test_large_and_small_poisson_numbers_have_the_right_mean_and_variance() -> None:
    for mean in (3.0, 99.0, 101.0, 5000.0):
        found = count(np.full((500, 500), mean, dtype=np.float32), stream(1, "test"))
        assert found.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean) / 500)
        assert found.var() == pytest.approx(mean, rel=0.015)
        assert np.array_equal(found, np.rint(found))


def test_repulsion_lowers_the_variance_of_a_flat_and_keeps_its_sum() -> None:
    mean, a00 = 40000.0, -2e-6
    charge = count(np.full((1000, 1000), mean, dtype=np.float32), stream(1, "flat"))
    before = charge.astype(float)
    repel(charge, a00)
    after = charge.astype(float)
    assert after.sum() == pytest.approx(before.sum(), rel=1e-9)
    # Astier et al. 2019, equation 16: 1 + a00 mu + 2/3 (a00 mu)**2 [with four neighbours, 5/4 of that].
    factor = 1 + a00 * mean + 5 / 4 * 2 / 3 * (a00 * mean) ** 2
    assert after.var() / before.var() == pytest.approx(factor, abs=0.002)
    neighbours = np.mean((after[:, 1:] - mean) * (after[:, :-1] - mean)) / mean
    assert neighbours == pytest.approx(-a00 * mean / 4, abs=0.004)


def test_counts_follow_the_coefficient_of_the_definition() -> None:
    (straight, bent) = (take(CAMERA, "flat", nonlinearity=on) for on in (False, True))
    for one, c in zip(CAMERA.amplifiers_of(CAMERA.detectors[0]), CAMERA.detectors[0].nonlinearity, strict=True):
        (x1, x2), (y1, y2) = one.data.x, one.data.y
        box = slice(y1 - 1, y2), slice(x1 - 1, x2)
        level = float(np.median(straight[one.hdu][:, -8:]))
        measured, linear = bent[one.hdu][box] - level, straight[one.hdu][box] - level
        assert np.abs(measured + c * measured**2 - linear).max() < 1.1  # both were rounded


def test_crosstalk_adds_what_the_others_read_at_the_same_time() -> None:
    told, camera = planned(crosstalk=5e-3)
    detector = camera.detectors[0]
    chip = make_chip(told.seed, told.effects, camera, detector)
    charge = np.zeros((detector.ny, detector.nx), dtype=np.float32)
    charge[0, 0] = 80000.0  # first pixel of the first amplifier, read at the same time as the first of all others
    clean = read_out(replace(chip, effects=PERFECT), 1, np.zeros_like(charge))
    image = trimmed(camera, detector, read_out(chip, 1, charge)) - trimmed(camera, detector, clean)
    source = 80000.0 / chip.amplifiers.gain[0]
    corners = [(0, 0), (0, 64), (0, 128), (0, 192), (127, 63), (127, 127), (127, 191), (127, 255)]
    expected = chip.amplifiers.crosstalk[:, 0] * source + source * (np.arange(8) == 0)
    assert [image[corner] for corner in corners] == pytest.approx(expected.tolist(), abs=1.0)
    assert np.count_nonzero(image) <= 8


def test_bleeding_keeps_charge_and_fills_pixels_along_the_column_only() -> None:
    charge = np.zeros((101, 3), dtype=np.float32)
    charge[50, 1] = 1_050_000
    bleed(charge, np.float32(100_000))
    assert charge.sum() == pytest.approx(1_050_000)
    assert charge.max() == 100_000
    assert not charge[:, [0, 2]].any()
    filled = np.flatnonzero(charge[:, 1])
    assert filled.min() == 45
    assert filled.max() == 55


def test_charge_at_the_end_of_a_column_is_lost() -> None:
    charge = np.zeros((4, 1), dtype=np.float32)
    charge[0, 0] = 300
    bleed(charge, np.float32(100))
    assert charge[:, 0].tolist() == [100, 100, 0, 0]  # half went over the edge


def test_raw_numbers_fit_the_converter_and_a_saturated_star_fills_it() -> None:
    told = survey(CAMERA, sky={"ra": 150.1, "dec": -20.2, "radius": 0.012, "stars": {
        "density": 300_000, "bright": 9, "faint": 12, "slope": 0.2}})  # fmt: skip
    exposure: Exposure = first(told, "science")
    raw = Telescope(told.config, CAMERA).take(exposure, CAMERA.detectors[0]).raw
    for image in raw.values():
        assert image.dtype == np.uint16
    saturation = min(CAMERA.detectors[0].saturation)
    assert max(int(image.max()) for image in raw.values()) > saturation


def test_dead_and_hot_columns_are_where_the_truth_has_them() -> None:
    told, camera = planned(defects=4)
    chip = make_chip(told.seed, told.effects, camera, camera.detectors[0])
    assert [dead for *_, dead in chip.bad_columns] == [True, False, True, False]
    for column, row, rows, dead in chip.bad_columns:
        assert row + rows == camera.detectors[0].ny
        good = chip.response[row:, column] == 1, chip.dark[row:, column] == 0
        assert not good[0 if dead else 1].any()


@pytest.mark.parametrize("effects", [{"vignetting": 1.0}, {"prnu": 1.0}])
def test_no_pixel_gives_back_light(effects: dict[str, float]) -> None:
    camera = CAMERA.model_copy(update={"field_radius": 0.4 * CAMERA.field_radius})
    response = make_chip(1, PERFECT.model_copy(update=effects), camera, camera.detectors[0]).response
    assert response.min() == 0
    assert response.max() > 0.5


@pytest.mark.parametrize(("name", "number"), [("Quartet", 3), ("Monocle", 0)])
def test_vignetting_is_about_the_axis_of_the_telescope(name: str, number: int) -> None:
    camera = load_cameras()[name]
    detector = camera.detectors[number]
    told = survey(camera)
    exposure = replace(first(told, "science"), rotation=25.0)
    air = weather(1, 1, STILL, 30.0, camera.field_radius)
    place = projection(camera, detector, exposure, air, 0.0)
    response = make_chip(1, PERFECT.model_copy(update={"vignetting": 0.3}), camera, detector).response
    x, y = np.array([0.0, 100.0, detector.nx - 1.0]), np.array([50.0, detector.ny - 1.0, 700.0])
    u, v = place.field(x, y)
    assert response[y.astype(int), x.astype(int)] == pytest.approx(1 - 0.3 * (u**2 + v**2), abs=1e-6)
    assert response.min() > 0.69
