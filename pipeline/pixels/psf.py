"""PSF model: pixel grid times a polynomial in position."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.polynomial import polynomial_terms
from pipeline.pixels.shift import shift_matrix, shift_slope


@dataclass(frozen=True)
class PsfModel:
    """Point spread function of one detector image, pixel response included.

    Parameters
    ----------
    coefficients
        Value of each polynomial term at each grid node, shape (terms, m, m), step 1 pixel, m = 2 half_size + 1
        + 2 `KERNEL_REACH`. The constant term sums to 1 within `half_size` of its center, the others to 0.
    order
        Order of the polynomial in position.
    shape
        Rows and columns of the image; positions are scaled to [-1, 1] by it.
    half_size
        Half side of the stamps it draws (pixels).
    n_stars
        Stars it was made of.
    """

    coefficients: NDArray[np.float64]
    order: int
    shape: tuple[int, int]
    half_size: int
    n_stars: int

    def grids(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the model grid at positions (pixels), shape (n, m, m)."""
        terms = self.terms(x, y)
        return np.tensordot(terms, self.coefficients, axes=1)

    def terms(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the polynomial terms at positions (pixels), shape (n, terms)."""
        ny, nx = self.shape
        return polynomial_terms(2 * x / (nx - 1) - 1, 2 * y / (ny - 1) - 1, self.order)

    def images(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draw the PSF of unit flux in stamps around the nearest pixels of positions, shape (n, s, s)."""
        return self.shifted(self.grids(x, y), x - np.rint(x), y - np.rint(y))

    def image(self, x: float, y: float) -> NDArray[np.float64]:
        """Draw the PSF of unit flux in the stamp around the pixel nearest to a position, shape (s, s)."""
        stamp: NDArray[np.float64] = self.images(np.array([float(x)]), np.array([float(y)]))[0]
        return stamp

    def shifted(
        self, grids: NDArray[np.float64], dx: NDArray[np.float64], dy: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Draw model grids, shape (n, m, m), off center by dx, dy (pixels) in stamps, shape (n, s, s)."""
        rows, columns = self._shifts(grids, dx, dy)
        return rows @ grids @ columns.transpose(0, 2, 1)

    def shifted_with_gradient(
        self, grids: NDArray[np.float64], dx: NDArray[np.float64], dy: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Draw as `shifted`, and the derivatives of the stamps with respect to dx and dy (per pixel)."""
        rows, columns = self._shifts(grids, dx, dy)
        side, nodes = rows.shape[1:]
        rows_slope, columns_slope = shift_slope(dy, side, nodes), shift_slope(dx, side, nodes)
        half_drawn = rows @ grids
        drawn = half_drawn @ columns.transpose(0, 2, 1)
        along_x = half_drawn @ columns_slope.transpose(0, 2, 1)
        along_y = rows_slope @ grids @ columns.transpose(0, 2, 1)
        return drawn, along_x, along_y

    def _shifts(
        self, grids: NDArray[np.float64], dx: NDArray[np.float64], dy: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        side, nodes = 2 * self.half_size + 1, grids.shape[-1]
        return shift_matrix(dy, side, nodes), shift_matrix(dx, side, nodes)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Put the model in plain arrays, for a file."""
        return {
            "coefficients": self.coefficients,
            "layout": np.array([self.order, *self.shape, self.half_size, self.n_stars], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> "PsfModel":
        """Rebuild the model that `to_arrays` wrote."""
        order, ny, nx, half_size, n_stars = (int(value) for value in arrays["layout"])
        return cls(np.asarray(arrays["coefficients"]), order, (ny, nx), half_size, n_stars)


def stamp_circle(half_size: int, nodes: int) -> NDArray[np.bool_]:
    """Mark the grid nodes within the stamp's circle, shape (nodes, nodes)."""
    offset = np.arange(nodes) - nodes // 2
    return np.hypot(offset[:, None], offset[None, :]) <= half_size + 0.5


def normalized(psf: PsfModel) -> PsfModel:
    """Make the constant term sum to 1 within the stamp circle and the others to 0."""
    circle = stamp_circle(psf.half_size, psf.coefficients.shape[-1])
    mean = psf.coefficients[0] / psf.coefficients[0][circle].sum()
    others = [term - mean * term[circle].sum() for term in psf.coefficients[1:]]
    return replace(psf, coefficients=np.stack([mean, *others]))
