"""A tiny camera of one's own with four amplifiers, and raw frames of it that the forward model exposes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from astropy.io import fits
from numpy.typing import NDArray

from schema.settings import settings
from tests.support.forward import FLIPS, OVERSCAN, Chip

CARDS = {
    "INSTRUME": "Tiny", "EXPID": 7, "DATE-OBS": "2026-03-01T03:00:00.000", "TIMESYS": "UTC", "EXPTIME": 30.0,
    "DARKTIME": 60.0, "FILTER": "r", "OBSTYPE": "science", "DETECTOR": 0, "RA": 150.0, "DEC": 20.0, "ROTPA": 0.0,
}  # fmt: skip
RULES: dict[str, dict[str, Any]] = {
    **{keyword: {"limits": [-90, 1e6]} for keyword in ("EXPTIME", "DARKTIME", "RA", "DEC", "ROTPA")},
    "EXPID": {"limits": [1, 1e6], "whole": True},
    "DETECTOR": {"limits": [0, 9], "whole": True},
    "FILTER": {"needed": False},
}


def definition(chip: Chip) -> dict[str, Any]:
    """Define the camera as its YAML does."""
    return {
        "name": "Tiny",
        "description": "Tiny, a camera of tests.",
        "recognize": {"INSTRUME": "Tiny"},
        "utc_offset_hours": 0.0,
        "pixel_scale": 0.25,
        "field_radius": 0.1,
        "parity": -1,
        "pointing_error": 0.01,
        "pixel_units": {"raw": "adu"},
        "raw": {},
        "filters": [{"name": "r", "band": "r"}],
        "keywords": {keyword: RULES.get(keyword, {}) for keyword in CARDS},
        "amplifiers": {
            "ccd": {
                "nx": chip.side + OVERSCAN,
                "ny": chip.side,
                "amplifiers": [_amplifier(chip, number) for number in range(4)],
            }
        },
        "detectors": [
            {
                "number": 0, "name": "T0", "nx": 2 * chip.side, "ny": 2 * chip.side, "center": [0, 0], "rotation": 0,
                "amplifiers": "ccd", "gain": list(chip.gain), "read_noise": list(chip.read_noise),
                "saturation": [58000.0] * 4,
            }
        ],
    }  # fmt: skip


def _amplifier(chip: Chip, number: int) -> dict[str, str]:
    """Define an amplifier with an HDU of its own, whose raw pixels stand in the order of reading."""
    rows, columns = chip.where(number)
    down, back = FLIPS[number]
    x, y = [columns.start + 1, columns.stop], [rows.start + 1, rows.stop]
    detector = f"[{':'.join(map(str, x[::-1] if back else x))},{':'.join(map(str, y[::-1] if down else y))}]"
    side = chip.side
    return {
        "name": f"A{number}",
        "hdu": f"A{number}",
        "detector": detector,
        "raw": f"[1:{side + OVERSCAN},1:{side}]",
        "data": f"[1:{side},1:{side}]",
        "horizontal_overscan": f"[{side + 1}:{side + OVERSCAN},1:{side}]",
        "read_from": f"{'upper' if down else 'lower'} {'right' if back else 'left'}",
    }


@contextmanager
def known(folder: Path, chip: Chip) -> Iterator[None]:
    """Let the settings know the camera, whose definition goes into a folder."""
    (folder / "tiny.yaml").write_text(yaml.safe_dump(definition(chip)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKYLEDGER_CAMERAS", json.dumps([str(folder)]))
        settings.cache_clear()
        yield
    settings.cache_clear()


def write_frame(path: Path, chip: Chip, light: NDArray[np.float64], seed: int, **cards: Any) -> Path:
    """Expose and write a raw frame, one HDU per amplifier."""
    primary = fits.PrimaryHDU()
    primary.header.update({**CARDS, **{name.replace("_", "-"): value for name, value in cards.items()}})
    hdus = [primary]
    for one in chip.read(light, seed):
        assert one.horizontal_overscan is not None
        hdus.append(fits.ImageHDU(np.concatenate([one.data, one.horizontal_overscan], axis=1), name=one.name))
    fits.HDUList(hdus).writeto(path)
    return path


def tables(chip: Chip) -> Mapping[str, pa.Table]:
    """Give the calibration tables that undo what the chip does, amplifiers in another order than the frame's."""
    order: Sequence[int] = (2, 0, 3, 1)
    names = [f"A{number}" for number in order]
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    return {
        "photon_transfer": pa.table(
            {
                "amplifier": names,
                "gain": [chip.gain[number] for number in order],
                "readNoise": [chip.read_noise[number] for number in order],
                "turnoff": [55000.0, float("nan"), 55000.0, 55000.0],
            }
        ),
        "linearizer": linearizer(names, [chip.nonlinear[number] for number in order]),
        "crosstalk": pa.table(
            {
                "source": [f"A{j}" for _, j in pairs],
                "target": [f"A{i}" for i, _ in pairs],
                "coefficient": [float(chip.crosstalk[pair]) for pair in pairs],
            }
        ),
    }


def linearizer(amplifiers: Sequence[str], bends: Sequence[float]) -> pa.Table:
    """Give the table for amplifiers whose counts m were m + c m**2; a row for each of some counts."""
    counts = np.linspace(0, 65535, 500)
    return pa.table(
        {
            "amplifier": np.repeat(amplifiers, len(counts)),
            "counts": np.tile(counts, len(amplifiers)),
            "correction": np.outer(bends, counts**2).ravel(),
        }
    )
