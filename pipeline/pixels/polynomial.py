"""Monomials in two variables."""

import numpy as np
from numpy.typing import NDArray


def monomials(order: int) -> list[tuple[int, int]]:
    """List the exponents (i, j) of x^i y^j with i + j <= order, by rising degree, constant first."""
    return [(degree - j, j) for degree in range(order + 1) for j in range(degree + 1)]


def polynomial_terms(x: NDArray[np.float64], y: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Evaluate the `monomials` of two arrays, shape (..., terms)."""
    return np.stack([x**i * y**j for i, j in monomials(order)], axis=-1)
