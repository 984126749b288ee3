"""Images with little or nothing to measure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.pixels import mask as planes
from pipeline.pixels.calibrate import calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.errors import BadImage

CONFIG = CalibrateConfig()
Make = Callable[..., Any]


@pytest.fixture
def sky(make_sky: Make) -> Any:
    return make_sky(1, np.full(16, 20000.0), side=240)


def test_an_image_of_nan_is_refused(sky: Any) -> None:
    exposure = replace(sky.exposure, image=np.full_like(sky.exposure.image, np.nan))
    with pytest.raises(BadImage, match="every pixel is masked, not finite"):
        calibrate(exposure, None, CONFIG)


@pytest.mark.parametrize("plane", [planes.BAD, planes.NO_DATA, planes.CR])
def test_a_masked_image_is_refused(sky: Any, plane: int) -> None:
    exposure = replace(sky.exposure, mask=np.full(sky.exposure.mask.shape, plane, np.int32))
    with pytest.raises(BadImage):
        calibrate(exposure, None, CONFIG)


@pytest.mark.parametrize("value", [-1.0, 0.0, np.inf, np.nan])
def test_an_image_without_a_usable_variance_is_refused(sky: Any, value: float) -> None:
    exposure = replace(sky.exposure, variance=np.full_like(sky.exposure.variance, value))
    with pytest.raises(BadImage):
        calibrate(exposure, None, CONFIG)


def test_planes_of_different_shape_are_refused(sky: Any) -> None:
    with pytest.raises(BadImage, match="shapes"):
        replace(sky.exposure, mask=np.zeros((5, 5), np.int32))
    with pytest.raises(BadImage, match="fewer than 16 x 16"):
        replace(
            sky.exposure,
            image=sky.exposure.image[:15, :20],
            variance=sky.exposure.variance[:15, :20],
            mask=sky.exposure.mask[:15, :20],
        )


def test_the_error_keeps_reason_and_remedy() -> None:
    error = BadImage("it is upside down", "Turn it.")
    assert str(error) == "The image cannot be calibrated: it is upside down. Turn it."
    assert (error.reason, error.remedy) == ("it is upside down", "Turn it.")


@pytest.mark.parametrize("value", [0.0, 5000.0, -3.0])
def test_a_constant_image_has_no_sources_and_is_flagged(sky: Any, value: float) -> None:
    exposure = replace(sky.exposure, image=np.full_like(sky.exposure.image, value), header_zero_point=None)
    result = calibrate(exposure, None, CONFIG)
    assert result.summary["nSource"] == 0
    assert all(len(column) == 0 for column in result.sources.values())
    assert result.summary["skyBg"] == pytest.approx(value)
    assert result.summary["psf_flag_fewStars"]
    assert result.summary["photometry_flag_fewStandards"]
    assert np.isnan([result.summary[name] for name in ("zeroPoint", "seeing", "psfFwhm", "magLim")]).all()


def test_one_star_gives_one_row_and_a_flagged_psf(make_sky: Make) -> None:
    sky = make_sky(2, np.array([30000.0]), side=120)
    result = calibrate(sky.exposure, None, CONFIG)
    assert result.summary["nSource"] == 1
    assert result.summary["nPsfStar"] == 1
    assert result.summary["psf_flag_fewStars"]
    assert result.sources["x"][0] == pytest.approx(sky.x[0], abs=0.05)
    assert result.sources["psfFlux_instFlux"][0] == pytest.approx(sky.flux[0], rel=0.03)
    assert not result.sources["psfFlux_flag"][0]


def test_without_a_psf_star_psf_fluxes_are_flagged(make_sky: Make) -> None:
    result = calibrate(make_sky(3, np.array([1500.0]), side=120).exposure, None, CONFIG)
    assert result.summary["nSource"] == 1
    assert result.summary["nPsfStar"] == 0
    assert result.sources["psfFlux_flag"].all()
    assert np.isfinite(result.sources["ap12Flux"]).all()


def test_pixels_with_impossible_values_spoil_only_their_sources(sky: Any) -> None:
    x, y = round(sky.x[5]), round(sky.y[5])
    image, variance = sky.exposure.image.copy(), sky.exposure.variance.copy()
    image[y - 2 : y + 3, x - 2 : x + 3] = np.inf
    image[0, 0] = -np.inf
    variance[3, :] = -5.0
    variance[7, 7] = np.inf
    result = calibrate(replace(sky.exposure, image=image, variance=variance), None, CONFIG)
    assert np.all(result.mask[y - 2 : y + 3, x - 2 : x + 3] & planes.NO_DATA)
    assert np.all(result.mask[3] & planes.NO_DATA)
    assert np.isfinite(result.background).all()
    near = np.hypot(result.sources["x"] - x, result.sources["y"] - y) < 8
    assert result.sources["pixelFlags_nodata"][near].all()
    others = ~near & ~result.sources["psfFlux_flag"]
    assert np.sum(others) >= 12
    np.testing.assert_allclose(result.sources["psfFlux_instFlux"][others], 20000.0, rtol=0.05)


def test_a_saturated_star_is_one_flagged_source(sky: Any) -> None:
    x, y = round(sky.x[5]), round(sky.y[5])
    mask, image = sky.exposure.mask.copy(), sky.exposure.image.copy()
    mask[y - 1 : y + 2, x - 1 : x + 2] = planes.SAT
    image[y - 1 : y + 2, x - 1 : x + 2] = 900.0
    result = calibrate(replace(sky.exposure, mask=mask, image=image), None, CONFIG)
    near = np.flatnonzero(np.hypot(result.sources["x"] - x, result.sources["y"] - y) < 8)
    assert len(near) == 1
    assert result.sources["pixelFlags_saturated"][near].all()
    assert result.sources["pixelFlags_saturatedCenter"][near].all()
    assert not result.sources["calib_psf_used"][near].any()
    assert not np.delete(result.sources["pixelFlags_saturated"], near).any()


def test_detected_and_edge_pixels_are_marked(sky: Any) -> None:
    result = calibrate(sky.exposure, None, CONFIG)
    assert result.mask[round(sky.y[5]), round(sky.x[5])] & planes.DETECTED
    assert result.mask[0, 100] & planes.EDGE
    assert not result.mask[120, 120] & planes.EDGE
    assert np.array_equal(sky.exposure.mask, np.zeros_like(sky.exposure.mask))


def test_rows_are_sorted_by_y_then_x(sky: Any) -> None:
    sources = calibrate(sky.exposure, None, CONFIG).sources
    assert np.array_equal(np.lexsort((sources["x"], sources["y"])), np.arange(len(sources["x"])))


def test_a_catalog_without_a_colour_term_gives_no_zero_point(
    sky: Any, make_reference: Callable[..., NDArray[Any]]
) -> None:
    exposure = replace(sky.exposure, header_zero_point=None)
    ra, dec = exposure.wcs.all_pix2world(sky.x, sky.y, 0)
    stars = make_reference(ra, dec, 27.0 - 2.5 * np.log10(sky.flux))
    without = calibrate(exposure, stars, CONFIG)
    assert np.isnan(without.summary["zeroPoint"])
    assert np.isnan(without.sources["psfFlux"]).all()
    assert int(without.summary["nAstrometryStar"]) >= 12
    with_term = calibrate(exposure, stars, replace(CONFIG, colour_terms={"r": (0.5,)}))
    assert with_term.summary["zeroPoint"] == pytest.approx(27.5, abs=0.01)
    assert not with_term.summary["photometry_flag_fewStandards"]
    assert with_term.sources["calib_photometry_used"].sum() == with_term.summary["nPhotometryStar"]
    assert with_term.sources["calib_astrometry_used"].any()


def test_an_empty_catalog_is_few_standards_not_no_reference(
    sky: Any, make_reference: Callable[..., NDArray[Any]]
) -> None:
    result = calibrate(sky.exposure, make_reference(np.zeros(0), np.zeros(0), np.zeros(0)), CONFIG)
    assert result.summary["astrometry_flag_fewStandards"]
    assert not result.summary["astrometry_flag_noReference"]


def usable_only(rows: slice, columns: slice) -> NDArray[np.int32]:
    mask = np.full((240, 240), planes.BAD, np.int32)
    mask[rows, columns] = 0
    return mask


@pytest.mark.parametrize(
    "mask",
    [
        usable_only(slice(5, 6), slice(5, 6)),
        usable_only(slice(100, 105), slice(100, 105)),
        usable_only(slice(None), slice(None, None, 7)),
        np.full((240, 240), planes.SAT, np.int32),
    ],
    ids=["one-pixel", "a-patch", "every-seventh-column", "all-saturated"],
)
def test_hardly_any_usable_pixel_gives_flagged_results(sky: Any, mask: NDArray[np.int32]) -> None:
    result = calibrate(replace(sky.exposure, mask=mask), None, CONFIG)
    assert result.summary["psf_flag_fewStars"]
    assert result.sources["psfFlux_flag"].all()


def test_hot_pixels_are_no_psf_stars(sky: Any) -> None:
    image = np.full_like(sky.exposure.image, 100.0)
    image[30::40, 30::40] = 1e5
    result = calibrate(replace(sky.exposure, image=image), None, CONFIG)
    assert result.summary["nSource"] == 36
    assert result.summary["nPsfStar"] == 0
    assert np.isnan(result.summary["psfSigma"])


def test_an_impossibly_small_variance_is_no_error(sky: Any) -> None:
    variance = np.full_like(sky.exposure.variance, 1e-36)
    result = calibrate(replace(sky.exposure, variance=variance), None, CONFIG)
    assert np.isfinite(result.background).all()


@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_the_pixel_unit_does_not_matter(sky: Any, factor: float) -> None:
    scaled = replace(
        sky.exposure,
        image=(sky.exposure.image * factor).astype(np.float32),
        variance=(sky.exposure.variance * factor**2).astype(np.float32),
    )
    plain, other = calibrate(sky.exposure, None, CONFIG).sources, calibrate(scaled, None, CONFIG).sources
    np.testing.assert_allclose(other["x"], plain["x"], atol=1e-3)
    np.testing.assert_allclose(other["psfFlux_instFlux"], plain["psfFlux_instFlux"] * factor, rtol=1e-3)


@pytest.mark.parametrize("kind", [">f4", "<f8"])
def test_the_byte_order_and_type_of_the_file_do_not_matter(sky: Any, kind: str) -> None:
    exposure = replace(
        sky.exposure,
        image=sky.exposure.image.astype(kind),
        variance=sky.exposure.variance.astype(kind),
        mask=sky.exposure.mask.astype(">i4"),
    )
    plain, other = calibrate(sky.exposure, None, CONFIG), calibrate(exposure, None, CONFIG)
    assert all(np.array_equal(values, other.sources[name]) for name, values in plain.sources.items())


@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (33, 200), (200, 40)])
def test_small_images_are_measured(sky: Any, rows: int, columns: int) -> None:
    exposure = replace(
        sky.exposure,
        image=sky.exposure.image[:rows, :columns],
        variance=sky.exposure.variance[:rows, :columns],
        mask=sky.exposure.mask[:rows, :columns],
    )
    result = calibrate(exposure, None, CONFIG)
    assert (result.summary["ySize"], result.summary["xSize"]) == (rows, columns)
    assert int(result.summary["nSource"]) >= 1


def test_the_smallest_image_has_room_for_a_star(sky: Any) -> None:
    star = int(np.argmax(sky.flux))
    around = tuple(slice(round(center) - 8, round(center) + 8) for center in (sky.y[star], sky.x[star]))
    exposure = replace(
        sky.exposure,
        image=sky.exposure.image[around],
        variance=sky.exposure.variance[around],
        mask=sky.exposure.mask[around],
    )
    result = calibrate(exposure, None, CONFIG)
    assert result.summary["nSource"] == 1
    assert abs(result.sources["x"][0] - 8) < 1.5
