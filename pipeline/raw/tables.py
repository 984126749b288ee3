"""Tables of calibration collections as the pixel code takes them, amplifiers in the order of the frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.errors import BadInput
from pipeline.pixels.isr.defects import Defect
from pipeline.pixels.isr.electronics import Electronics, Linearity
from pipeline.raw.frame import RawFrame

NUMBERS = {"gain": "gain", "read_noise": "readNoise", "suspect": "turnoff"}
"""What is taken from the table photon_transfer, by our names and by those of its columns."""


class NoAmplifier(BadInput):
    """A table of a calibration that says nothing of an amplifier."""

    def __init__(self, table: str, amplifier: str, file: str) -> None:
        self.table, self.amplifier, self.file = table, amplifier, file
        super().__init__(f"{file}: amplifier {amplifier} is not in the {table}: make that anew for this detector")


class UnknownAmplifier(BadInput):
    """A table of a calibration that names an amplifier that the detector does not have."""

    def __init__(self, table: str, amplifier: str, file: str) -> None:
        self.table, self.amplifier, self.file = table, amplifier, file
        super().__init__(
            f"{file}: the {table} names amplifier {amplifier}, which the detector does not have: make it anew"
        )


class NoGain(BadInput):
    """A detector whose gain nobody knows."""

    def __init__(self, file: str, detector: str) -> None:
        self.file, self.detector = file, detector
        super().__init__(
            f"{file}: the gain of {detector} is unknown: measure a photon_transfer, write it into the camera's "
            "definition, or set do_gain to false"
        )


def electronics(
    frame: RawFrame,
    photon_transfer: pa.Table | None,
    linearizer: pa.Table | None,
    crosstalk: pa.Table | None,
    gain_needed: bool = True,
) -> Electronics:
    """Put together what is known of the amplifiers; gain and read noise are those of the definition without a table.

    Where no gain is known and none is needed, one electron per count stands in the variance.

    Raises
    ------
    BadInput
        A table lacks an amplifier, or a needed gain is unknown.
    """
    names = frame.amplifier_names
    numbers = {
        "gain": _defined(frame, "gain", np.nan),
        "read_noise": _defined(frame, "read_noise", np.nan),
        "suspect": np.full(len(names), np.inf),
    }
    if photon_transfer is not None:
        rows = _rows(photon_transfer, "photon_transfer", names, frame.name)
        numbers = {ours: np.array([row[theirs] for row in rows], dtype=float) for ours, theirs in NUMBERS.items()}
    tables = None if linearizer is None else _linearity(linearizer, names, frame.name)
    numbers["suspect"] = _as_read(numbers["suspect"], tables)
    known = np.isfinite(numbers["gain"])
    # In a table NaN says that an amplifier is dead: what is multiplied by it has no data.
    if not (known.all() or (photon_transfer is not None and known.any())):
        if gain_needed:
            raise NoGain(frame.name, frame.detector.name)
        numbers["gain"] = np.ones(len(names))
    return Electronics(
        **numbers,
        saturation=_defined(frame, "saturation", np.nan),
        linearity=tables,
        crosstalk=None if crosstalk is None else _crosstalk(crosstalk, names, frame.name),
    )


def defects_of(table: pa.Table) -> list[Defect]:
    """Give the rows of a table of defects."""
    return [Defect(**{name: row[name] for name in ("x0", "y0", "nx", "ny", "plane")}) for row in table.to_pylist()]


def _defined(frame: RawFrame, name: str, unknown: float) -> NDArray[np.float64]:
    """Give a number of each amplifier by the camera's definition."""
    values = getattr(frame.detector, name)
    return np.array(values, dtype=float) if values else np.full(len(frame.amplifiers), unknown)


def _rows(table: pa.Table, name: str, amplifiers: Sequence[str], file: str) -> list[dict[str, Any]]:
    """Give one row of a table for each amplifier.

    Raises
    ------
    NoAmplifier
        There is none.
    """
    found = {row["amplifier"]: row for row in table.to_pylist()}
    for amplifier in amplifiers:
        if amplifier not in found:
            raise NoAmplifier(name, amplifier, file)
    return [found[amplifier] for amplifier in amplifiers]


def _linearity(table: pa.Table, amplifiers: Sequence[str], file: str) -> tuple[Linearity, ...]:
    _rows(table, "linearizer", amplifiers, file)
    parts = [table.filter(pc.equal(table["amplifier"], one)).sort_by("counts") for one in amplifiers]
    return tuple(Linearity(part["counts"].to_numpy(), part["correction"].to_numpy()) for part in parts)


def _as_read(turnoff: NDArray[np.float64], tables: Sequence[Linearity] | None) -> NDArray[np.float64]:
    """Give the counts as read that are corrected to some linear ones (adu); infinite where those are unknown."""
    read = np.where(np.isfinite(turnoff), turnoff, np.inf)
    for i, table in enumerate(tables or ()):
        linear = table.counts + table.correction
        beyond = read[i] > linear[-1]
        read[i] = read[i] - table.correction[-1] if beyond else np.interp(read[i], linear, table.counts)
    return read


def _crosstalk(table: pa.Table, amplifiers: Sequence[str], file: str) -> NDArray[np.float64]:
    """Make a matrix of the coefficients; what is not measured is 0, and so is what a row says of itself.

    Raises
    ------
    UnknownAmplifier
        A row names one that is not there.
    """
    place = {name: number for number, name in enumerate(amplifiers)}
    matrix = np.zeros((len(place), len(place)))
    for row in table.to_pylist():
        for name in (row["source"], row["target"]):
            if name not in place:
                raise UnknownAmplifier("crosstalk", name, file)
        if row["source"] != row["target"]:
            matrix[place[row["target"]], place[row["source"]]] = row["coefficient"]
    return matrix
