"""The YAML of each camera says what the camera is."""

import pytest
from astro_metadata_translator import DecamTranslator
from pydantic import ValidationError

from ingest.cameras.camera import Camera, load_cameras


def test_the_known_cameras() -> None:
    of_images = {"90Prime", "DECam", "HSC", "Mosaic3", "PANOPTES", "SDSS"}
    of_raw_frames = {
        "ALFOSC", "LATISS", "LSST-TS3", "LSST-UCDCam", "LSST-obs-test", "LSSTCam", "LSSTComCam", "LSSTComCamSim",
        "MIDAS-CCD", "MegaPrime",
    }  # fmt: skip
    assert set(load_cameras()) == of_images | of_raw_frames | {"Monocle", "Quartet"}


@pytest.mark.parametrize("camera", load_cameras())
def test_a_camera_has_a_description_of_one_sentence(camera: str) -> None:
    description = load_cameras()[camera].description
    assert description.endswith(".")
    assert description.count(". ") == 0


def test_decam_has_62_science_detectors_named_as_the_stock_translator_names_them() -> None:
    camera = load_cameras()["DECam"]
    names = {detector.number: detector.name for detector in camera.detectors}
    # The stock table leaves the dead N30 out.
    assert names == DecamTranslator.detector_names | {61: "N30"}
    assert {(d.nx, d.ny, d.purpose) for d in camera.detectors} == {(2048, 4096, "science")}


def test_decam_filters_map_to_bands() -> None:
    bands = {f.name: f.band for f in load_cameras()["DECam"].filters}
    assert bands == {"u": "u", "g": "g", "r": "r", "i": "i", "z": "z", "Y": "y", "VR": "VR"}


@pytest.mark.parametrize(("number", "name"), [(11, "u1"), (12, "g1"), (33, "r3"), (54, "i5"), (65, "z6")])
def test_sdss_numbers_a_detector_by_camera_column_and_filter(number: int, name: str) -> None:
    camera = load_cameras()["SDSS"]
    detector = camera.detector(number)
    assert detector is not None
    assert detector.name == name
    assert len(camera.detectors) == 30


def test_what_a_camera_does_not_have_is_none() -> None:
    camera = load_cameras()["DECam"]
    assert camera.detector(63) is None
    assert camera.filter("y") is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"detectors": [{"number": 1, "name": "A", "nx": 9, "ny": 9}] * 2}, "detector number 1 stands twice"),
        ({"filters": [{"name": "g", "band": "g"}] * 2}, "filter g stands twice"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"pixel_units": {"picture": "adu"}}, "Input should be 'image', 'mask', 'weight', 'raw' or 'guider'"),
    ],
)
def test_a_wrong_definition_is_refused(change: dict[str, object], complaint: str) -> None:
    definition = load_cameras()["SDSS"].model_dump()
    with pytest.raises(ValidationError, match=complaint):
        Camera.model_validate(definition | change)
