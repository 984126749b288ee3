"""Cosmic rays are found and stars are not, at least as well as astroscrappy does it."""

import tracemalloc

import astroscrappy
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.pixels.isr.cosmic_rays import CosmicRayLimits, find_cosmic_rays
from pipeline.pixels.mask import BAD, NO_DATA, SAT
from tests.support.cosmic_rays import READ_NOISE, Field, star_field

SEEING = (2.5, 3.0, 4.5)
DEFAULTS = CosmicRayLimits()
NOTHING = np.zeros((512, 512), dtype=np.int32)


@pytest.fixture(scope="module")
def fields() -> list[Field]:
    return [star_field(seed=int(100 * fwhm), fwhm=fwhm) for fwhm in SEEING]


def completeness(found: NDArray[np.bool_], field: Field) -> float:
    """Part that is found of the pixels with more charge than 10 standard deviations."""
    return float(found[field.charge > 10 * field.noise].mean())


def cores_hit(found: NDArray[np.bool_], field: Field) -> int:
    """Number of stars with a wrong pixel within 3 x 3 about the center."""
    return sum(bool(found[y - 1 : y + 2, x - 1 : x + 2].any()) for y, x in field.cores)


def search(field: Field, limits: CosmicRayLimits = DEFAULTS) -> NDArray[np.bool_]:
    return find_cosmic_rays(field.image, field.variance, NOTHING, limits)


def test_cosmic_rays_are_found_and_stars_are_left_alone(fields: list[Field]) -> None:
    found = [search(field) for field in fields]
    assert min(map(completeness, found, fields)) > 0.95
    assert sum(len(field.cores) for field in fields) > 600
    assert sum(map(cores_hit, found, fields)) == 0
    for one, field in zip(found, fields, strict=True):
        # Noise alone has a few beyond 4.5 standard deviations of the Laplacian.
        assert np.mean(one & ~ndimage.binary_dilation(field.charge > 0, np.ones((3, 3), dtype=np.bool_))) < 1e-4


def test_neither_is_worse_than_with_astroscrappy(fields: list[Field]) -> None:
    ours = [search(field) for field in fields]
    theirs = [
        astroscrappy.detect_cosmics(field.image, gain=1.0, readnoise=READ_NOISE, satlevel=1e9, niter=4)[0]
        for field in fields
    ]
    assert np.mean([*map(completeness, ours, fields)]) >= np.mean([*map(completeness, theirs, fields)])
    assert sum(map(cores_hit, ours, fields)) <= sum(map(cores_hit, theirs, fields))


def test_the_limits_trade_completeness_for_purity() -> None:
    field = star_field(seed=4, fwhm=3.0)
    strict, loose = (search(field, CosmicRayLimits(clip, contrast=contrast)) for clip, contrast in ((10, 8), (4, 1.5)))
    assert completeness(strict, field) < completeness(loose, field)
    assert strict.sum() < loose.sum()


def test_a_saturated_star_with_its_bleeding_is_no_cosmic_ray() -> None:
    rng = np.random.default_rng(1)
    image = rng.normal(200, 15, (100, 100)).astype(np.float32)
    image[20:80, 50:52] = 60000
    mask = np.where(image > 50000, SAT, 0).astype(np.int32)
    image[20:80, 49] = image[20:80, 52] = 9000
    found = find_cosmic_rays(image, np.full_like(image, 225), mask, CosmicRayLimits(clip=6))
    assert not found.any()


def test_a_saturated_frame_takes_no_more_memory_than_a_dark_one() -> None:
    image = np.full((400, 400), 60000, dtype=np.float32)
    tracemalloc.start()
    found = find_cosmic_rays(image, image, np.full(image.shape, SAT, dtype=np.int32), DEFAULTS)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not found.any()
    assert most < 100 * image.size  # bytes


def test_what_is_bad_is_never_a_cosmic_ray_nor_makes_one() -> None:
    rng = np.random.default_rng(2)
    image = rng.normal(200, 15, (100, 100)).astype(np.float32)
    variance = np.full_like(image, 225)
    image[:, 40] = 0
    image[10, 10] = np.nan
    variance[:, 60] = 0
    mask = np.zeros((100, 100), dtype=np.int32)
    mask[:, 40] = mask[:, 60] = mask[10, 10] = BAD
    image[50, 41] = 2000
    found = find_cosmic_rays(image, variance, mask, CosmicRayLimits(clip=6))
    assert [tuple(place) for place in np.argwhere(found)] == [(50, 41)]


@pytest.mark.parametrize("part", [0.6, 1.0])
def test_large_parts_without_data_hide_nothing_and_show_nothing(part: float) -> None:
    rng = np.random.default_rng(6)
    image = rng.normal(200, 15, (100, 100)).astype(np.float32)
    variance = np.full_like(image, 225)
    without = np.s_[: round(100 * part)]
    image[without] = variance[without] = 0
    mask = np.where(variance == 0, NO_DATA, 0).astype(np.int32)
    image[80, 50] += 3000
    found = find_cosmic_rays(image, variance, mask, CosmicRayLimits(clip=6))
    assert [tuple(place) for place in np.argwhere(found)] == ([(80, 50)] if part < 1 else [])


@pytest.mark.parametrize("place", [(0, 0), (0, 50), (99, 99), (50, 99), (1, 98)])
def test_a_hit_at_the_edge_is_found(place: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    image = rng.normal(200, 15, (100, 100)).astype(np.float32)
    image[place] += 3000
    found = find_cosmic_rays(image, np.full_like(image, 225), np.zeros((100, 100), np.int32), CosmicRayLimits(clip=6))
    assert [tuple(one) for one in np.argwhere(found)] == [place]


def test_the_inputs_stay_as_they_are() -> None:
    field = star_field(seed=4, fwhm=3.0)
    image, variance = field.image.copy(), field.variance.copy()
    search(field)
    np.testing.assert_array_equal(field.image, image)
    np.testing.assert_array_equal(field.variance, variance)
