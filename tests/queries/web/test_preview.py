"""Pictures of images: every camera, the stretch, the mask, binning, and files that are none."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image

from queries.errors import NoPicture
from queries.web.pixels import Contents, Pixels, contents, read_pixels, read_psf
from queries.web.preview import LARGEST, draw, draw_plane, draw_psf, radial_profile, shrink, stretch
from tests.support.frames import DATA, DECAM, GAIA, SDSS

PSF = np.exp(-0.5 * (np.hypot(*np.mgrid[-16:17, -16:17]) / 3.0) ** 2)
FRAMES = {
    "DECam": next(DECAM.glob("*_ooi_*")),
    "SDSS, bz2": next(SDSS.glob("frame-*.bz2")),
    "90Prime": next((DATA / "bass_mzls_ra177.360+59.427" / "90prime").glob("*_ooi_*")),
    "Mosaic3": next((DATA / "bass_mzls_ra177.360+59.427" / "mosaic3").glob("*_ooi_*")),
    "PANOPTES, compressed": DATA / "panoptes_cygnus" / "solved.fits.fz",
    "PANOPTES, plain": DATA / "panoptes_cygnus" / "unsolved.fits",
}  # fmt: skip


def levels(png: bytes) -> NDArray[np.uint8]:
    """Give the pixels of a PNG, the first row uppermost."""
    return np.asarray(Image.open(BytesIO(png)))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Write an image with one star at x 40, y 10, a saturated pixel and a PSF, as our tasks write one."""
    random = np.random.default_rng(1)
    image = random.normal(100.0, 2.0, (60, 80)).astype(np.float32)
    image[10, 40] = 5000.0
    mask = np.zeros((60, 80), dtype=np.int32)
    mask[10, 40] = 1 << 1
    planes = fits.Header({"MP_BAD": 0, "MP_SAT": 1, "MP_DETEC": 5})
    hdus = [
        fits.PrimaryHDU(),
        fits.CompImageHDU(image, name="IMAGE"),
        fits.CompImageHDU(mask, planes, name="MASK"),
        fits.ImageHDU(np.stack([PSF, 0.1 * PSF]), name="PSF_COEFFICIENTS"),
    ]
    path = tmp_path / "image.fits"
    fits.HDUList(hdus).writeto(path)
    return path


@pytest.mark.parametrize("camera", FRAMES)
def test_a_raw_frame_of_every_camera_has_a_picture_with_sky_and_stars(camera: str) -> None:
    drawn = levels(draw(read_pixels(FRAMES[camera], "")))
    assert max(drawn.shape) <= LARGEST
    assert 10 < np.median(drawn) < 160  # the sky is grey, neither black nor white
    assert drawn.max() == 255


def test_rows_grow_upwards(written: Path) -> None:
    drawn = levels(draw(read_pixels(written, "")))
    assert drawn.shape == (60, 80)
    assert np.argwhere(drawn == drawn.max()).tolist() == [[60 - 1 - 10, 40]]


def test_a_plane_of_the_mask_is_clear_but_where_it_is_set(written: Path) -> None:
    pixels = read_pixels(written, "")
    assert pixels.planes == {"BAD": 0, "SAT": 1, "DETECTED": 5}  # FITS keywords hold eight characters
    alpha = levels(draw_plane(pixels, "SAT"))[..., 3]
    assert np.argwhere(alpha).tolist() == [[49, 40]]
    assert not levels(draw_plane(pixels, "BAD"))[..., 3].any()
    with pytest.raises(NoPicture, match="has no mask plane CLOUD"):
        draw_plane(pixels, "CLOUD")


def test_one_flagged_pixel_of_a_large_image_is_seen() -> None:
    mask = np.zeros((3000, 3000), dtype=np.int32)
    mask[1500, 1500] = 1
    alpha = levels(draw_plane(Pixels(mask.astype(np.float32), mask, {"BAD": 0}), "BAD"))[..., 3]
    assert alpha.shape == (1000, 1000)
    assert (alpha > 100).sum() == 1


def test_headers_tell_what_a_file_holds(written: Path) -> None:
    assert contents(written, "") == Contents((60, 80), ("BAD", "SAT", "DETECTED"), True)
    assert contents(next(GAIA.glob("*.fits")), "") == Contents(None)
    assert contents(written, "MASK").shape == (60, 80)


def test_binning_averages_and_leaves_blank_pixels_out() -> None:
    image = np.array([[1.0, 3.0, 7.0], [5.0, np.nan, 9.0], [2.0, 4.0, np.nan]], dtype=np.float32)
    np.testing.assert_allclose(shrink(image, 2), [[3.0, 8.0], [3.0, np.nan]])


def test_a_colour_camera_shows_no_chequerboard() -> None:
    random = np.random.default_rng(2)
    image = random.normal(1000.0, 5.0, (200, 200)).astype(np.float32)
    image[::2, ::2] += 400.0
    assert np.ptp(levels(draw(Pixels(image)))[51]) > 120
    drawn = levels(draw(Pixels(image, bayer=True)))
    assert drawn.shape == (100, 100)
    assert abs(int(np.median(drawn[::2])) - int(np.median(drawn[1::2]))) <= 3
    assert read_pixels(FRAMES["PANOPTES, plain"], "").bayer


