"""A real SDSS frame: variance, apertures, zero point of the file."""

import time
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.errors import BadImage
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.sdss_frame import interpolate_sky, noise_constants, place_in_frame, restore_counts
from tests.support.frames import SDSS, SDSS_CUT_OUT


@pytest.fixture(scope="module")
def timed(sdss_frame: Exposure) -> tuple[Calibrated, float]:
    start = time.thread_time()
    result = calibrate(sdss_frame, None, CalibrateConfig())
    return result, time.thread_time() - start


@pytest.fixture(scope="module")
def calibrated(timed: tuple[Calibrated, float]) -> Calibrated:
    return timed[0]


def circle_sum(image: NDArray[np.float64], x: float, y: float, radius: float) -> float:
    """Sum over a circle by exact heights of 200 vertical slices per pixel."""
    slices = (np.arange(200) + 0.5) / 200 - 0.5
    total = 0.0
    for column in range(int(np.floor(x - radius)), int(np.ceil(x + radius)) + 1):
        half_chord = np.sqrt(np.maximum(radius**2 - (column + slices - x) ** 2, 0.0))
        rows = np.arange(int(np.floor(y - radius)), int(np.ceil(y + radius)) + 1)
        top = np.minimum(rows[:, None] + 0.5, y + half_chord[None, :])
        bottom = np.maximum(rows[:, None] - 0.5, y - half_chord[None, :])
        covered = np.maximum(top - bottom, 0.0).mean(axis=1)
        total += float(np.sum(covered * image[rows, column]))
    return total


def test_aperture_fluxes_equal_an_independent_sum(calibrated: Calibrated, sdss_frame: Exposure) -> None:
    sources = calibrated.sources
    inside = (np.abs(sources["x"] - 1023.5) < 1000) & (np.abs(sources["y"] - 744) < 720)
    bright = inside & (sources["apFlux_12_0_instFlux"] > 30 * sources["apFlux_12_0_instFluxErr"])
    # The light of neighbors is left out: take sources that have none.
    rows, columns = np.indices(calibrated.footprints.shape)
    alone = [
        set(np.unique(calibrated.footprints[np.hypot(rows - y, columns - x) < 13])) == {0, i + 1}
        for i, (x, y) in enumerate(zip(sources["x"], sources["y"], strict=True))
        if bright[i]
    ]
    bright = np.flatnonzero(bright)[alone]
    assert len(bright) >= 20
    image = sdss_frame.image.astype(np.float64) - calibrated.background
    for row in bright[:20]:
        expected = circle_sum(image, sources["x"][row], sources["y"][row], 12.0)
        assert abs(2.5 * np.log10(sources["apFlux_12_0_instFlux"][row] / expected)) < 0.001
        # A nanomaggy is 3631 Jy * 1e-9.
        assert sources["ap12Flux"][row] == pytest.approx(expected * 3631.0, rel=1e-3)


def test_the_zero_point_is_that_of_the_file(calibrated: Calibrated) -> None:
    assert calibrated.summary["zeroPoint"] == 22.5
    assert calibrated.summary["photometry_flag_fromHeader"]
    assert not calibrated.summary["photometry_flag_fewStandards"]
    assert calibrated.summary["nPhotometryStar"] == 0


def test_without_a_catalog_the_header_wcs_is_kept(calibrated: Calibrated, sdss_frame: Exposure) -> None:
    assert calibrated.summary["astrometry_flag_noReference"]
    assert not calibrated.summary["astrometry_flag_fewStandards"]
    assert calibrated.wcs is sdss_frame.wcs
    assert np.isnan(calibrated.summary["astromRaRms"])
    assert calibrated.summary["pixelScale"] == pytest.approx(0.396, abs=0.001)


def test_the_variance_is_that_of_the_sky_noise(calibrated: Calibrated, sdss_frame: Exposure) -> None:
    blank = sdss_frame.variance[(calibrated.mask == 0)]
    assert calibrated.summary["skyNoise"] == pytest.approx(np.sqrt(np.median(blank)), rel=0.03)


