"""Layouts of cameras' files: which one is taken, and what is said of files that do not do."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from ingest.cameras.read import read_observations
from pipeline.definition import read
from pipeline.errors import BadInput, NoWork
from pipeline.layouts.bare import bare
from pipeline.layouts.layout import Source, read_headers
from pipeline.pixels import mask as planes
from pipeline.pixels.exposure import Exposure
from pipeline.storage import File
from pipeline.tasks.standardize import Standardize
from tests.support.frames import BASS_177, BASS_352, HSC, PANOPTES, SDSS_CUT_OUT, SFFT

R_IMAGE = BASS_177 / "90prime" / "ksb_170430_055945_ooi_r_ls9.CCD4.fits"
FRAME = SDSS_CUT_OUT / "frame-r-001000-1-0100.fits.bz2"
SPANS = SDSS_CUT_OUT / "fpM-001000-r1-0100.fit"


def expose(
    instrument: str, raw: Path, part: str = "", quality: Path | None = None, weight: Path | None = None
) -> Exposure:
    """Standardize files as the pipeline does."""
    task = Standardize(read("single_frame").config("standardize", instrument))

    def file(path: Path | None, of: str) -> File | None:
        return None if path is None else File(path, of, path.name)

    made = task.run(File(raw, part, raw.name), file(quality, part), file(weight, part)).outputs["image"].exposure
    assert isinstance(made, Exposure)
    return made


def sibling(path: Path, letter: str) -> Path:
    """Give the mask (d) or weight (w) beside an InstCal image."""
    return path.with_name(path.name.replace("_ooi_", f"_oo{letter}_"))


def test_rates_and_totals_of_one_camera_come_out_alike() -> None:
    rate = expose("90Prime", R_IMAGE, "CCD4", sibling(R_IMAGE, "d"), sibling(R_IMAGE, "w"))
    total = BASS_352 / "90prime" / "deep2r_ra352_1-ccd1.fits"
    joined = expose("90Prime", total, "ccd1", weight=total.with_name("deep2r_ra352_1-ccd1.wht.fits"))
    with fits.open(R_IMAGE) as file:
        np.testing.assert_array_equal(rate.image, file["CCD4"].data.astype(np.float32))
    with fits.open(total) as file:
        np.testing.assert_allclose(joined.image, file["ccd1"].data / 100.0, rtol=1e-6)
    assert rate.pixel_unit == joined.pixel_unit == "count/s"


def test_the_weight_of_90prime_gets_the_photons_of_its_star() -> None:
    exposure = expose("90Prime", R_IMAGE, "CCD4", sibling(R_IMAGE, "d"), sibling(R_IMAGE, "w"))
    brightest = np.unravel_index(np.argmax(exposure.image), exposure.image.shape)
    assert exposure.image[brightest] == pytest.approx(152.03, abs=0.01)
    # 141 photoelectrons per second above the sky in 80.32 s, and a weight of 6.8.
    assert exposure.variance[brightest] == pytest.approx((152.03 - 11.09) / 80.32 + 1 / 6.8, rel=0.02)


@pytest.mark.parametrize(("letter", "sentence"), [("d", "needs its mask (ood)"), ("w", "needs its weight (oow)")])
def test_an_instcal_image_without_its_mask_or_weight_is_refused(letter: str, sentence: str) -> None:
    files = {"quality": sibling(R_IMAGE, "d"), "weight": sibling(R_IMAGE, "w")}
    files.pop({"d": "quality", "w": "weight"}[letter])
    with pytest.raises(BadInput) as refused:
        expose("90Prime", R_IMAGE, "CCD4", **files)
    assert sentence in str(refused.value)


def test_a_joined_image_without_its_weight_is_refused() -> None:
    with pytest.raises(BadInput, match=r"needs its weight \(\.wht\.fits\): ingest it too"):
        expose("90Prime", BASS_352 / "90prime" / "deep2r_ra352_1-ccd1.fits", "ccd1")


def test_a_compressed_and_a_plain_frame_are_found_without_a_name() -> None:
    exposure = expose("PANOPTES", PANOPTES / "solved.fits.fz")
    assert exposure.image.shape == (700, 700)
    with pytest.raises(NoWork, match=r"unsolved\.fits has no WCS: solve it and ingest the solved file"):
        expose("PANOPTES", PANOPTES / "unsolved.fits")


def test_a_frame_of_sdss_comes_with_or_without_its_mask() -> None:
    plain, masked = expose("SDSS", FRAME), expose("SDSS", FRAME, quality=SPANS)
    np.testing.assert_array_equal(plain.image, masked.image)
    np.testing.assert_array_equal(plain.variance, masked.variance)
    assert not np.any(plain.mask)
    assert np.all(masked.mask[:, :2] & planes.INTRP)


def test_a_mask_of_sdss_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / SPANS.name
    with fits.open(SPANS) as hdus:
        fits.HDUList([hdus[0], *hdus[1:6]]).writeto(path)
    with pytest.raises(BadInput, match=r"fpM-001000-r1-0100\.fit is no mask of SDSS"):
        expose("SDSS", FRAME, quality=path)


def test_three_planes_of_hsc_stand_in_one_file() -> None:
    path = next(HSC.glob("*.fits"))
    exposure = expose("HSC", path)
    with fits.open(path) as hdus:
        np.testing.assert_array_equal(exposure.image, hdus[1].data)
        assert np.mean(exposure.mask & planes.CR != 0) == np.mean(hdus[2].data & (1 << hdus[2].header["MP_CR"]) != 0)
    assert exposure.pixel_unit == "count"


@pytest.mark.parametrize("epoch", ["OBS04a", "OBS18b"])
def test_stamps_are_told_by_a_keyword_and_need_neither_mask_nor_weight(epoch: str) -> None:
    path = SFFT / f"DEC-{epoch}.mini.fits"
    exposure = expose("DECam", path)
    with fits.open(path) as hdus:
        np.testing.assert_allclose(exposure.image, hdus[0].data / 330.0, rtol=1e-6)
        assert np.array_equal(exposure.mask == planes.SAT, hdus[0].data >= hdus[0].header["ESATUR"])
    assert exposure.pixel_unit == "adu/s"


@pytest.mark.parametrize("keyword", ["GAIN", "ESATUR"])
def test_a_stamp_without_gain_or_saturation_is_refused(keyword: str) -> None:
    path = SFFT / "DEC-OBS18b.mini.fits"
    file = File(path, "", path.name)
    header, primary = read_headers(file)
    del header[keyword]
    with pytest.raises(BadInput, match="no number for GAIN or ESATUR"):
        bare(Source(read_observations(path)[0], header, primary, file, None, None))