def test_an_image_without_noise_goes_from_its_least_to_its_greatest_value() -> None:
    codes = np.zeros((20, 20), dtype=np.int32)
    codes[3, 4], codes[5, 6] = 1, 7
    drawn = levels(draw(Pixels(codes)))
    assert drawn[19, 0] == 0
    assert 0 < drawn[16, 4] < drawn[14, 6] == 255


def test_an_image_of_blank_pixels_is_black() -> None:
    blank = np.full((5, 5), np.nan, dtype=np.float32)
    assert stretch(blank) == (0.0, 1.0, 1.0)
    assert not levels(draw(Pixels(blank))).any()


def test_the_psf_is_the_first_grid_and_its_profile_falls(written: Path) -> None:
    psf = read_psf(written)
    assert psf is not None
    np.testing.assert_allclose(psf, PSF)
    assert levels(draw_psf(psf)).shape == (264, 264)
    profile = radial_profile(psf)
    assert profile[0] == (0.0, 1.0)
    radius, value = np.array(profile).T
    assert radius.max() == 16.0
    np.testing.assert_allclose(value, np.exp(-0.5 * (radius / 3.0) ** 2))
    assert read_psf(FRAMES["DECam"]) is None


@pytest.mark.parametrize(
    ("name", "bytes_"), [("empty.fits", b""), ("text.fits", b"not FITS"), ("cut.fits.bz2", b"BZh91AY&SY")]
)
def test_what_is_no_fits_file_is_one_sentence(tmp_path: Path, name: str, bytes_: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(bytes_)
    for read in (lambda: read_pixels(path, ""), lambda: contents(path, ""), lambda: read_psf(path)):
        with pytest.raises(NoPicture, match=f"^{name} is no FITS file that can be read: there is no picture of it$"):
            read()


def test_a_file_that_was_cut_off_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "half.fits"
    path.write_bytes(FRAMES["DECam"].read_bytes()[:100_000])
    with pytest.raises(NoPicture, match=r"^half\.fits "):
        read_pixels(path, "")


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ((10**6, 10**6), "has more than 200,000,000 pixels"), ((10**4, 10**4), "is no FITS file that can be read"),
        ((-5, 10), "has no image"), ((0, 10), "has no image"),
    ],
)  # fmt: skip
def test_a_header_that_promises_what_is_not_there_is_one_sentence(
    tmp_path: Path, axes: tuple[int, int], said: str
) -> None:
    header = fits.Header({"SIMPLE": True, "BITPIX": -32, "NAXIS": 2, "NAXIS1": axes[0], "NAXIS2": axes[1]})
    path = tmp_path / "bomb.fits"
    path.write_bytes(header.tostring().encode() + bytes(2880))
    with pytest.raises(NoPicture, match=f"^bomb.fits {said}"):
        read_pixels(path, "")


@pytest.mark.parametrize(("kind", "planes"), [("float32", ()), ("int16", ("SAT",))])
def test_a_mask_of_real_numbers_and_planes_beyond_its_bits_are_no_mask(
    tmp_path: Path, kind: str, planes: tuple[str, ...]
) -> None:
    header = fits.Header({"MP_BAD": 99, "MP_SAT": 3, "MP_CR": "x"})
    path = tmp_path / "mask.fits"
    fits.HDUList([fits.PrimaryHDU(np.zeros((5, 5))), fits.ImageHDU(np.zeros((5, 5), kind), header)]).writeto(path)
    assert contents(path, "").planes == planes


def test_a_thin_strip_is_not_blown_up_to_a_square() -> None:
    strip = np.arange(30_000, dtype=np.float32)[:, None]
    assert shrink(strip, 3000).shape == (10, 1)
    assert levels(draw(Pixels(strip))).shape == (1000, 1)


def test_values_beyond_the_type_of_the_picture_are_blank() -> None:
    image = np.full((5, 5), 1e308)
    image[2, 2] = 1.0
    assert levels(draw(Pixels(image))).shape == (5, 5)


def test_a_psf_without_a_peak_is_one_sentence() -> None:
    for psf in (np.zeros((3, 3)), np.full((3, 3), np.nan)):
        with pytest.raises(NoPicture, match=r"^the PSF has no peak"):
            draw_psf(psf)


def test_an_hdu_is_found_whatever_the_case_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "named.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.ones((4, 6)), fits.Header({"EXTNAME": "ccd3"}))]).writeto(path)
    for part in ("ccd3", "CCD3"):
        assert read_pixels(path, part).image.shape == (4, 6)


def test_a_missing_hdu_is_named() -> None:
    with pytest.raises(NoPicture, match="has no image called N99"):
        read_pixels(FRAMES["DECam"], "N99")