def test_psf_fluxes_are_on_the_scale_of_the_12_pixel_aperture(calibrated: Calibrated) -> None:
    sources = calibrated.sources
    ratio = (sources["ap12Flux"] / sources["psfFlux"])[sources["calib_psf_used"]]
    assert len(ratio) > 40
    assert np.median(ratio) == pytest.approx(1.0, abs=0.02)


def test_stars_fit_the_psf_within_the_noise(calibrated: Calibrated) -> None:
    sources = calibrated.sources
    faint = sources["calib_psf_used"] & (sources["psfFlux"] < 200 * sources["psfFluxErr"])
    assert np.sum(faint) > 20
    assert np.median(sources["psfFlux_chi2"][faint]) == pytest.approx(1.0, abs=0.1)


def test_a_frame_takes_less_than_eight_seconds(timed: tuple[Calibrated, float]) -> None:
    assert timed[1] < 8.0


def test_noise_constants_change_with_the_run() -> None:
    assert noise_constants("g", 1, 94) == (3.32, 15.6025)
    assert noise_constants("u", 2, 1100) == (1.595, 12.6025)
    assert noise_constants("u", 2, 1101) == (1.825, 12.6025)
    assert noise_constants("z", 5, 2000) == (3.48, 2.1025)


@pytest.mark.parametrize(("band", "camcol"), [("y", 1), ("g", 0), ("g", 7)])
def test_an_unknown_detector_is_refused(band: str, camcol: int) -> None:
    with pytest.raises(BadImage, match="SDSS has no band"):
        noise_constants(band, camcol, 94)


def test_the_sky_table_is_interpolated_linearly_and_held_at_its_edges() -> None:
    table = np.array([[0.0, 10.0], [100.0, 110.0]])
    sky = interpolate_sky(table, np.array([-1.0, 0.25, 5.0]), np.array([0.5, 3.0]))
    np.testing.assert_allclose(sky, [[50.0, 52.5, 60.0], [100.0, 102.5, 110.0]])


@pytest.mark.parametrize("folder", [SDSS, SDSS_CUT_OUT])
def test_sky_and_calibration_restore_the_counts_to_1e_4(folder: Path) -> None:
    with fits.open(next(folder.glob("frame-*.fits.bz2"))) as frame:
        pixels, calibration = frame[0].data.astype(np.float64), frame[1].data.astype(np.float64)
        sky, x, y = (frame[2].data[name][0].astype(np.float64) for name in ("ALLSKY", "XINTERP", "YINTERP"))
        rows, columns = place_in_frame(frame[0].header["CRPIX1"], frame[0].header["CRPIX2"], pixels.shape)
    counts = restore_counts(pixels, calibration, interpolate_sky(sky, x[columns], y[rows]))
    # What the detector counted was whole numbers, and nothing in the file says so: neither pixels nor sky are whole.
    away = np.abs(counts - np.rint(counts)) / counts
    assert np.mean(away < 1e-4) > 0.95
    assert np.mean(np.abs(sky - np.rint(sky)) < 1e-2) < 0.1
    # The same by another's bilinear interpolation.
    grid = np.meshgrid(y[rows], x[columns], indexing="ij")
    by_scipy = pixels / calibration + map_coordinates(sky, grid, order=1, mode="nearest")
    assert np.max(np.abs(counts / by_scipy - 1)) < 1e-4


def test_a_cut_out_knows_its_place_by_the_reference_pixel() -> None:
    assert place_in_frame(1025.0, 745.0, (1489, 2048)) == (slice(0, 1489), slice(0, 2048))
    assert place_in_frame(1025.0, 745.0, (100, 100)) == (slice(0, 100), slice(0, 100))
    assert place_in_frame(825.0, 645.0, (50, 60)) == (slice(100, 150), slice(200, 260))


@pytest.mark.parametrize(("crpix1", "crpix2"), [(1026.0, 745.0), (1025.0, 800.0), (900.0, 745.0), (1025.0, 744.0)])
def test_a_cut_out_beyond_the_frame_is_refused(crpix1: float, crpix2: float) -> None:
    with pytest.raises(BadImage, match="no part of a frame"):
        place_in_frame(crpix1, crpix2, (1489, 2048))
