"""Raw frames with amplifiers, as the camera's definition describes them."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.cameras.camera import Camera, Detector, PhysicalFilter
from ingest.cameras.errors import ImpossibleValue, MissingKeyword, UnknownDetector, clip
from ingest.cameras.fitsfile import Hdu, main_hdu
from ingest.cameras.header import known_filter, vet
from ingest.cameras.initial_wcs import initial_corners
from ingest.cameras.observation import Observation
from ingest.cameras.raw_geometry import amplifier_hdus, frames_of
from ingest.cameras.raw_rules import DARK, RawRules
from ingest.cameras.raw_translators import TRANSLATORS, RawTranslator
from ingest.cameras.translated import pointing, purpose, times

_NO_SKY = (*DARK, "flat")


def read_raw(path: Path, camera: Camera, hdus: Sequence[Hdu]) -> list[Observation]:
    """Describe the raw frame of one detector, or of each in a mosaic's file.

    Where a trimmed image must lie on the sky follows from boresight and focal plane: a WCS in the header of a raw
    frame, if any, is not read.

    Raises
    ------
    BadExposureFile
        The header breaks a rule of the camera, or contradicts its amplifiers.
    """
    frames = [_read_frame(path, camera, of_one, part) for part, of_one in frames_of(path, camera, hdus)]
    numbers = [frame.detector for frame in frames]
    for number in numbers:
        if numbers.count(number) > 1:
            raise UnknownDetector(path, f"detector {number} stands in {numbers.count(number)} HDUs", camera.yaml)
    return frames


def _read_frame(path: Path, camera: Camera, hdus: Sequence[Hdu], part: str) -> Observation:
    cards = _cards(hdus)
    header = vet(path, cards, camera)
    rules = camera.raw or RawRules()
    translator = TRANSLATORS[rules.translator](header, rules)
    detector = raw_detector(path, camera, translator)
    for _ in amplifier_hdus(path, camera, detector, hdus):
        pass
    kind, looked = translator.to_observation_type(), pointing(path, translator)
    sky = (looked["ra"], looked["dec"], looked["sky_rotation"])
    nobody_knows = translator.filter_keyword in cards and cards[translator.filter_keyword] is None
    observed = None if nobody_knows else raw_filter(path, camera, translator)
    exposure = exposure_id(path, translator)
    taken = times(path, camera, translator)
    taken["day_obs"] = translator.to_day_obs() or taken["day_obs"]
    return Observation(
        **taken,
        **looked,
        **purpose(translator),
        instrument=camera.name,
        exposure=exposure,
        visit=exposure,
        detector=detector.number,
        physical_filter=observed.name if observed else "",
        band=observed.band if observed else "",
        kind="raw",
        part=part,
        shape=(detector.ny, detector.nx),
        corners=None if kind in _NO_SKY else initial_corners(camera, detector, *sky),
        wcs="none",
        wcs_problem="",
        pixel_unit=camera.pixel_units["raw"],
        observation_type=kind,
        dark_time=float(translator.to_dark_time() or math.nan),
    )


def _cards(hdus: Sequence[Hdu]) -> dict[str, Any]:
    """Give the cards of the main header, and where there is one image those of it, too."""
    main, images = main_hdu(hdus), [hdu for hdu in hdus if hdu.shape is not None]
    return main.cards | images[0].cards if len(images) == 1 else main.cards


def exposure_id(path: Path, translator: RawTranslator) -> int:
    """Give the number of the exposure.

    Raises
    ------
    ImpossibleValue
        What it is made of is missing or no number.
    """
    try:
        return translator.to_exposure_id()
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ImpossibleValue(path, "the number of the exposure", error, "told by the header") from error


def raw_detector(path: Path, camera: Camera, translator: RawTranslator) -> Detector:
    """Find the detector by number or name; a camera of one needs neither.

    Raises
    ------
    MissingKeyword, UnknownDetector
    """
    try:
        number, name = translator.to_detector_number(), translator.to_detector_name()
    except KeyError as error:
        raise MissingKeyword(path, translator.detector_keyword) from error
    if number is None and name is None:
        if len(camera.detectors) > 1:
            raise MissingKeyword(path, translator.detector_keyword)
        return camera.detectors[0]
    found = next((one for one in camera.detectors if number == one.number or name == one.name), None)
    if found is None:
        told = f"{translator.detector_keyword} {clip(name or number, 24)} is no detector of {camera.name}"
        raise UnknownDetector(path, told, camera.yaml)
    return found


def raw_filter(path: Path, camera: Camera, translator: RawTranslator) -> PhysicalFilter | None:
    """Look the filter up; None where no light came in.

    Raises
    ------
    MissingKeyword, UnknownFilter
    """
    name = translator.to_physical_filter()
    if name:
        return known_filter(path, camera, name)
    if translator.to_observation_type() in DARK:
        return None
    raise MissingKeyword(path, translator.filter_keyword)
