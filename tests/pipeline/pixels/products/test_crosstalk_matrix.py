"""Coefficients between amplifiers are found to 1e-6."""

import numpy as np
import pytest

from pipeline.pixels.errors import BadImage
from pipeline.pixels.products.crosstalk import measure_crosstalk

N = 4


def frame(rng: np.random.Generator, matrix: np.ndarray, n_stars: int = 12) -> np.ndarray:
    """Give amplifiers with saturated and bright stars, a sky slope and read noise, mixed by the matrix."""
    y, x = np.mgrid[:256, :256]
    amplifiers = np.empty((N, 256, 256))
    for k in range(N):
        amplifiers[k] = 50 + 0.05 * x
        for _ in range(n_stars):
            cy, cx = rng.uniform(0, 256, 2)
            amplifiers[k] += 10 ** rng.uniform(4, 5.2) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 2 / 6.0**2)
    amplifiers = np.minimum(rng.poisson(amplifiers), 60000.0)
    return (amplifiers + np.tensordot(matrix, amplifiers, 1) + rng.normal(0, 4, amplifiers.shape)).astype(np.float32)


def test_the_matrix_is_recovered() -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(-2e-4, 3e-4, (N, N))
    np.fill_diagonal(truth, 0)
    found = measure_crosstalk([frame(rng, truth) for _ in range(6)], 8000, np.full(N, 59000.0))
    assert np.isfinite(found.coefficient).all()
    off = ~np.eye(N, dtype=bool)
    pulls = ((found.coefficient - truth) / np.where(off, found.error, 1))[off]
    assert np.abs(pulls).max() < 4.5
    assert 0.5 < pulls.std() < 1.5
    assert found.error[off].max() < 5e-6


def test_where_nothing_was_bright_nothing_is_claimed() -> None:
    rng = np.random.default_rng(2)
    found = measure_crosstalk([rng.normal(500, 5, (2, 64, 64)).astype(np.float32)], 8000, np.full(2, 59000.0))
    assert np.isnan(found.coefficient[0, 1])
    assert found.n_pixels.sum() == 0


def test_frames_of_different_cameras_are_refused() -> None:
    with pytest.raises(BadImage, match="frames of equal amplifiers"):
        measure_crosstalk([np.zeros((2, 64, 64), np.float32), np.zeros((4, 64, 64), np.float32)], 1, np.ones(2))
