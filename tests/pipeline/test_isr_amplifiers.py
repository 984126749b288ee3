"""What isr makes of the tables of amplifiers: dead ones have no data, and suspect counts are those that were read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.errors import BadInput
from pipeline.image import Image
from pipeline.pixels.mask import NO_DATA
from pipeline.raw.frame import read_frame
from pipeline.raw.tables import electronics
from pipeline.storage import File
from pipeline.task import TaskConfig
from pipeline.tasks import task
from pipeline.tasks.isr import Isr
from tests.support.forward import Chip
from tests.support.tiny_camera import known, linearizer, tables, write_frame

CHIP = Chip()
LIGHT = np.full((2 * CHIP.side, 2 * CHIP.side), 3000.0)
OFF: dict[str, Any] = {
    f"do_{name}": False for name in ("bias", "dark", "flat", "defects", "linearity", "crosstalk", "cosmic_rays")
}


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[File]:
    with known(tmp_path, CHIP):
        yield File(write_frame(tmp_path / "tiny.fits", CHIP, LIGHT, 3), "", "tiny.fits")


def photon_transfer(**unknown: str) -> pa.Table:
    """Give the table, where the amplifiers whose names are given to a column have NaN."""
    rows = tables(CHIP)["photon_transfer"].to_pylist()
    for name, amplifiers in unknown.items():
        rows = [row | ({name: np.nan} if row["amplifier"] in amplifiers else {}) for row in rows]
    return pa.Table.from_pylist(rows)


def image(raw: File, table: pa.Table) -> Image:
    given: dict[str, Any] = {**dict.fromkeys(Isr.calibrations()), "photon_transfer": table}
    kind = task("isr")
    config: TaskConfig = kind.Config(**OFF)
    made: Image = kind(config).run(raw=raw, **given).outputs["image"]
    return made


def test_a_dead_amplifier_has_no_data_and_the_others_are_as_before(raw: File) -> None:
    whole = image(raw, photon_transfer()).exposure
    made = image(raw, photon_transfer(gain="A1", readNoise="A1")).exposure
    dead = np.zeros(LIGHT.shape, bool)
    dead[CHIP.where(1)] = True
    assert ((made.mask & NO_DATA != 0) == dead).all()
    assert (made.image[~dead] == whole.image[~dead]).all()
    assert np.isfinite(made.image).all()
    assert np.isfinite(made.variance).all()


def test_a_table_without_any_gain_is_refused(raw: File) -> None:
    with pytest.raises(BadInput, match="the gain of T0 is unknown"):
        image(raw, photon_transfer(gain="A0 A1 A2 A3"))


def test_the_turnoff_is_linear_and_suspect_counts_are_as_they_were_read(raw: File) -> None:
    frame = read_frame(raw)
    table = linearizer([f"A{n}" for n in range(4)], [2e-6] * 4)
    suspect = electronics(frame, photon_transfer(), table, None).suspect
    read = suspect[np.isfinite(suspect)]
    assert read + 2e-6 * read**2 == pytest.approx(55000, rel=1e-5)
    assert np.isinf(suspect).sum() == 1  # an amplifier whose variance never fell
