"""Conditions of one exposure, and how they vary over the field."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.simulation.streams import stream
from pipeline.simulation.world import Conditions

Array = NDArray[np.float64]
MODES = 48


def terms(u: Array, v: Array) -> Array:
    """Give the terms of a polynomial of order 2 but the constant, (5, ...), of positions in field radii."""
    return np.stack([u, v, u * u - 0.25, u * v, v * v - 0.25])


@dataclass(frozen=True)
class Weather:
    """What one exposure has of the atmosphere and the telescope.

    Attributes
    ----------
    seeing
        FWHM at zenith and 500 nm (arcsec).
    transparency
        Fraction of the light that clouds let through.
    gradient
        Change of the sky per field radius along the axes of the camera, relative to its level.
    size, shape
        Terms of the relative size of the PSF, (5,), and of its ellipticities e1 and e2 with a constant first, (2, 6).
    waves
        Turbulence: wave vector (2, MODES; radians per deg), amplitude (MODES; deg) and phase of each mode.
    """

    seeing: float
    transparency: float
    gradient: tuple[float, float]
    size: Array
    shape: Array
    waves: tuple[Array, Array, Array]

    def displacement(self, xi: Array, eta: Array) -> tuple[Array, Array]:
        """Give how far the air moves images on the tangent plane (deg), in xi and eta."""
        vectors, amplitude, phase = self.waves
        angle = np.multiply.outer(xi, vectors[0]) + np.multiply.outer(eta, vectors[1]) + phase
        along = amplitude * np.sin(angle) / np.hypot(*vectors)
        return along @ vectors[0], along @ vectors[1]


def weather(seed: int, number: int, said: Conditions, time: float, field_radius: float) -> Weather:
    """Draw the conditions of an exposure.

    Parameters
    ----------
    number
        Of the exposure.
    time
        Of exposure (s).
    field_radius
        In degrees.
    """
    random = stream(seed, "weather", number)
    return Weather(
        said.seeing * math.exp(said.seeing_scatter * random.standard_normal()),
        10 ** (-0.4 * said.transparency_scatter * abs(random.standard_normal())),
        (said.sky_gradient * random.standard_normal(), said.sky_gradient * random.standard_normal()),
        said.variation * random.standard_normal(5),
        said.ellipticity * random.standard_normal((2, 6)),
        _waves(stream(seed, "turbulence", number), said.turbulence * math.sqrt(30 / max(time, 1.0)), field_radius),
    )


def _waves(random: np.random.Generator, rms: float, field_radius: float) -> tuple[Array, Array, Array]:
    """Draw the modes of Kolmogorov turbulence, between four field radii and an arcminute.

    The field is the gradient of a potential, as refraction makes it. Its power per unit of log(k) falls as k**(-5/3).

    Parameters
    ----------
    rms
        Of the length of the displacement (mas).
    """
    longest, shortest = 4 * field_radius, 1 / 60
    length = longest * (shortest / longest) ** random.random(MODES)
    angle = random.uniform(0, 2 * np.pi, MODES)
    wave = 2 * np.pi / length
    amplitude = length ** (5 / 6)
    amplitude *= rms / 3.6e6 / math.sqrt(float(np.sum(amplitude**2)) / 2)
    return wave * np.stack([np.cos(angle), np.sin(angle)]), amplitude, random.uniform(0, 2 * np.pi, MODES)
