"""Nine real DECam cut-outs with three Gaia stars each."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.photometry import NJY_AT_ZERO_MAGNITUDE

Results = dict[int, Calibrated]


def column(results: Results, name: str) -> NDArray[np.float64]:
    return np.array([result.summary[name] for result in results.values()], dtype=np.float64)


def truth(survey_ccds: dict[int, Any], results: Results, name: str) -> NDArray[np.float64]:
    return np.array([survey_ccds[number][name] for number in results], dtype=np.float64)


def test_all_nine_exposures_are_read_and_calibrated(decam_calibrated: Results) -> None:
    assert len(decam_calibrated) == 9
    assert all(result.summary["pixelUnit"] == "adu/s" for result in decam_calibrated.values())


def test_three_standards_keep_the_header_wcs_and_say_so(
    decam_calibrated: Results, decam_exposures: dict[int, Exposure]
) -> None:
    for number, result in decam_calibrated.items():
        assert result.summary["nAstrometryStar"] == 3
        assert result.summary["astrometry_flag_fewStandards"]
        assert not result.summary["astrometry_flag_noReference"]
        assert result.wcs is decam_exposures[number].wcs
        assert not np.any(result.sources["calib_astrometry_used"])


def test_sources_lie_on_gaia_stars_moved_to_the_epoch(decam_calibrated: Results) -> None:
    east, north = column(decam_calibrated, "astromRaRms"), column(decam_calibrated, "astromDecRms")
    assert np.max([east, north]) < 0.080
    assert np.sqrt(np.mean(east**2)) < 0.045
    assert np.sqrt(np.mean(north**2)) < 0.045


def test_gaussian_width_of_the_stars_agrees_with_the_survey(
    decam_calibrated: Results, survey_ccds: dict[int, Any]
) -> None:
    ratio = column(decam_calibrated, "psfFwhm") / truth(survey_ccds, decam_calibrated, "fwhm")
    assert np.sum(np.abs(ratio - 1) < 0.05) >= 8
    assert np.all(np.abs(ratio - 1) < 0.10)


def test_zero_points_of_two_constant_stars_agree_with_the_survey(
    decam_calibrated: Results, survey_ccds: dict[int, Any]
) -> None:
    difference = column(decam_calibrated, "zeroPoint") - truth(survey_ccds, decam_calibrated, "zpt")
    assert np.all(np.abs(difference) < 0.10)
    assert np.all(column(decam_calibrated, "nPhotometryStar") == 2)
    assert np.all(column(decam_calibrated, "photometry_flag_fewStandards") == 1)
    assert np.all(column(decam_calibrated, "photometry_flag_fromHeader") == 0)
    # The stated error covers what was found.
    assert np.sqrt(np.mean(difference**2)) < np.mean(column(decam_calibrated, "zeroPointErr"))


def test_constant_stars_repeat_with_the_zero_points_of_the_survey(
    decam_calibrated: Results, decam_exposures: dict[int, Exposure], survey_ccds: dict[int, Any]
) -> None:
    magnitudes: dict[tuple[str, int], list[float]] = {}
    for number, result in decam_calibrated.items():
        standards = np.flatnonzero(result.sources["calib_photometry_used"])
        by_x = standards[np.argsort(result.sources["x"][standards])]
        for star, row in enumerate(by_x):
            flux = result.sources["psfFlux_instFlux"][row]
            magnitude = float(survey_ccds[number]["zpt"]) - 2.5 * np.log10(flux)
            magnitudes.setdefault((decam_exposures[number].band, star), []).append(magnitude)
    assert sorted(len(values) for values in magnitudes.values()) == [2, 2, 3, 3, 4, 4]
    for values in magnitudes.values():
        assert np.max(np.abs(np.array(values) - np.mean(values))) < 0.05


def test_fluxes_in_njy_follow_from_the_zero_point(decam_calibrated: Results) -> None:
    for result in decam_calibrated.values():
        expected = -2.5 * np.log10(result.sources["psfFlux_instFlux"]) + float(result.summary["zeroPoint"])
        magnitude = -2.5 * np.log10(result.sources["psfFlux"] / NJY_AT_ZERO_MAGNITUDE)
        np.testing.assert_allclose(magnitude, expected, atol=1e-9)


def test_depth_is_that_of_single_decam_exposures(decam_calibrated: Results) -> None:
    depth = column(decam_calibrated, "magLim")
    assert np.all((depth > 22) & (depth < 24.5))


def test_a_rerun_gives_the_same_bits(
    decam_calibrated: Results, decam_exposures: dict[int, Exposure], gaia: NDArray[Any], decam_config: CalibrateConfig
) -> None:
    number, exposure = next(iter(decam_exposures.items()))
    again, first = calibrate(exposure, gaia, decam_config), decam_calibrated[number]
    for name, values in first.sources.items():
        assert values.tobytes() == again.sources[name].tobytes(), name
    assert repr(first.summary) == repr(again.summary)
    assert first.psf.coefficients.tobytes() == again.psf.coefficients.tobytes()
    assert first.background.tobytes() == again.background.tobytes()


def test_a_cut_out_takes_less_than_half_a_second(
    decam_exposures: dict[int, Exposure], gaia: NDArray[Any], decam_config: CalibrateConfig
) -> None:
    exposure = next(iter(decam_exposures.values()))
    calibrate(exposure, gaia, decam_config)
    start = time.thread_time()
    calibrate(exposure, gaia, decam_config)
    assert time.thread_time() - start < 0.5


def test_a_shifted_catalog_matches_nothing_and_gives_no_zero_point(
    decam_exposures: dict[int, Exposure], gaia: NDArray[Any], decam_config: CalibrateConfig
) -> None:
    elsewhere = gaia.copy()
    elsewhere["dec"] += 60 / 3600
    for exposure in decam_exposures.values():
        summary = calibrate(exposure, elsewhere, decam_config).summary
        assert summary["nAstrometryStar"] == 0
        assert summary["astrometry_flag_fewStandards"]
        assert np.isnan([summary["zeroPoint"], summary["astromRaRms"]]).all()
