"""Amplifiers are where tables and headers have them, and a definition that cannot be true is refused."""

from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from pydantic import ValidationError

from ingest.cameras.amplifiers import Amplifier
from ingest.cameras.camera import Camera, load_cameras
from ingest.headers.cards import read_headers

HEADERS = Path(__file__).parents[2] / "data" / "headers" / "astro_metadata_translator"

# Typed in from decam/camGeom of lsst/obs_decam: gain, readnoise, saturation of amplifiers A and B.
DECAM = {
    "S1": ([4.104, 3.958], [6.119, 6.0], [40469, 42151]),
    "N3": ([3.915, 4.068], [5.833, 5.935], [39748, 49000]),
    "S7": ([3.51, 3.94], [9.624, 10.071], [37951, 44138]),
    "N30": ([3.7, 4.14], [5.472, 6.541], [56282, 45592]),
}
# The same of the four amplifiers in hsc/camera of lsst/obs_subaru, with linearity_coeffs; there readnoise is in counts.
HSC = {
    "0_09": ([3.7129, 3.6167, 3.5726, 3.3898], [1.54, 1.68, 1.8, 1.91], 50000, [2.19259, 1.87761, 1.84568, 1.94653]),
    "0_31": ([3.7434, 3.6152, 3.5929, 3.6272], [1.65, 1.63, 1.45, 1.42], 47500, [1.34352, 1.34438, 1.24211, 0.942175]),
}


def detector(camera: str, name: str) -> Any:
    return next(one for one in load_cameras()[camera].detectors if one.name == name)


def amplifiers(camera: str, name: str) -> dict[str, Amplifier]:
    return {one.name: one for one in load_cameras()[camera].amplifiers_of(detector(camera, name))}


def sections(one: Amplifier) -> list[str]:
    boxes = (one.detector, one.raw, one.data, one.horizontal_overscan, one.vertical_overscan, one.prescan)
    return [str(box) if box else "" for box in boxes]


@pytest.mark.parametrize(("camera", "number"), [("DECam", 62 * 2), ("HSC", 112 * 4), ("SDSS", 0), ("PANOPTES", 0)])
def test_every_detector_has_all_amplifiers_or_none(camera: str, number: int) -> None:
    known = load_cameras()[camera]
    counts = [len(known.amplifiers_of(one)) for one in known.detectors]
    assert sum(counts) == number
    assert len(set(counts)) == 1
    assert all(len(one.gain) == len(one.read_noise) == len(one.saturation) == counts[0] for one in known.detectors)


@pytest.mark.parametrize("name", DECAM)
def test_decam_has_the_numbers_of_its_tables(name: str) -> None:
    one = detector("DECam", name)
    assert ([*one.gain], [*one.read_noise], [*one.saturation]) == DECAM[name]
    assert list(amplifiers("DECam", name)) == ["A", "B"]


@pytest.mark.parametrize("name", HSC)
def test_hsc_has_the_numbers_of_its_tables_with_the_read_noise_in_electrons(name: str) -> None:
    one = detector("HSC", name)
    gain, noise, saturation, nonlinearity = HSC[name]
    assert [*one.gain] == gain
    assert [*one.read_noise] == pytest.approx([g * n for g, n in zip(gain, noise, strict=True)], abs=0.005)
    assert [*one.saturation] == [saturation] * 4
    assert [*one.nonlinearity] == pytest.approx([c * 1e-7 for c in nonlinearity])


def test_sections_of_five_amplifiers() -> None:
    # obs_decam: the tables count from 0 and give corner and extent.
    north, south, hsc = (amplifiers(*key) for key in (("DECam", "N3"), ("DECam", "S1"), ("HSC", "0_09")))
    assert sections(north["A"]) == [
        "[1:1024,1:4096]", "[1:1080,1:4146]", "[57:1080,1:4096]", "[7:56,1:4096]", "[57:1080,4097:4146]", ""
    ]  # fmt: skip
    assert sections(north["B"]) == [
        "[1025:2048,1:4096]", "[1081:2160,1:4146]", "[1081:2104,1:4096]", "[2105:2154,1:4096]",
        "[1081:2104,4097:4146]", "",
    ]  # fmt: skip
    assert sections(south["B"]) == [
        "[1:1024,1:4096]", "[1:1080,1:4146]", "[57:1080,51:4146]", "[7:56,51:4146]", "[57:1080,1:50]", ""
    ]  # fmt: skip
    # obs_subaru: 0 is the first of the table, which goes with the mirrored image.
    assert sections(hsc["0"]) == [
        "[512:1,1:4176]", "[1609:2144,1:4241]", "[1625:2136,50:4225]", "[1609:1624,50:4225]",
        "[1625:2136,4226:4241]", "[1625:2136,1:49]",
    ]  # fmt: skip
    assert sections(amplifiers("HSC", "0_31")["0"]) == [
        "[1:512,4176:1]", "[1:536,1:4241]", "[9:520,17:4192]", "[521:536,17:4192]", "[9:520,1:16]", "[9:520,4193:4241]"
    ]  # fmt: skip
    corners = [one.read_from for one in (north["A"], north["B"], south["A"], south["B"], hsc["0"], hsc["1"])]
    assert corners == ["lower left", "lower right", "upper right", "upper left", "lower left", "lower right"]


def test_a_raw_decam_header_has_the_same_sections() -> None:
    header = read_headers(HEADERS / "fitsheader-decam-raw_dec050441_25.yaml").headers[0].cards
    known = amplifiers("DECam", header["DETPOS"])
    for name in "AB":
        told = [header[f"{keyword}{name}"] for keyword in ("CCDSEC", "DATASEC", "BIASSEC", "POSTSEC")]
        parts = sections(known[name])
        assert told == [parts[0], *parts[2:5]]
    layout = load_cameras()["DECam"].amplifiers["south"]
    assert (header["ZNAXIS1"], header["ZNAXIS2"]) == (layout.nx, layout.ny)


