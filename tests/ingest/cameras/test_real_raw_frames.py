"""Real raw frames of many cameras: geometry, overscan and saturation, against what the pixels say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from ingest.cameras.camera import Camera, Detector, load_cameras
from ingest.cameras.corrections.correction import shipped_corrections
from ingest.cameras.errors import BadExposureFile, ImpossibleValue
from ingest.cameras.fitsfile import Hdu, read_hdus
from ingest.cameras.guider import stamp_times
from ingest.cameras.raw import read_raw
from ingest.cameras.raw_pixels import RawAmplifier, assembled, read_amplifiers
from ingest.cameras.raw_translators import StandardTranslator
from ingest.cameras.read import read_observations
from ingest.headers.cards import read_headers

LSST = {
    "3018092000065-det000.fits": (4072, 4000),
    "3019053000001-R22-S00-det000.fits": (4072, 4000),
    "3023073000237-R22-S01-det001.fits": (4072, 4000),
    "201607220607067-R071-S00-det071.fits": (4072, 4000),
    "30211212000310-R22-S22-det098.fits": (4096, 4004),
    "CC_S_20240404_000780_R22_S01.fits": (4072, 4000),
}
MEGACAM = Path(__file__).parents[2] / "data" / "headers" / "cfht_megacam"


def opened(path: Path) -> tuple[Camera, Detector, list[RawAmplifier]]:
    (seen,) = read_observations(path)
    camera = load_cameras()[seen.instrument]
    detector = camera.detector(seen.detector)
    assert detector is not None
    return camera, detector, read_amplifiers(path, "", camera, detector)


def test_the_overscan_of_alfosc_is_dark_although_its_header_lies(raws: dict[str, Path]) -> None:
    _, detector, (one,) = opened(raws["NOT.fits.gz"])
    rows = slice(1000, 1012)  # the others are set to zero
    assert one.data.dtype == np.uint32
    assert one.data.shape == (detector.ny, detector.nx) == (2051, 2048)
    assert one.prescan is not None
    assert one.horizontal_overscan is not None
    assert np.median(one.prescan[rows]) == pytest.approx(10030, abs=15)
    assert np.median(one.horizontal_overscan[rows]) == pytest.approx(10030, abs=15)
    assert np.percentile(one.data[rows], 0.1) > 60_000
    (seen,) = read_observations(raws["NOT.fits.gz"])
    assert [(change.keyword, change.header_value) for change in seen.changes] == [("BIASSEC", "[3:52,1:2052]")]
    with fits.open(raws["NOT.fits.gz"]) as hdus:
        assert hdus[1].data[rows, 50:52].min() > 90_000  # columns 51 and 52, which BIASSEC takes in


@pytest.mark.parametrize(
    ("told", "kind"), [("FLAT,LAMP", "flat"), ("FLAT,SKY", "flat"), ("BIAS", "bias"), ("OBJECT", "science")]
)
def test_types_of_alfosc_are_words_of_the_ledger(told: str, kind: str) -> None:
    rules = load_cameras()["ALFOSC"].raw
    assert rules is not None
    assert StandardTranslator({"IMAGETYP": told}, rules).to_observation_type() == kind


def test_without_its_correction_alfosc_is_refused_by_one_sentence(raws: dict[str, Path]) -> None:
    with pytest.raises(ImpossibleValue, match=r"HDU 1: BIASSEC is '\[3:52,1:2052\]' but must be \[3:50,1:2052\]"):
        read_observations(raws["NOT.fits.gz"], corrections=())


def test_light_ends_where_the_definition_of_the_midas_ccd_says(raws: dict[str, Path]) -> None:
    _, detector, (one,) = opened(raws["ccd.fits.bz2"])
    assert one.horizontal_overscan is not None
    assert one.prescan is not None
    assert one.vertical_overscan is not None
    level = np.median(one.horizontal_overscan)
    assert level == pytest.approx(207, abs=3)
    assert np.median(one.prescan) == pytest.approx(level, abs=6)
    assert np.median(one.data[:, [0, -1]]) > level + 250
    assert np.median(one.data[-1]) > level + 250
    assert np.median(one.vertical_overscan[-1]) < level + 15
    assert 0 <= one.data.max() - level - detector.saturation[0] < 10


def test_two_simulated_amplifiers_join_without_a_gap(raws: dict[str, Path]) -> None:
    _, detector, amplifiers = opened(raws["raw_v1_fg.fits.gz"])
    assert [one.data.shape for one in amplifiers] == [(2000, 509)] * 2
    for one in amplifiers:
        assert one.prescan is not None
        dark, light = (np.median(pixels[990:1002]) for pixels in (one.prescan, one.data))
        assert light - dark == pytest.approx(186, abs=5)
        assert np.median(one.data[990:1002, 0]) == pytest.approx(light, abs=8)
    assert assembled(amplifiers, detector).shape == (2000, 1018)


@pytest.mark.parametrize("name", LSST)
def test_sixteen_amplifiers_make_a_detector_of_the_size_that_the_header_says(name: str, raws: dict[str, Path]) -> None:
    (seen,) = read_observations(raws[name])
    camera = load_cameras()[seen.instrument]
    detector = camera.detector(seen.detector)
    assert detector is not None
    nx, ny = LSST[name]
    hdus = read_hdus(raws[name])
    assert hdus[0].cards["DETSIZE"] == f"[1:{nx},1:{ny}]"
    told = {hdu.cards.get("EXTNAME"): hdu.cards for hdu in hdus}
    assert (detector.nx, detector.ny) == (nx, ny)
    amplifiers = camera.amplifiers_of(detector)
    assert sorted(one.name for one in amplifiers) == [f"C{row}{column}" for row in "01" for column in range(8)]
    for one in amplifiers:
        assert told[one.hdu]["DETSEC"] == str(one.detector)
        assert one.horizontal_overscan is not None
        assert one.horizontal_overscan.shape[1] >= 32


def test_pixels_of_a_compressed_frame_fill_the_detector(raws: dict[str, Path]) -> None:
    _, detector, amplifiers = opened(raws["30211212000310-R22-S22-det098.fits"])
    covered = np.zeros((detector.ny, detector.nx), np.int8)
    for one in amplifiers:
        covered[one.where] += 1
    assert (covered == 1).all()
    assert not assembled(amplifiers, detector).any()  # zeroed by their source
    # e2v: C1x are read from the right at the bottom, C0x from the left at the top.
    assert {one.name[1]: one.flips for one in amplifiers} == {"1": (False, True), "0": (True, False)}


def test_megacam_headers_have_the_sections_of_the_definition() -> None:
    camera, seen = load_cameras()["MegaPrime"], 0
    for name in ("2463854b.fits.header.gz", "2452990p.fits.header.gz"):
        cards = [one.cards for one in read_headers(MEGACAM / name).headers if "CSECA" in one.cards]
        for told in cards:
            detector = camera.detector(told["EXTVER"])
            assert detector is not None
            for one in camera.amplifiers_of(detector):
                assert str(one.detector) == told[f"CSEC{one.name}"]
                assert str(one.data) == told[f"DSEC{one.name}"]
                assert told[f"BSEC{one.name}"] == str(one.horizontal_overscan).replace("4612", "4644")
                seen += 1
    assert seen == 2 * 40 * 2


def test_a_megacam_frame_of_40_ccds_is_read_whole() -> None:
    """Real headers of a mosaic, with the shape that its pixels, which nobody has, would have."""
    camera, path = load_cameras()["MegaPrime"], MEGACAM / "2463796o.fits.header.gz"
    primary, *ccds = [one.cards for one in read_headers(path).headers]
    hdus = [_hdu(primary, None), *(_hdu({**primary, **cards}, (4644, 2112)) for cards in ccds)]
    frames = read_raw(path, camera, hdus)
    assert [frame.detector for frame in frames] == list(range(40))
    assert [frame.detector for frame in frames if frame.corners is None] == [36, 37, 38, 39]
    for told, one in zip(ccds[36:], camera.detectors[36:], strict=True):
        assert one.gain == (told["GAINA"], told["GAINB"])
        assert one.read_noise == (told["RDNOISEA"], told["RDNOISEB"])


def _hdu(cards: Mapping[str, Any], shape: tuple[int, int] | None) -> Hdu:
    return Hdu("HDU", dict(cards), fits.Header(), shape, False, False, memoryview(b""), 0, None)


def test_megacam_ccds_do_not_overlap() -> None:
    camera = load_cameras()["MegaPrime"]
    centers = np.array([one.center for one in camera.detectors if one.center is not None])
    assert centers.shape == (36, 2)
    apart = np.abs(centers[:, None] - centers[None]) * 3600 / camera.pixel_scale
    beside = (apart[..., 0] > 2048) | (apart[..., 1] > 4612)
    assert beside.sum() == 36 * 35


def test_guider_stamps_are_one_dataset_of_many_images(raws: dict[str, Path]) -> None:
    path = raws["MC_C_20240918_000013_R00_SG0_guider.fits.gz"]
    (seen,) = read_observations(path)
    assert (seen.instrument, seen.exposure, seen.detector, seen.kind) == ("LSSTCam", 3024091800013, 189, "guider")
    assert (seen.shape, seen.observation_type, seen.physical_filter) == ((100, 50), "", "")
    times = stamp_times(read_hdus(path))
    assert len(times) == 102
    steps = np.diff([time.mjd for time in times]) * 86400
    assert steps.min() > 0.05  # ROIMILLI
    assert abs(seen.obs_start_mjd_tai - times[0].mjd) * 86400 < 0.1  # GDSSTART


def test_a_guider_file_that_lost_stamps_is_refused(raws: dict[str, Path], tmp_path: Path) -> None:
    source = raws["MC_C_20240918_000013_R00_SG0_guider.fits.gz"]
    path = tmp_path / source.name.removesuffix(".gz")
    with fits.open(source, disable_image_compression=True) as hdus:
        fits.HDUList(hdus[:5]).writeto(path)
    unsummed = [one.model_copy(update={"sha256": ""}) for one in shipped_corrections() if one.name == path.name]
    with pytest.raises(BadExposureFile, match="N_STAMPS is '102' but must be 4, the number of HDUs with STMPTIME"):
        read_observations(path, corrections=unsummed)
