"""A real frame of 443 Tycho-2 stars whose header points elsewhere."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from ingest.refcats.readers import read_stars
from pipeline.definition import read
from pipeline.image import Image
from pipeline.storage import File
from pipeline.tasks.calibrate import Calibrate
from pipeline.tasks.standardize import Standardize
from tests.support.frames import PANOPTES, TYCHO2


@pytest.fixture(scope="module")
def image() -> Image:
    path = PANOPTES / "solved.fits.fz"
    task = Standardize(read("single_frame").config("standardize", "PANOPTES"))
    made = task.run(File(path, "", path.name), None, None).outputs["image"]
    assert isinstance(made, Image)
    return made


@pytest.fixture(scope="module")
def stars() -> pa.Table:
    return read_stars(TYCHO2 / "tycho2_panoptes_cygnus_ra303.2_dec+46.0.csv")[1]


def turned(image: Image, shift: float, rotation: float) -> Image:
    """Point the header elsewhere by `shift` (arcsec) on both axes and `rotation` (degrees)."""
    wcs, angle = image.exposure.wcs.deepcopy(), np.deg2rad(rotation)
    wcs.wcs.cd = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ wcs.wcs.cd
    wcs.wcs.crval = wcs.wcs.crval + np.array([shift / np.cos(np.deg2rad(46.0)), -shift]) / 3600
    wcs.wcs.set()
    return replace(image, exposure=replace(image.exposure, wcs=wcs))


@pytest.mark.parametrize(("shift", "rotation"), [(0.0, 0.0), (-40.0, 0.3), (55.0, 0.9)])
def test_the_fit_is_the_same_whatever_the_header_says(
    image: Image, stars: pa.Table, shift: float, rotation: float
) -> None:
    task = Calibrate(read("single_frame").config("calibrate", "PANOPTES"))
    summary = task.run(turned(image, shift, rotation), [stars]).outputs["summary"].to_pylist()[0]
    assert summary["nAstrometryStar"] > 400
    assert np.hypot(summary["astromRaRms"], summary["astromDecRms"]) < 1.6
    assert (summary["ra"], summary["dec"]) == pytest.approx((303.2063, 46.0174), abs=0.002)


def test_a_header_beyond_the_search_is_left_alone(image: Image, stars: pa.Table) -> None:
    task = Calibrate(read("single_frame").config("calibrate", "PANOPTES"))
    summary = task.run(turned(image, 600.0, 5.0), [stars]).outputs["summary"].to_pylist()[0]
    assert summary["nAstrometryStar"] == 0
    assert summary["astrometry_flag_fewStandards"]
    assert np.isnan(summary["zeroPoint"])