def test_a_raw_hsc_header_has_the_same_sections() -> None:
    cards = read_headers(HEADERS / "fitsheader-hsc.yaml").headers[0].cards
    one = load_cameras()["HSC"].detector(cards["DET-ID"])
    assert one is not None
    for name, amplifier in amplifiers("HSC", one.name).items():
        channel = 4 - int(name)
        ends = [
            cards[f"T_{part}{end}{channel}{axis}"] for part in ("EF", "OS") for axis in "12" for end in ("MN", "MX")
        ]
        assert amplifier.horizontal_overscan is not None
        assert amplifier.vertical_overscan is not None
        assert ends == [
            *amplifier.data.x, *amplifier.data.y, *amplifier.horizontal_overscan.x, *amplifier.vertical_overscan.y
        ]  # fmt: skip


def test_read_noise_is_that_of_the_files_of_the_community_pipeline(instcal: Path) -> None:
    seen = set()
    for path in instcal.glob("*ooi*"):
        header = fits.getheader(path, 1)
        one = detector("DECam", header["EXTNAME"])
        assert [*one.read_noise] == pytest.approx([header["RDNOISEA"], header["RDNOISEB"]], abs=0.001)
        seen.add(one.name)
    assert seen == {"N2", "N3", "S1"}


LEFT = {
    "name": "L",
    "detector": "[1:4,1:6]",
    "raw": "[1:6,1:6]",
    "data": "[1:4,1:6]",
    "horizontal_overscan": "[5:6,1:6]",
}
RIGHT = {"name": "R", "detector": "[8:5,1:6]", "raw": "[7:12,1:6]", "data": "[9:12,1:6]"}
BAD_BOXES = [
    ({"data": "1:4,1:6"}, "'1:4,1:6' is no section; write it as in a header"),
    ({"data": "[0:3,1:6]"}, "'[0:3,1:6]' is no section"),
    ({"data": "[4:1,1:6]"}, "amplifier L: data [4:1,1:6] runs down; only its section detector may"),
    ({"data": "[1:4,2:7]"}, "amplifier L: data [1:4,2:7] lies not within raw [1:6,1:6]"),
    ({"prescan": "[4:4,1:6]"}, "amplifier L: data [1:4,1:6] and prescan [4:4,1:6] share pixels"),
    ({"data": "[1:3,1:6]"}, "amplifier L: data [1:3,1:6] has not the size of detector [1:4,1:6]"),
    ({"raw": "[1:7,1:6]"}, "raw [1:7,1:6] of amplifier L and [7:12,1:6] of R share pixels"),
    ({"raw": "[1:6,1:9]"}, "amplifier L: raw [1:6,1:9] lies not within the raw image [1:12,1:6]"),
    ({"name": "R"}, "amplifier R stands twice"),
    ({"detector": "[0:3,1:6]"}, "'[0:3,1:6]' is no section"),
    ({"detector": "[2:5,1:6]"}, "detector CCD amplifiers L [2:5,1:6] and R [8:5,1:6] share pixels"),
    ({"detector": "[1:4,2:7]"}, "detector CCD amplifier L [1:4,2:7] reaches out of [1:8,1:6]"),
    ({"data": "[1:3,1:6]", "detector": "[1:3,1:6]"}, "detector CCD 6 of 48 pixels belong to no amplifier"),
]
BAD_DETECTORS = [
    ({"gain": [1.5]}, "detector CCD has 1 values of gain for 2 amplifiers"),
    ({"read_noise": [5.0, -1.0]}, "Input should be greater than 0"),
    ({"amplifiers": "one"}, "detector CCD has amplifiers one, which are not defined"),
    ({"amplifiers": None, "saturation": [6e4]}, "detector CCD has saturation, but no amplifiers"),
    ({"center": [8.0, -9.0]}, "detector CCD lies farther from the boresight than field_radius, 11 deg"),
    ({"rotation": 90.0}, "detector CCD has a rotation, but the camera no parity"),
]


def define(left: dict[str, Any], of_detector: dict[str, Any]) -> Camera:
    """Give PANOPTES a detector with two amplifiers, the second mirrored."""
    layout = {"nx": 12, "ny": 6, "amplifiers": [LEFT | left, RIGHT]}
    one = {"number": 1, "name": "CCD", "nx": 8, "ny": 6, "amplifiers": "two", **of_detector}
    body = load_cameras()["PANOPTES"].model_dump()
    return Camera.model_validate(body | {"amplifiers": {"two": layout}, "detectors": [one]})


def test_a_definition_that_can_be_true_is_taken() -> None:
    camera = define({}, {"gain": [1.5, 1.6], "center": [3.0, 4.0]})
    left, right = camera.amplifiers_of(camera.detectors[0])
    assert (left.data.shape, right.detector.shape) == ((6, 4), (6, 4))
    assert (str(right.detector), right.horizontal_overscan) == ("[8:5,1:6]", None)
    assert Camera.model_validate(camera.model_dump()) == camera


@pytest.mark.parametrize(("left", "of_detector", "sentence"), [
    *((boxes, {}, sentence) for boxes, sentence in BAD_BOXES),
    *(({}, numbers, sentence) for numbers, sentence in BAD_DETECTORS),
])  # fmt: skip
def test_one_that_cannot_is_refused_with_a_sentence(
    left: dict[str, Any], of_detector: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        define(left, of_detector)
    assert sentence in str(refusal.value)
    assert refusal.value.error_count() == 1
