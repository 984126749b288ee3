"""PSF model: drawing, storing, shape, star selection."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.blends import Blends
from pipeline.pixels.detection import Detections
from pipeline.pixels.gaussian_fit import fit_gaussian
from pipeline.pixels.moffat import moffat_psf
from pipeline.pixels.psf import PsfModel, normalized
from pipeline.pixels.psf_fit import fit_psf
from pipeline.pixels.shape import adaptive_moments
from pipeline.pixels.star_selection import half_sample_mode, select_stars

SHAPE = (400, 400)


def gaussian(dx: float, dy: float, sigma_x: float, sigma_y: float, half: int = 12) -> NDArray[np.float64]:
    offset = np.arange(-half, half + 1)
    profile = np.exp(-0.5 * (((offset[None, :] - dx) / sigma_x) ** 2 + ((offset[:, None] - dy) / sigma_y) ** 2))
    return np.asarray(profile / (2 * np.pi * sigma_x * sigma_y))


def stars_image(
    seed: int, count: int, flux: float
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Gaussian stars of sigma 1.8 x 1.6 pixels on noise 1."""
    rng = np.random.default_rng(seed)
    image = rng.normal(size=SHAPE)
    cells = rng.permutation(100)[:count]
    x = 20.0 + 40 * (cells % 10) + rng.uniform(-0.5, 0.5, count)
    y = 20.0 + 40 * (cells // 10) + rng.uniform(-0.5, 0.5, count)
    for one_x, one_y in zip(x, y, strict=True):
        column, row = round(one_x), round(one_y)
        stamp = flux * gaussian(one_x - column, one_y - row, 1.8, 1.6)
        image[row - 12 : row + 13, column - 12 : column + 13] += stamp
    return image.astype(np.float32), x, y


def fit(seed: int, count: int, flux: float = 2e4) -> PsfModel:
    image, x, y = stars_image(seed, count, flux)
    ones = np.ones(SHAPE, np.float32)
    return fit_psf(image, ones, ones > 0, x, y, 4.0, 12).psf


def test_a_model_drawn_off_center_is_the_shifted_profile() -> None:
    grid = gaussian(0.0, 0.0, 1.7, 1.7, half=16)
    psf = normalized(PsfModel(grid[None], 0, SHAPE, 12, 1))
    drawn = psf.image(100.3, 200.6)
    np.testing.assert_allclose(drawn, gaussian(0.3, -0.4, 1.7, 1.7), atol=2e-4)
    assert drawn.sum() == pytest.approx(1.0, abs=1e-3)


def test_the_gradient_is_that_of_the_drawing() -> None:
    psf = moffat_psf(4.0, SHAPE, 12)
    at = np.array([0.2]), np.array([-0.3])
    grids = psf.grids(np.array([50.0]), np.array([50.0]))
    _, along_x, along_y = psf.shifted_with_gradient(grids, *at)
    step = 0.05
    slope_x = psf.shifted(grids, at[0] + step, at[1]) - psf.shifted(grids, at[0] - step, at[1])
    slope_y = psf.shifted(grids, at[0], at[1] + step) - psf.shifted(grids, at[0], at[1] - step)
    np.testing.assert_allclose(along_x, slope_x / (2 * step), atol=1e-4)
    np.testing.assert_allclose(along_y, slope_y / (2 * step), atol=1e-4)


def test_a_model_survives_its_arrays() -> None:
    psf = fit(1, 30)
    again = PsfModel.from_arrays(psf.to_arrays())
    assert np.array_equal(psf.image(33.3, 210.7), again.image(33.3, 210.7))
    assert (again.order, again.shape, again.half_size, again.n_stars) == (psf.order, SHAPE, 12, psf.n_stars)


@pytest.mark.parametrize(("count", "order"), [(1, 0), (3, 0), (4, 0), (25, 1)])
def test_the_number_of_stars_sets_the_order_and_any_number_gives_the_profile(count: int, order: int) -> None:
    psf = fit(2, count)
    assert (psf.order, psf.n_stars) == (order, count)
    moments = adaptive_moments(psf.image(200.0, 200.0), 1.5)
    assert moments.sigma == pytest.approx(np.sqrt(1.8 * 1.6), rel=0.02)
    e1 = (1.8**2 - 1.6**2) / (1.8**2 + 1.6**2)
    assert moments.ellipticity == pytest.approx((e1, 0.0), abs=0.02)


def test_a_galaxy_among_the_stars_is_rejected() -> None:
    image, x, y = stars_image(3, 30, 2e4)
    column, row = round(x[7]), round(y[7])
    image[row - 12 : row + 13, column - 12 : column + 13] = 2e4 * gaussian(0.0, 0.0, 3.5, 2.5)
    ones = np.ones(SHAPE, np.float32)
    stars = fit_psf(image, ones, ones > 0, x, y, 4.0, 12)
    assert not stars.used[7]
    assert np.sum(stars.used) >= 27


def test_adaptive_moments_of_a_gaussian_are_exact() -> None:
    moments = adaptive_moments(gaussian(0.3, -0.2, 2.0, 1.5), 1.0)
    assert (moments.xx, moments.yy, moments.xy) == pytest.approx((4.0, 2.25, 0.0), abs=1e-4)


@pytest.mark.parametrize("image", [np.zeros((25, 25)), -gaussian(0.0, 0.0, 2.0, 2.0)])
def test_an_image_without_a_source_has_no_moments(image: NDArray[np.float64]) -> None:
    assert np.isnan(adaptive_moments(image, 2.0).sigma)


def test_a_gaussian_fit_returns_the_gaussian() -> None:
    stamp = 100.0 * gaussian(0.4, -0.7, 2.0, 1.5) + 3.0
    best = fit_gaussian(stamp, np.ones(stamp.shape, np.bool_), 4.0)
    assert best is not None
    assert (best.x, best.y, best.sky, best.flux) == pytest.approx((0.4, -0.7, 3.0, 100.0), rel=1e-4)
    assert best.fwhm == pytest.approx(2.3548 * np.sqrt(3.0), rel=1e-4)


@pytest.mark.parametrize("stamp", [np.zeros((25, 25)), -gaussian(0.0, 0.0, 2.0, 2.0)])
def test_a_stamp_without_a_star_has_no_gaussian(stamp: NDArray[np.float64]) -> None:
    assert fit_gaussian(stamp - 1e-3 * np.hypot(*np.indices(stamp.shape)), np.ones(stamp.shape, np.bool_), 4.0) is None


def test_the_mode_ignores_the_tail() -> None:
    rng = np.random.default_rng(0)
    sample = np.concatenate([rng.normal(0.0, 0.01, 100), rng.uniform(0.1, 2.0, 150)])
    assert half_sample_mode(sample) == pytest.approx(0.0, abs=0.02)
    assert half_sample_mode(np.array([5.0])) == 5.0


def detections(radius: NDArray[np.float64], snr: NDArray[np.float64]) -> Detections:
    count = len(radius)
    return Detections(
        x=np.arange(count) * np.float64(40.0),
        y=np.zeros(count),
        radius=radius,
        flux=snr,
        snr=snr,
        area=np.full(count, 30, np.int32),
        axes=np.ones((count, 2)),
        angle=np.zeros(count),
        peak=np.zeros((count, 2), np.int32),
        box=np.zeros((count, 4), np.int32),
        blends=Blends(np.arange(count), np.ones(count, np.int32)),
        footprints=np.zeros((2, 2), np.int32),
    )


def test_stars_are_told_from_cosmic_rays_and_galaxies_by_size() -> None:
    radius = np.array([1.0, 2.5, 2.6, 2.45, 4.0, 3.4, 2.55, np.nan, 2.5])
    found = detections(radius, np.array([200.0, 90.0, 80.0, 70.0, 300.0, 60.0, 10.0, 90.0, 50.0]))
    yes, no = np.ones(9, np.bool_), np.zeros(9, np.bool_)
    clean = yes.copy()
    clean[8] = False

    def choose(clean: NDArray[np.bool_], known: NDArray[np.bool_], max_stars: int = 10) -> list[int]:
        rows: list[int] = select_stars(found, clean, known, min_snr=30.0, max_stars=max_stars, reach=15.0).tolist()
        return rows

    assert choose(clean, no) == [1, 2, 3]
    known = no.copy()
    known[4] = True
    assert choose(clean, known) == [4]
    assert choose(clean, no, max_stars=2) == [1, 2]
    assert choose(no, no) == []
