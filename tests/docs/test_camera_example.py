"""The camera on the page about cameras: its YAML fits the model, its reader reads a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from astropy.io import fits

from docs.reading import ROOT, fenced
from ingest.cameras.camera import Camera
from ingest.cameras.errors import ImpossibleValue, UnknownDetector, UnknownFilter
from ingest.cameras.fitsfile import read_hdus

PAGE = (ROOT / "docs" / "cameras.md").read_text()
HEADER = {
    "INSTRUME": "Mycam", "EXPID": 7, "DATE-OBS": "2020-03-01T01:00:00", "EXPTIME": 30.0, "FILTER": "Sloan r",
    "RA": 150.0, "DEC": 2.0, "OBJECT": "COSMOS",
}  # fmt: skip
WCS = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 150.0, "CRVAL2": 2.0, "CRPIX1": 50.5, "CRPIX2": 100.5,
    "CD1_1": -0.5 / 3600, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 0.5 / 3600,
}  # fmt: skip


@pytest.fixture(scope="module")
def camera() -> Camera:
    (text,) = fenced(PAGE, "yaml")
    return Camera.model_validate(yaml.safe_load(text))


@pytest.fixture(scope="module")
def module() -> dict[str, Any]:
    """Run the code of the page."""
    (code,) = fenced(PAGE, "python")
    space: dict[str, Any] = {"__name__": "mycam"}
    exec(compile(code, "mycam.py", "exec"), space)
    return space


def written(folder: Path, **changes: object) -> Path:
    """Write a file of the camera with one detector of 200 rows and 100 columns."""
    image = fits.ImageHDU(np.zeros((200, 100), np.float32), name="LEFT")
    image.header.update({**WCS, "CCD": 1, **{name: value for name, value in changes.items() if name == "CCD"}})
    primary = fits.PrimaryHDU()
    primary.header.update({**HEADER, **{name: value for name, value in changes.items() if name in HEADER}})
    fits.HDUList([primary, image]).writeto(folder / "mycam.fits")
    return folder / "mycam.fits"


def test_it_reads_a_file(camera: Camera, module: dict[str, Any], tmp_path: Path) -> None:
    path = written(tmp_path)
    (seen,) = module["read_mycam"](path, camera, read_hdus(path))
    assert (seen.instrument, seen.exposure, seen.detector, seen.band, seen.part) == ("Mycam", 7, 1, "r", "LEFT")
    assert (seen.physical_filter, seen.target_name, seen.shape) == ("Sloan r", "COSMOS", (200, 100))
    assert seen.day_obs == 20200229  # one in the morning of the night before
    assert (seen.exp_mid_mjd_tai - seen.obs_start_mjd_tai) * 86400 == pytest.approx(15, abs=1e-4)
    assert np.isnan(seen.airmass)
    assert seen.corners is not None, seen.wcs_problem
    assert np.ptp(seen.corners[:, 1]) == pytest.approx(200 * 0.5 / 3600, rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"FILTER": "Sloan q"}, UnknownFilter), ({"CCD": 3}, ImpossibleValue), ({"EXPTIME": -1.0}, ImpossibleValue)],
)
def test_it_refuses_what_the_yaml_does_not_know(
    camera: Camera, module: dict[str, Any], tmp_path: Path, changes: dict[str, object], error: type[Exception]
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(error):
        module["read_mycam"](path, camera, read_hdus(path))


def test_a_detector_that_is_not_listed_is_refused(module: dict[str, Any], camera: Camera, tmp_path: Path) -> None:
    path = written(tmp_path, CCD=2)
    less = camera.model_copy(update={"detectors": camera.detectors[:1]})
    with pytest.raises(UnknownDetector, match="there is no CCD 2"):
        module["read_mycam"](path, less, read_hdus(path))
