"""A tiny detector run forward: light to raw amplifiers, one known effect after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.raw_pixels import RawAmplifier
from pipeline.pixels.isr.electronics import Electronics, Linearity

FLIPS = ((False, False), (False, True), (True, False), (True, True))
"""Corner that each of the four amplifiers reads from: its own corner of the detector."""
OVERSCAN = 48


@dataclass(frozen=True)
class Chip:
    """Four amplifiers in two rows of two; every effect is nothing unless it is given.

    Attributes
    ----------
    side
        Rows and columns of an amplifier.
    bias, dark, flat
        Frames of the whole detector: adu, adu/s, none.
    nonlinear
        c of each amplifier: true counts are m + c m**2 (adu).
    crosstalk
        [i, j]: part of amplifier j that appears in amplifier i.
    """

    side: int = 128
    gain: tuple[float, ...] = (1.5, 1.6, 1.4, 1.7)
    read_noise: tuple[float, ...] = (5.0, 6.0, 7.0, 5.5)
    saturation: float = np.inf
    bias: NDArray[np.float32] | None = None
    dark: NDArray[np.float32] | None = None
    dark_time: float = 0.0
    flat: NDArray[np.float32] | None = None
    nonlinear: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    crosstalk: NDArray[np.float64] = field(default_factory=lambda: np.zeros((4, 4)))

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx) of the detector."""
        return 2 * self.side, 2 * self.side

    def where(self, number: int) -> tuple[slice, slice]:
        """Rows and columns that an amplifier fills."""
        row, column = divmod(number, 2)
        return tuple(slice(k * self.side, (k + 1) * self.side) for k in (row, column))  # type: ignore[return-value]

    def electronics(self, tables: bool = False) -> Electronics:
        """Give what is known of it; with tables, also what is not linear, and the crosstalk."""
        counts = np.linspace(0, 60000, 200)
        return Electronics(
            gain=np.array(self.gain),
            read_noise=np.array(self.read_noise),
            saturation=np.full(4, self.saturation),
            suspect=np.full(4, np.inf),
            linearity=tuple(Linearity(counts, c * counts**2) for c in self.nonlinear) if tables else None,
            crosstalk=self.crosstalk if tables else None,
        )

    def read(
        self, electrons: NDArray[np.float64], seed: int | None = None, levels: Sequence[float] = (1000, 1010, 990, 1003)
    ) -> list[RawAmplifier]:
        """Expose and read out.

        Without a seed nothing is random and nothing is rounded: light that is known exactly must come back exactly.

        Parameters
        ----------
        electrons
            Light that reaches each pixel, before the flat, shape of the detector.
        levels
            Level of each amplifier's overscan (adu), which also drifts along its rows.
        """
        rng = None if seed is None else np.random.default_rng(seed)
        frame = electrons * (1 if self.flat is None else self.flat)
        counts = np.stack([self._counts(frame, number, rng) for number in range(4)])
        counts += np.einsum("ij,jyx->iyx", self.crosstalk, counts)
        return [self._amplifier(number, counts[number], levels[number], rng) for number in range(4)]

    def _counts(self, frame: NDArray[np.float64], number: int, rng: np.random.Generator | None) -> NDArray[np.float64]:
        """Give the counts of one amplifier above its overscan, in the order of reading."""
        box, gain, c = self.where(number), self.gain[number], self.nonlinear[number]
        charge = frame[box] + (0 if self.dark is None else self.dark[box] * self.dark_time * gain)
        true = (charge if rng is None else rng.poisson(charge)) / gain
        measured = true if c == 0 else (np.sqrt(1 + 4 * c * true) - 1) / (2 * c)
        turned = measured + (0 if self.bias is None else self.bias[box])
        rows, columns = (-1 if flip else 1 for flip in FLIPS[number])
        found: NDArray[np.float64] = turned[::rows, ::columns]
        return found

    def _amplifier(
        self, number: int, counts: NDArray[np.float64], level: float, rng: np.random.Generator | None
    ) -> RawAmplifier:
        raw = np.concatenate([counts, np.zeros((self.side, OVERSCAN))], axis=1)
        raw = raw + level + np.linspace(0, 5, self.side)[:, None]
        if rng is not None:
            noise = self.read_noise[number] / self.gain[number]
            raw = np.round(raw + rng.normal(0, noise, raw.shape)).clip(0, 65535).astype(np.uint16)
        name = f"A{number}"
        return RawAmplifier(
            name, raw[:, : self.side], raw[:, self.side :], None, None, self.where(number), FLIPS[number]
        )
