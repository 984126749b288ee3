"""Shifts by fractions of a pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels.shift import shift_matrix, shift_slope

OFFSET = np.arange(-30, 31)


def gaussian(fwhm: float, center: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-4 * np.log(2) * ((OFFSET - center) / fwhm) ** 2))


@pytest.mark.parametrize(("fwhm", "error"), [(2.0, 7e-3), (2.5, 4e-3), (3.0, 1.5e-3), (4.0, 8e-4), (6.0, 6e-4)])
def test_a_shifted_profile_is_the_profile_elsewhere(fwhm: float, error: float) -> None:
    shifts = np.linspace(-2.5, 2.5, 51)
    shifted = shift_matrix(shifts, 61, 61) @ gaussian(fwhm, 0.0)
    np.testing.assert_allclose(shifted, [gaussian(fwhm, shift) for shift in shifts], atol=error)


@pytest.mark.parametrize("fwhm", [2.5, 3.0, 4.0, 6.0])
def test_the_size_of_a_profile_stays(fwhm: float) -> None:
    shifts = np.linspace(-0.5, 0.5, 21)
    for shift, drawn in zip(shifts, shift_matrix(shifts, 61, 61) @ gaussian(fwhm, 0.0), strict=True):
        weight, square = gaussian(fwhm, shift), (OFFSET - shift) ** 2
        sizes = [np.sum(weight * image * square) / np.sum(weight * image) for image in (drawn, weight)]
        assert sizes[0] == pytest.approx(sizes[1], rel=2e-3)


def test_whole_shifts_are_exact_and_flux_is_kept() -> None:
    kernel = shift_matrix(np.array([-2.0, 0.0, 1.0, 0.37]), 61, 61)
    profile = gaussian(3.0, 0.0)
    for row, whole in enumerate((-2, 0, 1)):
        np.testing.assert_allclose(kernel[row] @ profile, np.roll(profile, whole), atol=1e-9)
    assert (kernel[3] @ profile).sum() == pytest.approx(profile.sum(), rel=1e-4)


def test_the_slope_is_that_of_the_matrix() -> None:
    shifts, step = np.array([-0.45, 0.1, 0.3]), 1e-4
    rise = (shift_matrix(shifts + step, 25, 33) - shift_matrix(shifts - step, 25, 33)) / (2 * step)
    np.testing.assert_allclose(shift_slope(shifts, 25, 33), rise, atol=1e-5)
